/** Small corpora for tests, packed from lists of texts. */
import { join } from "node:path";
import { type PackOptions, type PackReport, packCorpus, type StreamInput } from "../../src/data/index.ts";
import { tinyTokenizer } from "./tiny-tokenizer.ts";

/** Texts as JSON lines, as from a pipe. */
export function jsonLines(name: string, texts: readonly string[]): StreamInput {
  const lines = texts.map((text) => `${JSON.stringify({ text })}\n`).join("");
  return {
    name,
    chunks: (async function* () {
      yield new TextEncoder().encode(lines);
    })(),
  };
}

export type TinyCorpusOptions = Partial<Omit<PackOptions, "sources" | "output">> & {
  readonly name?: string;
  readonly heldOutTexts?: Readonly<Record<string, readonly string[]>>;
  readonly weights?: Readonly<Record<string, number>>;
};

/** Packs texts by source into a folder; returns its path and the report. */
export async function packTiny(
  folder: string,
  texts: Readonly<Record<string, readonly string[]>>,
  { name = "corpus", heldOutTexts = {}, weights = {}, ...options }: TinyCorpusOptions = {},
): Promise<{ readonly path: string; readonly report: PackReport }> {
  const output = join(folder, name);
  const sources = Object.entries(texts).map(([source, list]) => ({
    name: source,
    inputs: [jsonLines(`${source}.jsonl`, list)],
    ...(source in heldOutTexts ? { heldOutInputs: [jsonLines("held-out.jsonl", heldOutTexts[source])] } : {}),
    ...(source in weights ? { weight: weights[source] } : {}),
  }));
  const report = await packCorpus({
    tokenizer: tinyTokenizer(),
    format: "jsonl",
    threads: 1,
    overwrite: true,
    ...options,
    sources,
    output,
  });
  return { path: output, report };
}
