/**
 * Records of the stages, short enough to be kept: models/stories/records/STAGE.json. A work folder can be deleted, and
 * the card and the curve still show the whole run.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MatmulPrecision } from "../../src/engine/graph/ops/matmul-precision.ts";
import type { EvaluationRecord, Recipe, RunRecord, StepRecord } from "../../src/train/index.ts";
import { writeText } from "./files.ts";
import { type Manifest, STAGES, type Stage } from "./make.ts";
import type { PreparedSource } from "./prepare.ts";

const FOLDER = resolve(import.meta.dirname, "records");
/** Steps whose training losses are averaged to one point. */
const STEPS_OF_POINT = 11;

export const ABLATION_RECORD = join(FOLDER, "ablations.json");

/** The result of one ablation: bits per byte on held-out text, by source. */
export interface AblationResult {
  readonly name: string;
  readonly tokens: number;
  readonly bitsPerByte: Readonly<Record<string, number>>;
}

export interface Point {
  readonly step: number;
  /** Nats per token. */
  readonly loss: number;
}

export interface StageRecord {
  readonly steps: number;
  readonly tokens: number;
  readonly seconds: number;
  /** Of matrix products. */
  readonly precision: MatmulPrecision;
  /** Epochs seen of each source. */
  readonly epochs: Readonly<Record<string, number>>;
  readonly training: readonly Point[];
  readonly heldOut: readonly Point[];
  /** The last evaluation, by source. */
  readonly sources: EvaluationRecord["sources"];
}

/** All stages as one run; steps are numbered through. */
export interface StoryRun extends Omit<StageRecord, "precision"> {
  readonly stages: readonly StageRecord[];
}

export function recordsOf(folder: string): RunRecord[] {
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as RunRecord);
}

function averaged(steps: readonly StepRecord[]): Point[] {
  return Array.from({ length: Math.ceil(steps.length / STEPS_OF_POINT) }, (_, i) => {
    const part = steps.slice(i * STEPS_OF_POINT, (i + 1) * STEPS_OF_POINT);
    const losses = part.flatMap(({ loss }) => loss ?? []);
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    return { step: part[part.length - 1].step, loss: Number(mean.toFixed(3)) };
  });
}

/** The record of a run of `cria train`, from its folder. */
function summarise(folder: string): StageRecord {
  const records = recordsOf(folder);
  const steps = records.filter((record): record is StepRecord => record.kind === "step");
  const evaluations = records.filter((record): record is EvaluationRecord => record.kind === "evaluation");
  const recipe = JSON.parse(readFileSync(join(folder, "recipe.json"), "utf8")) as Recipe;
  const { step, tokens, seconds, epochs } = steps[steps.length - 1];
  return {
    steps: step,
    tokens,
    seconds: Math.round(seconds),
    precision: recipe.precision ?? "f32",
    epochs,
    training: averaged(steps),
    heldOut: evaluations.map(({ step, nats }) => ({ step, loss: Number(nats.toFixed(3)) })),
    sources: evaluations[evaluations.length - 1].sources,
  };
}

const pathOf = ({ output }: Stage): string => join(FOLDER, `${output}.json`);

/** What the last stage read: the counts of its sources. */
export type TextRecord = Pick<Manifest, "vocabulary"> & {
  readonly sources: readonly Pick<PreparedSource, "name" | "documents" | "bytes" | "dropped">[];
};
const TEXT_RECORD = join(FOLDER, "text.json");

export const readText = (): TextRecord => JSON.parse(readFileSync(TEXT_RECORD, "utf8")) as TextRecord;

function keepText(work: string): void {
  const path = join(work, "manifest.json");
  if (!existsSync(path)) return;
  const { vocabulary, texts } = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const counts = texts[STAGES[STAGES.length - 1].text].map(({ name, documents, bytes, dropped }) => ({
    name,
    documents,
    bytes,
    dropped,
  }));
  writeText(TEXT_RECORD, `${JSON.stringify({ vocabulary, sources: counts })}\n`);
}

/** Writes the records of the text and the stages that the work folder holds. */
export function keepRecords(work: string): void {
  keepText(work);
  for (const stage of STAGES) {
    const folder = join(work, stage.output);
    if (!existsSync(join(folder, "model.gguf"))) continue;
    writeText(pathOf(stage), `${JSON.stringify(summarise(folder))}\n`);
  }
}

export function readAblations(): AblationResult[] {
  return JSON.parse(readFileSync(ABLATION_RECORD, "utf8")) as AblationResult[];
}

/** The kept records of all stages. */
export function readRun(): StoryRun {
  const stages = STAGES.map((stage) => JSON.parse(readFileSync(pathOf(stage), "utf8")) as StageRecord);
  const training: Point[] = [];
  const heldOut: Point[] = [];
  const epochs: Record<string, number> = {};
  const sums = { steps: 0, tokens: 0, seconds: 0 };
  for (const stage of stages) {
    const later = (points: readonly Point[]) =>
      points.map(({ step, loss }) => ({ step: step + sums.steps, loss }));
    training.push(...later(stage.training));
    heldOut.push(...later(stage.heldOut));
    for (const [source, seen] of Object.entries(stage.epochs)) epochs[source] = (epochs[source] ?? 0) + seen;
    sums.steps += stage.steps;
    sums.tokens += stage.tokens;
    sums.seconds += stage.seconds;
  }
  return { ...sums, epochs, training, heldOut, sources: stages[stages.length - 1].sources, stages };
}
