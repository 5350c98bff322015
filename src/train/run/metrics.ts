/** metrics.jsonl: one JSON object per line, for every step, evaluation, text and event of a run. */
import { platform } from "#platform";
import type { Evaluation } from "./evaluate.ts";
import type { RunFiles } from "./run-files.ts";

export interface StepRecord {
  readonly kind: "step";
  /** Counted from 1. */
  readonly step: number;
  /** Tokens trained on, up to and including this step. */
  readonly tokens: number;
  /** Nats per token. Null if not finite. */
  readonly loss: number | null;
  readonly learningRate: number;
  /** Of the gradient, before clipping. Null if not finite. */
  readonly norm: number | null;
  /** Of the run so far. */
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** Floating point operations per second. */
  readonly flops: number;
  /** Epochs seen of each source. */
  readonly epochs: Readonly<Record<string, number>>;
}

export interface EvaluationRecord extends Evaluation {
  readonly kind: "evaluation";
  readonly step: number;
}

export interface SampleRecord {
  readonly kind: "sample";
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
}

/** Other events: a checkpoint, a skipped step, a rewind, the end. */
export interface EventRecord {
  readonly kind: "event";
  readonly step: number;
  readonly event: "checkpoint" | "skipped" | "spike" | "rewind" | "resumed" | "stopped" | "finished";
  readonly text: string;
}

export type RunRecord = StepRecord | EvaluationRecord | SampleRecord | EventRecord;

/** Reads all complete lines. A last line truncated by a crash is left out. */
export function readMetrics(files: RunFiles): RunRecord[] {
  if (platform.status(files.metrics)?.kind !== "file") return [];
  return platform
    .readText(files.metrics, 2 ** 31)
    .split("\n")
    .flatMap((line): RunRecord[] => {
      try {
        return [JSON.parse(line) as RunRecord];
      } catch {
        return [];
      }
    });
}

export class Metrics {
  readonly #files: RunFiles;
  readonly records: RunRecord[];

  /** Records after step `from` are dropped: the run resumes from there, or starts over if there is none. */
  constructor(files: RunFiles, from: number | undefined) {
    this.#files = files;
    const known = readMetrics(files);
    this.records = known.filter(({ step }) => from !== undefined && step <= from);
    if (known.length === 0 && platform.status(files.metrics) === undefined) return;
    using sink = platform.createFile(files.metrics, { overwrite: true });
    const lines = this.records.map((record) => `${JSON.stringify(record)}\n`);
    sink.write(new TextEncoder().encode(lines.join("")));
    sink.commit();
  }

  add(record: RunRecord): void {
    this.records.push(record);
    platform.appendText(this.#files.metrics, `${JSON.stringify(record)}\n`);
  }
}
