/**
 * The learning rate of each step. All schedules begin with a linear warm-up, max·t/w. Then cosine falls to the floor
 * along half a cosine [LLaMA, section 2.3]; wsd (warm-up, stable, decay) stays constant and falls linearly over its
 * last part; constant stays constant.
 */

/** Names of the schedules in recipes. */
export const SCHEDULES = ["cosine", "wsd", "constant"] as const;
export type ScheduleKind = (typeof SCHEDULES)[number];

export interface Schedule {
  readonly kind: ScheduleKind;
  /** The maximum rate. */
  readonly learningRate: number;
  /** Steps until the maximum is reached. */
  readonly warmup: number;
  /** Share of the maximum rate that remains at the end. */
  readonly floor: number;
  /** wsd: steps of the decay at the end. */
  readonly decaySteps: number;
  /** Total steps; later steps keep the last rate. */
  readonly steps: number;
}

type Shape = (schedule: Schedule, step: number) => number;

/** Shape of each schedule after the warm-up: falls from 1 at the start to 0 at the end. */
const SHAPES: Readonly<Record<ScheduleKind, Shape>> = {
  cosine({ warmup, steps }, step) {
    const progress = (step - warmup) / Math.max(1, steps - warmup);
    return 0.5 * (1 + Math.cos(Math.PI * progress));
  },
  wsd: ({ steps, decaySteps }, step) => Math.min(1, (steps - step) / Math.max(1, decaySteps)),
  constant: () => 1,
};

/** Learning rate of a step, counted from 1. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { kind, learningRate, warmup, floor, steps } = schedule;
  if (step <= warmup) return (learningRate * step) / warmup;
  const share = SHAPES[kind](schedule, Math.min(step, steps));
  return learningRate * (floor + (1 - floor) * share);
}
