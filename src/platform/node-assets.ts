/**
 * Files of the package that are read as text: the build copies them to dist/assets; in the sources they are
 * elsewhere.
 */
import { existsSync, readFileSync } from "node:fs";
import { FileError } from "../base/errors.ts";
import { packageUrl } from "./node-place.ts";

/** Path of an asset. Throws FileError if the package is incomplete. */
export function assetPath(name: string): URL {
  const built = packageUrl(`dist/assets/${name}`);
  const table = packageUrl("src/platform/assets.json");
  if (existsSync(table)) {
    const places = JSON.parse(readFileSync(table, "utf8")) as Readonly<Record<string, string>>;
    return packageUrl(places[name] ?? name);
  }
  if (existsSync(built)) return built;
  throw new FileError({
    doing: `read the asset "${name}"`,
    found: "the package is incomplete",
    fix: "install it again",
  });
}

const known = new Map<string, string>();

/** The text of an asset. Read once: a run of many hours does not depend on the package's files after its start. */
export function asset(name: string): string {
  const text = known.get(name) ?? readFileSync(assetPath(name), "utf8");
  known.set(name, text);
  return text;
}
