/**
 * Names of files in a torrent. They come from strangers and become paths, so only names are accepted that mean one file
 * below the download's folder on every system: Linux, macOS and Windows.
 */
import { FormatError } from "../../base/errors.ts";
import { isSafeName } from "../safe-names.ts";
import { LIMITS } from "./limits.ts";

/** Characters that change the writing direction or stand for broken text: they make a name look like another. */
const MISLEADING = /[\p{Bidi_Control}\u2028\u2029\ufffd]/u;

const RULES: readonly (readonly [wrong: (name: string) => boolean, found: string])[] = [
  [(name) => name === "", "an empty name"],
  [(name) => name === "." || name === "..", "the name of another folder"],
  [(name) => name.includes("/"), "a name that holds a path"],
  [(name) => !isSafeName(name), "a name that some system cannot store"],
  [(name) => MISLEADING.test(name), "a name that looks like another"],
];

/** Why `name` cannot be the name of a file or folder; undefined if it can. */
export function badName(name: string): string | undefined {
  return RULES.find(([wrong]) => wrong(name))?.[1];
}

/** @throws FormatError unless every part of the path is acceptable. */
export function checkPath(parts: readonly string[], doing: string): void {
  const show = () => JSON.stringify(parts.join("/").slice(0, 80));
  const fail = (found: string): never => {
    throw new FormatError({
      doing,
      expected: "names of files that are valid on every system",
      found: `${found}: ${show()}`,
      fix: "it is damaged or hostile",
    });
  };
  if (parts.length === 0 || parts.length > LIMITS.pathParts) fail(`${parts.length} names in a path`);
  for (const part of parts) {
    const found = badName(part);
    if (found !== undefined) fail(found);
  }
}

/** The form in which two names are the same file on some system. */
const folded = (parts: readonly string[]): string => parts.join("/").normalize("NFC").toLowerCase();

/** @throws FormatError if two paths are the same file, or one is a folder of the other. */
export function checkDistinct(paths: readonly (readonly string[])[], doing: string): void {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const name = folded(path);
    const parents = path.slice(1).map((_, i) => folded(path.slice(0, i + 1)));
    const clash = files.has(name) || folders.has(name) || parents.some((parent) => files.has(parent));
    if (clash) {
      throw new FormatError({
        doing,
        expected: "each file once",
        found: `two entries for ${JSON.stringify(path.join("/").slice(0, 80))}`,
        fix: "it is damaged or hostile",
      });
    }
    files.add(name);
    for (const parent of parents) folders.add(parent);
  }
}
