/** Cleans the documents of the sources and writes them as JSON lines, one file per source, with statistics. */
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { findInputs, readDocuments } from "../../src/data/index.ts";
import { generateLines } from "../world/generate.ts";
import { checkStory, isCoherent } from "./checks.ts";
import { clean } from "./cleaning.ts";
import { writeText } from "./files.ts";
import { type Generated, HELD_OUT, SOURCES, type Source } from "./sources.ts";

export interface PrepareOptions {
  /** Folder of the source files. */
  readonly data: string;
  /** Folder for the cleaned text. */
  readonly output: string;
}

export interface PreparedSource {
  readonly name: string;
  readonly file: string;
  /** SHA-256 of each file read, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly documents: number;
  readonly bytes: number;
  readonly afterVocabulary?: true | undefined;
  readonly dropped: { readonly useless: number; readonly longSentences: number; readonly copies: number };
}

/** Hex SHA-256 of a file. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** The documents of a file, as they are. */
export async function* documentsOf(path: string): AsyncGenerator<string> {
  const { inputs } = findInputs([path]);
  for (const input of inputs) {
    for await (const documents of readDocuments(input, { fields: ["text"] })) {
      for (const document of documents) if (document.kind !== "bad") yield document.text;
    }
  }
}

const lineOf = (text: string): string => `${JSON.stringify({ text })}\n`;

/** Cleaned documents of one source. `seen` holds documents that must not be repeated. */
async function prepareSource(
  source: Source,
  { data, output }: PrepareOptions,
  seen: Set<string>,
): Promise<PreparedSource> {
  const dropped = { useless: 0, longSentences: 0, copies: 0 };
  const inputs: Record<string, string> = {};
  const lines: string[] = [];
  for (const file of source.files) {
    inputs[file] = await hashOf(join(data, file));
    for await (const document of documentsOf(join(data, file))) {
      const cleaned = clean(document);
      if (cleaned === undefined) dropped.useless++;
      else if (cleaned.sentenceWords > source.longestSentences) dropped.longSentences++;
      else if (seen.has(cleaned.text)) dropped.copies++;
      else {
        seen.add(cleaned.text);
        lines.push(lineOf(cleaned.text));
      }
    }
  }
  const file = `${source.name}.jsonl`;
  const bytes = writeText(join(output, file), lines.join(""));
  return { name: source.name, file, inputs, documents: lines.length, bytes, dropped };
}

function generate(name: string, generated: Generated, output: string): PreparedSource {
  const { bytes: size, coherent, afterVocabulary, ...wanted } = generated;
  const keep = coherent ? (text: string) => isCoherent(checkStory(text, true)) : undefined;
  const lines: string[] = [];
  generateLines({ ...wanted, bytes: size, keep }, (line) => lines.push(line));
  const file = `${name}.jsonl`;
  const bytes = writeText(join(output, file), lines.join(""));
  const dropped = { useless: 0, longSentences: 0, copies: 0 };
  return { name, file, inputs: {}, documents: lines.length, bytes, afterVocabulary, dropped };
}

/** Prepares all sources and the held-out file, which no source may repeat. */
export async function prepare(options: PrepareOptions): Promise<readonly PreparedSource[]> {
  mkdirSync(options.output, { recursive: true });
  const seen = new Set<string>();
  const held: string[] = [];
  for await (const document of documentsOf(join(options.data, HELD_OUT))) {
    const cleaned = clean(document);
    if (cleaned === undefined) continue;
    seen.add(cleaned.text);
    held.push(lineOf(cleaned.text));
  }
  writeText(join(options.output, "held-out.jsonl"), held.join(""));
  const prepared: PreparedSource[] = [];
  for (const source of SOURCES) {
    prepared.push(
      source.generated === undefined
        ? await prepareSource(source, options, seen)
        : generate(source.name, source.generated, options.output),
    );
  }
  return prepared;
}
