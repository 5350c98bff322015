/** Checks the target of a write: links are followed, and only Cria's own files are replaced. */
import { chmodSync, chownSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { FileError } from "../base/errors.ts";
import { fileError } from "./node-source.ts";
import type { WriteOptions } from "./platform.ts";

function existing(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/**
 * The path to write: the target, or the target of a link of that name. Checked again before the new file
 * replaces it.
 * @throws FileError if something is there that may not be replaced.
 */
export function checkTarget(
  doing: string,
  target: string,
  kind: "file" | "folder",
  options: WriteOptions,
): string {
  if (existing(target) === undefined) return target;
  if (options.overwrite !== true) throw fileError(doing, { code: "EEXIST" });
  const status = statSync(target, { throwIfNoEntry: false });
  if (status === undefined) {
    throw new FileError({
      doing,
      found: "it is a broken link",
      fix: "remove the link, or write elsewhere",
    });
  }
  if (kind === "file" && status.isDirectory()) throw fileError(doing, { code: "EISDIR" });
  if (kind === "folder" && status.isFile()) {
    throw new FileError({ doing, found: "it is a file", fix: "remove it, or write elsewhere" });
  }
  if (!status.isFile() && !status.isDirectory()) {
    throw new FileError({ doing, found: "it is a pipe or a device", fix: "write to a file" });
  }
  return realpathSync(target);
}

const SHOWN = 3;

/**
 * @param isOurs whether an entry of the folder may be replaced. @throws FileError that names the other
 * entries.
 */
export function checkReplaceable(doing: string, folder: string, isOurs: (name: string) => boolean): void {
  const others = readdirSync(folder).filter(
    (name) => !(isOurs(name) && existing(join(folder, name))?.isFile() === true),
  );
  if (others.length === 0) return;
  const shown = others.slice(0, SHOWN).map((name) => JSON.stringify(name));
  throw new FileError({
    doing,
    expected: "a folder that contains only files that will be written again",
    found: `${shown.join(", ")}${others.length > SHOWN ? ` and ${others.length - SHOWN} more` : ""}`,
    fix: "move them away, or write elsewhere",
  });
}

/** Gives a new file or folder the mode of the one that it replaces, and its owner if permitted. */
export function inheritMode(from: string, to: string): void {
  const old = statSync(from, { throwIfNoEntry: false });
  if (old === undefined) return;
  try {
    const { uid, gid } = statSync(to);
    if (uid !== old.uid || gid !== old.gid) chownSync(to, old.uid, old.gid);
  } catch {
    // Only the superuser may change the owner.
  }
  chmodSync(to, old.mode & 0o7777);
}
