/**
 * The location of this code. A bundle in CommonJS form has no `import.meta.url`; there it is the bundle's
 * file. Nothing here runs when a module is loaded, so that a bundle that does not need it never fails.
 */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Files that may contain this code, most likely first: the module, the bundle that contains it, the main
 * program.
 */
function places(): string[] {
  // Written out: bundlers replace exactly this expression, some with the package's location at bundling time.
  const module = import.meta.url as string | undefined;
  const files = [typeof __filename === "string" ? __filename : undefined, process.argv[1], process.execPath];
  const urls = files.flatMap((path) =>
    path !== undefined && isAbsolute(path) ? [pathToFileURL(path).href] : [],
  );
  return module === undefined ? urls : [module, ...urls];
}

/** URL of the file that contains this code. */
export const ownUrl = (): string => places()[0];

/** Looked up at run time: bundlers rewrite a visible createRequire, and break it. */
const createRequire = (place: string): NodeJS.Require =>
  process.getBuiltinModule("node:module").createRequire(place);

/** Path of a package that is installed with this code. @throws Error if there is none. */
export function resolveHere(name: string): string {
  let failure: unknown;
  for (const place of places()) {
    try {
      return createRequire(place).resolve(name);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** A path in the package; this code is two folders deep in it, both in src/ and in dist/. */
export const packageUrl = (path: string): URL => new URL(`../../${path}`, ownUrl());

/** The package koffi, which is optional. @throws Error with the reason why it cannot be used, in one line. */
export function requireKoffi(): unknown {
  try {
    return createRequire(ownUrl())(resolveHere("koffi"));
  } catch (cause) {
    const { code, message } = cause as { readonly code?: string; readonly message?: string };
    const isMissing = code === "MODULE_NOT_FOUND" && message?.includes("'koffi'");
    const why = isMissing ? "is not installed" : `does not load: ${String(message).split("\n")[0]}`;
    throw new Error(`the package koffi ${why}`, { cause });
  }
}
