/** Finds the files to read and their formats. */

import { platform } from "#platform";
import { FileError, RequestError } from "../../base/errors.ts";
import type { Chunks } from "./decompress.ts";
import type { DocumentFormat } from "./formats.ts";

/** Bytes from a stream, such as the standard input. Read once. */
export interface StreamInput {
  /** Used in messages and in the list of inputs. */
  readonly name: string;
  readonly chunks: Chunks;
}

/** One file or stream. */
export interface DocumentInput {
  readonly name: string;
  readonly format: DocumentFormat;
  /** Size of the file as it is stored; undefined for a stream. */
  readonly byteLength?: number;
  readonly chunks?: Chunks;
}

export interface FoundInputs {
  readonly inputs: readonly DocumentInput[];
  /** Files in folders that are ignored because of their names. */
  readonly ignored: readonly string[];
}

const ENDINGS: Readonly<Record<string, DocumentFormat>> = {
  txt: "text",
  jsonl: "jsonl",
  ndjson: "jsonl",
  parquet: "parquet",
};
/** A file name's ending, and optionally that of its compression. */
const ENDING = /\.([a-z]+)(?:\.(?:gz|zst))?$/i;
/** Deeper folders are most likely a cycle of links. */
const MAX_DEPTH = 64;

/** The format that a file name implies, or undefined. */
export function formatOfName(name: string): DocumentFormat | undefined {
  const ending = ENDING.exec(name)?.[1].toLowerCase() ?? "";
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined;
}

/**
 * Finds the files of paths, in the order of the paths. Folders are read recursively in name order, without hidden
 * files. A stream is text by default.
 * @param format the format of named files and streams; overrides their names.
 * @throws FileError for a missing path, RequestError for a name that implies no format.
 */
export function findInputs(paths: readonly (string | StreamInput)[], format?: DocumentFormat): FoundInputs {
  const inputs: DocumentInput[] = [];
  const ignored: string[] = [];
  for (const path of paths) {
    if (typeof path !== "string") inputs.push({ ...path, format: format ?? "text" });
    else if (statusOf(path).kind === "folder") addFolder(path, { inputs, ignored }, 0);
    else inputs.push(namedFile(path, format));
  }
  return { inputs, ignored };
}

function statusOf(path: string): { readonly kind: "file" | "folder"; readonly byteLength: number } {
  const status = platform.status(path);
  if (status !== undefined) return status;
  throw new FileError({
    doing: `read "${path}"`,
    found: "there is no such file or folder",
    fix: "check the path",
  });
}

function namedFile(name: string, format = formatOfName(name)): DocumentInput {
  if (format !== undefined) return { name, format, byteLength: statusOf(name).byteLength };
  throw new RequestError({
    doing: `read documents of "${name}"`,
    expected: "a name that ends in .txt, .jsonl, .ndjson or .parquet, optionally followed by .gz or .zst",
    found: "a different ending",
    fix: "set the format (--format)",
  });
}

function addFolder(
  folder: string,
  into: { readonly inputs: DocumentInput[]; readonly ignored: string[] },
  depth: number,
): void {
  if (depth > MAX_DEPTH) {
    const found = `more than ${MAX_DEPTH} nested folders`;
    throw new FileError({
      doing: `list "${folder}"`,
      found,
      fix: "check for a link that points to a parent folder",
    });
  }
  for (const entry of platform.list(folder)) {
    if (entry.startsWith(".")) continue;
    const path = platform.join(folder, entry);
    const status = platform.status(path);
    const format = formatOfName(entry);
    if (status?.kind === "folder") addFolder(path, into, depth + 1);
    else if (status === undefined || format === undefined) into.ignored.push(path);
    else into.inputs.push({ name: path, format, byteLength: status.byteLength });
  }
}
