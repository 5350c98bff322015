/** `cria data pack`: documents to a corpus. */
import { RequestError } from "../base/errors.ts";
import {
  type DocumentFormat,
  type PackOptions,
  type PackReport,
  type PackSource,
  packCorpus,
  placeText,
  type StreamInput,
} from "../data/index.ts";
import { loadTokenizer } from "../library/load-tokenizer.ts";
import { colorsFor } from "./colors.ts";
import { sourceRows } from "./data-show.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { resolveModel } from "./model-argument.ts";
import { parseNumber } from "./options.ts";
import { progressBar } from "./progress.ts";
import { columns } from "./table.ts";
import { formatCount, formatSeconds, jsonLine, printable, threeDigits } from "./text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const dataPack: VerbAction = async (paths, values) => {
  const bar = progressBar(values);
  using interrupt = listenForInterrupt();
  const options = await packOptions(paths, values);
  // Otherwise an idle pipe would delay the end.
  interrupt.signal.addEventListener("abort", () => process.stdin.destroy(interrupt.signal.reason as Error));
  const start = performance.now();
  try {
    const report = await packCorpus({
      ...options,
      signal: interrupt.signal,
      onProgress: ({ done, total }) => total > 0 && bar.update(Math.min(done, total), total),
    });
    bar.stop();
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(
      values.json === true ? jsonLine(summary(report, seconds)) : reportText(report, seconds, values),
    );
    return EXIT.ok;
  } finally {
    bar.stop();
  }
};

const DEFAULT_SOURCE = "text";

async function packOptions(paths: readonly string[], values: OptionValues): Promise<PackOptions> {
  const { tokenizer, output, bos, eos, heldOut, field, format, skipBad, force, threads } = values;
  const sources = sourcesOf(paths, values);
  const given = {
    bos,
    eos,
    heldOut,
    fields: field,
    format: format as DocumentFormat | undefined, // one of the option's choices
    skipBad,
    overwrite: force,
    threads,
  };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const tokenizerFile = await resolveModel(required(tokenizer, "--tokenizer FILE"), values);
  return {
    sources,
    output: required(output, "--output FOLDER"),
    tokenizer: await loadTokenizer(tokenizerFile),
    tokenizerFile,
    ...present,
  };
}

function required(value: string | undefined, flag: string): string {
  if (value !== undefined) return value;
  throw new RequestError({ doing: "pack a corpus", expected: flag, found: "none" });
}

/** `name=value`, split at the first equals sign. */
function pairOf(text: string, flag: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0 && at + 1 < text.length) return [text.slice(0, at), text.slice(at + 1)];
  throw new RequestError({
    doing: `use ${flag}`,
    expected: "name=value",
    found: JSON.stringify(text.slice(0, 80)),
  });
}

/** Paths without a name form one source, and so do all paths with the same name. */
function sourcesOf(paths: readonly string[], values: OptionValues): PackSource[] {
  type Lists = {
    readonly inputs: (string | StreamInput)[];
    readonly heldOutInputs: string[];
    weight?: number;
  };
  const sources = new Map<string, Lists>();
  const listsOf = (name: string): Lists => {
    const lists = sources.get(name) ?? { inputs: [], heldOutInputs: [] };
    sources.set(name, lists);
    return lists;
  };
  for (const path of paths) listsOf(DEFAULT_SOURCE).inputs.push(path === "-" ? standardInput() : path);
  for (const text of values.source ?? []) {
    const [name, path] = pairOf(text, "--source");
    listsOf(name).inputs.push(path);
  }
  for (const text of values.heldOutSource ?? []) {
    const [name, path] = pairOf(text, "--held-out-source");
    listsOf(name).heldOutInputs.push(path);
  }
  for (const text of values.weight ?? []) {
    const [name, weight] = pairOf(text, "--weight");
    const lists = sources.get(name);
    if (lists === undefined)
      throw new RequestError({ doing: "use --weight", expected: "the name of a source", found: `"${name}"` });
    lists.weight = parseNumber(weight, "--weight");
  }
  if (sources.size > 0) return [...sources].map(([name, lists]) => ({ name, ...lists }));
  throw new RequestError({
    doing: "pack a corpus",
    expected: "files, folders, - for the standard input, or --source NAME=PATH",
    found: "none",
  });
}

function standardInput(): StreamInput {
  return { name: "standard input", chunks: process.stdin as AsyncIterable<Uint8Array> };
}

function summary(report: PackReport, seconds: number): object {
  const { output, corpus, documents, tokens, bytes, skipped, bad, ignored, warnings } = report;
  const { id, tokenType, tokenizer, bos, eos, heldOut, sources } = corpus;
  return {
    output,
    id,
    documents,
    tokens,
    bytes,
    bytesPerToken: bytes / tokens,
    skipped,
    sources: sources.map(({ inputs, ...counts }) => ({ ...counts, files: inputs.length })),
    tokenType,
    tokenizer,
    bos,
    eos,
    heldOut,
    bad: bad.map(({ place, problem: { expected, found } }) => ({ ...place, expected, found })),
    ignored,
    warnings,
    seconds,
    tokensPerSecond: tokens / seconds,
  };
}

/** Bad documents and ignored files that are listed; others are only counted. */
const NAMED_BAD = 5;

function reportText(report: PackReport, seconds: number, { quiet }: OptionValues): string {
  if (quiet === true) return "";
  const { output, corpus, documents, tokens, bytes, skipped, bad, ignored, warnings } = report;
  const yellow = colorsFor(process.stdout).yellow;
  const rows: string[][] = [
    ["written", output],
    ["documents", formatCount(documents)],
    [
      "tokens",
      `${formatCount(tokens)}, ${threeDigits(bytes / tokens)} bytes each, stored as ${corpus.tokenType}`,
    ],
    ["speed", `${formatCount(Math.round(tokens / seconds))} tokens/s, ${formatSeconds(seconds)}`],
  ];
  const note = (name: string, count: number, text: string) => {
    if (count > 0) rows.push([name, `${formatCount(count)} ${text}`]);
  };
  note("skipped", skipped.empty, "empty documents");
  note("skipped", skipped.heldOutCopies, "copies of held-out documents");
  note("skipped", skipped.bad, yellow("unreadable documents"));
  for (const { place, problem } of bad.slice(0, NAMED_BAD))
    rows.push([
      "",
      `${placeText(place)}: expected ${problem.expected ?? "a document"}, got ${problem.found}`,
    ]);
  note(
    "ignored",
    ignored.length,
    `files: ${ignored.slice(0, NAMED_BAD).join(", ")}${ignored.length > NAMED_BAD ? ", …" : ""}`,
  );
  for (const text of warnings) rows.push(["warning", yellow(text)]);
  const printed = rows.map((row) => row.map(printable));
  return `${columns(printed)}\n\n${sourceRows(corpus)}\n`;
}
