/** Records of both stages as one run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EvaluationRecord, RunRecord, StepRecord } from "../../src/train/index.ts";
import { STAGES } from "./make.ts";

export interface StoryRun {
  /** Steps are numbered through. */
  readonly steps: readonly StepRecord[];
  readonly evaluations: readonly EvaluationRecord[];
  /** Steps of each stage. */
  readonly stages: readonly number[];
  readonly tokens: number;
  readonly seconds: number;
  /** Epochs seen of each source, in both stages. */
  readonly epochs: ReadonlyMap<string, number>;
}

export function recordsOf(folder: string): RunRecord[] {
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as RunRecord);
}

export function readRun(work: string): StoryRun {
  const steps: StepRecord[] = [];
  const evaluations: EvaluationRecord[] = [];
  const stages: number[] = [];
  const epochs = new Map<string, number>();
  const sums = { step: 0, tokens: 0, seconds: 0 };
  for (const { output } of STAGES) {
    const records = recordsOf(join(work, output));
    const own = records.filter((record): record is StepRecord => record.kind === "step");
    const last = own[own.length - 1];
    steps.push(...own.map((record) => ({ ...record, step: record.step + sums.step })));
    for (const record of records) {
      if (record.kind === "evaluation") evaluations.push({ ...record, step: record.step + sums.step });
    }
    for (const [source, seen] of Object.entries(last.epochs)) {
      epochs.set(source, (epochs.get(source) ?? 0) + seen);
    }
    stages.push(last.step);
    sums.step += last.step;
    sums.tokens += last.tokens;
    sums.seconds += last.seconds;
  }
  return { steps, evaluations, stages, tokens: sums.tokens, seconds: sums.seconds, epochs };
}
