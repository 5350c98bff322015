/**
 * Where this code lies. A bundle in CommonJS form has no `import.meta.url`: there it is the bundle's own file. Nothing
 * here runs when a module is loaded, so that a bundle that never asks never fails.
 */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";

/** Files that may hold this code, likeliest first: the module, the bundle that it went into, the program that runs. */
function places(): string[] {
  // Written out: bundlers replace just this expression. Some put in the place where the package was when they ran.
  const module = import.meta.url as string | undefined;
  const files = [typeof __filename === "string" ? __filename : undefined, process.argv[1], process.execPath];
  const urls = files.flatMap((path) =>
    path !== undefined && isAbsolute(path) ? [pathToFileURL(path).href] : [],
  );
  return module === undefined ? urls : [module, ...urls];
}

/** URL of the file that holds this code. */
export const ownUrl = (): string => places()[0];

/** Asked for at run time: bundlers take a createRequire that they can see for their own, and break it. */
const createRequire = (place: string): NodeJS.Require =>
  process.getBuiltinModule("node:module").createRequire(place);

/** Path of a package that is installed beside this code. @throws Error where there is none. */
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

/** A path of the package, of which this code lies two folders deep, in src/ as in dist/. */
export const packageUrl = (path: string): URL => new URL(`../../${path}`, ownUrl());

/** The package koffi, which is optional. @throws Error that says in one line why it cannot be used. */
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
