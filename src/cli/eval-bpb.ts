/** `cria eval bpb`: bits per byte of documents under a model. */
import type { DocumentInput } from "../data/index.ts";
import { bitsPerByteOf, type ScoredText, scoreText, totalOf } from "../eval/index.ts";
import type { Model } from "../library/model.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { progressBar } from "./progress.ts";
import { openSession } from "./session.ts";
import { columns } from "./table.ts";
import { formatCount, printable } from "./text.ts";
import { findTexts, textsOf } from "./training-text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

const TOKENS = 512;

interface FileScore {
  readonly file: string;
  readonly documents: number;
  readonly tokens: number;
  readonly bytes: number;
  readonly natsPerToken: number;
  readonly bitsPerByte: number;
}

export const evalBpb: VerbAction = async ([path, ...texts], values) => {
  const inputs = findTexts(texts, {});
  await using session = await openSession(path, values);
  using interrupt = listenForInterrupt();
  const tokens = values.tokens ?? Math.min(TOKENS, session.model.context);
  const all: ScoredText[] = [];
  const files: FileScore[] = [];
  for (const input of inputs) {
    const scores = await scoresOf(session.model, input, { ...values, tokens }, interrupt.signal);
    if (interrupt.signal.aborted) return EXIT.interrupted;
    all.push(...scores);
    files.push(scoreOf(input.name, scores));
  }
  const total = scoreOf("all", all);
  const { json } = values;
  const report = { model: path, backend: session.model.backend.name, tokensOfDocument: tokens, ...total };
  process.stdout.write(json === true ? `${JSON.stringify({ ...report, files })}\n` : table(files, total));
  return EXIT.ok;
};

async function scoresOf(
  model: Model,
  input: DocumentInput,
  values: OptionValues & { readonly tokens: number },
  signal: AbortSignal,
): Promise<ScoredText[]> {
  const { documents: most = Number.POSITIVE_INFINITY, tokens, field = ["text"] } = values;
  const bar = progressBar(values, `${printable(input.name)} `, (count) => formatCount(count));
  const scores: ScoredText[] = [];
  try {
    for await (const text of textsOf(input, { fields: field })) {
      if (text.trim() === "") continue;
      if (scores.length >= most || signal.aborted) break;
      scores.push(await scoreText(model, text, { tokens, signal }));
      if (Number.isFinite(most)) bar.update(scores.length, most);
    }
  } finally {
    bar.stop();
  }
  return scores;
}

function scoreOf(file: string, scores: readonly ScoredText[]): FileScore {
  const { nats, tokens, byteLength } = totalOf(scores);
  return {
    file,
    documents: scores.length,
    tokens,
    bytes: byteLength,
    natsPerToken: nats / tokens,
    bitsPerByte: bitsPerByteOf(scores),
  };
}

function table(files: readonly FileScore[], total: FileScore): string {
  const rows = (files.length > 1 ? [...files, total] : files).map((score) => [
    printable(score.file),
    score.bitsPerByte.toFixed(4),
    score.natsPerToken.toFixed(4),
    formatCount(score.documents),
    formatCount(score.tokens),
    formatCount(score.bytes),
  ]);
  const head = ["text", "bits/byte", "nats/token", "documents", "tokens", "bytes"];
  return `${columns([head, ...rows], ["left", "right", "right", "right", "right", "right"])}\n`;
}
