/** Records of a run as columns for plots, thinned so that the page of a long run stays small. */
import type { EvaluationRecord, RunRecord, StepRecord } from "../run/metrics.ts";

/** Most points of a curve. */
const MOST_POINTS = 1500;

type Column = (number | null)[];

/** Columns of equal length; the first is the step. */
export interface Series {
  readonly labels: readonly string[];
  readonly columns: readonly Column[];
}

export interface RunSeries {
  readonly loss: Series;
  readonly bitsPerByte: Series;
  readonly learningRate: Series;
  readonly norm: Series;
  readonly throughput: Series;
}

/** Means over groups of adjacent steps. */
function thinned(steps: readonly StepRecord[], value: (step: StepRecord) => number | null): [Column, Column] {
  const size = Math.ceil(steps.length / MOST_POINTS);
  const x: Column = [];
  const y: Column = [];
  for (let from = 0; from < steps.length; from += size) {
    const group = steps.slice(from, from + size);
    const values = group.flatMap((step) => value(step) ?? []);
    x.push(group[group.length - 1].step);
    y.push(values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0) / values.length);
  }
  return [x, y];
}

/** Merges curves with different steps into columns with common steps. */
function joined(
  curves: readonly { readonly label: string; readonly x: Column; readonly y: Column }[],
): Series {
  const steps = [...new Set(curves.flatMap(({ x }) => x as number[]))].sort((a, b) => a - b);
  const columns = curves.map(({ x, y }) => {
    const known = new Map(x.map((step, i) => [step, y[i]]));
    return steps.map((step) => known.get(step) ?? null);
  });
  return { labels: curves.map(({ label }) => label), columns: [steps, ...columns] };
}

function heldOutCurves(evaluations: readonly EvaluationRecord[], value: "nats" | "bitsPerByte") {
  const x = evaluations.map(({ step }) => step);
  const names = evaluations[0]?.sources.map(({ source }) => source) ?? [];
  const all = { label: "held out", x, y: evaluations.map((one) => one[value]) };
  if (names.length < 2) return [all];
  const each = names.map((name) => ({
    label: name,
    x,
    y: evaluations.map(({ sources }) => sources.find(({ source }) => source === name)?.[value] ?? null),
  }));
  return [all, ...each];
}

/** The curves of a run. Steps repeated after a rewind count once, with their last values. */
export function seriesOf(records: readonly RunRecord[]): RunSeries {
  const byStep = new Map<number, StepRecord>();
  const evaluations: EvaluationRecord[] = [];
  for (const record of records) {
    if (record.kind === "step") byStep.set(record.step, record);
    if (record.kind === "evaluation") evaluations.push(record);
  }
  const steps = [...byStep.values()];
  const curve = (label: string, value: (step: StepRecord) => number | null) => {
    const [x, y] = thinned(steps, value);
    return { label, x, y };
  };
  const [heldOut] = heldOutCurves(evaluations, "nats");
  return {
    loss: joined([curve("training", ({ loss }) => loss), ...(evaluations.length === 0 ? [] : [heldOut])]),
    bitsPerByte: joined(heldOutCurves(evaluations, "bitsPerByte")),
    learningRate: joined([curve("learning rate", ({ learningRate }) => learningRate)]),
    norm: joined([curve("norm", ({ norm }) => norm)]),
    throughput: joined([curve("tokens per second", ({ tokensPerSecond }) => tokensPerSecond)]),
  };
}
