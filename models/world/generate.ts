/**
 * Writes documents of the little world until a size is reached:
 *   npm run world -- --bytes 50MB --seed 1 -o world.jsonl
 * Each line is {"kind": …, "text": …}. A document that shares more than half of its 8-grams with an earlier one is
 * dropped, so the file has no near-duplicates. The same seed and size give the same bytes.
 */
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { ConfigError, Random } from "../../src/base/index.ts";
import { anyDocument, KINDS, type KindName } from "./kinds/index.ts";
import { DocumentIndex } from "./uniqueness/index.ts";

/** The largest share of 8-grams that two documents may have in common. */
const MOST_SHARED = 0.5;
const UNITS: Readonly<Record<string, number>> = { "": 1, KB: 1e3, MB: 1e6, GB: 1e9 };

function readBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|)$/i.exec(text);
  const bytes = match === null ? 0 : Number(match[1]) * UNITS[match[2].toUpperCase()];
  if (bytes < 1 || bytes > 2e9)
    throw new ConfigError({
      doing: "read --bytes",
      expected: "a size from 1 to 2GB, such as 50MB",
      found: `"${text}"`,
    });
  return Math.floor(bytes);
}

function readSeed(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new ConfigError({ doing: "read --seed", expected: "a whole number from 0", found: `"${text}"` });
  return Number(text);
}

interface Counts {
  bytes: number;
  written: Partial<Record<KindName, number>>;
  dropped: Partial<Record<KindName, number>>;
}

export interface Wanted {
  readonly bytes: number;
  readonly seed: number;
  /** Kinds of documents that are kept; absent: all. */
  readonly only?: readonly KindName[] | undefined;
  /** The kind that all documents have; absent: kinds are drawn by their shares. */
  readonly kind?: KindName | undefined;
  /** Whether a text is kept; absent: all are. */
  readonly keep?: ((text: string) => boolean) | undefined;
}

/** Hands lines to `write` until they have so many bytes. */
export function generateLines(
  { bytes, seed, only, kind: wanted, keep }: Wanted,
  write: (line: string) => void,
): Counts {
  const random = new Random(seed);
  const index = new DocumentIndex();
  const counts: Counts = { bytes: 0, written: {}, dropped: {} };
  while (counts.bytes < bytes) {
    const { kind, text } =
      wanted === undefined ? anyDocument(random) : { kind: wanted, text: KINDS[wanted].write(random) };
    if (only?.includes(kind) === false || keep?.(text) === false) continue;
    const isNew = index.admit(text, MOST_SHARED).share <= MOST_SHARED;
    const table = isNew ? counts.written : counts.dropped;
    table[kind] = (table[kind] ?? 0) + 1;
    if (!isNew) continue;
    const line = `${JSON.stringify({ kind, text })}\n`;
    counts.bytes += Buffer.byteLength(line);
    write(line);
  }
  return counts;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      bytes: { type: "string", default: "1MB" },
      seed: { type: "string", default: "1" },
      output: { type: "string", short: "o", default: "world.jsonl" },
    },
  });
  const [bytes, seed] = [readBytes(values.bytes), readSeed(values.seed)];
  const started = performance.now();
  const temporary = `${values.output}.tmp`;
  const file = openSync(temporary, "w");
  let lines = "";
  const flush = (): void => {
    writeSync(file, lines);
    lines = "";
  };
  const counts = generateLines({ bytes, seed }, (line) => {
    lines += line;
    if (lines.length > 1 << 20) flush();
  });
  flush();
  closeSync(file);
  renameSync(temporary, values.output);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    JSON.stringify({ file: values.output, seed, seconds: Number(seconds.toFixed(1)), ...counts }, null, 2),
  );
}

if (process.argv[1] === import.meta.filename) main();
