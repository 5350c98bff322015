/**
 * Where this code lies. A bundle in CommonJS form has no `import.meta.url`: there it is the bundle's own file. Nothing
 * here runs when a module is loaded, so that a bundle that never asks never fails.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** URL of the file that holds this code: the module, or the bundle that it went into. */
export function ownUrl(): string {
  const { url } = import.meta as { readonly url?: string };
  if (url !== undefined) return url;
  return pathToFileURL(typeof __filename === "string" ? __filename : process.execPath).href;
}

/** `require` of this code: finds the packages that are installed beside it. */
export const requireHere = (): NodeJS.Require => createRequire(ownUrl());

/** A path of the package, of which this code lies two folders deep, in src/ as in dist/. */
export const packageUrl = (path: string): URL => new URL(`../../${path}`, ownUrl());
