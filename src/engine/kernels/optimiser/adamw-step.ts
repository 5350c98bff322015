/** What AdamW with moments of 32 and of 8 bits share: the arguments, and the step of a vector of elements. */
import type { AdamWAttributes } from "../../graph/ops/optimiser.ts";
import type { Arguments, KernelBuilder } from "../../jit/builder.ts";
import type { Operand, Value } from "../../jit/language/core.ts";
import { f32, input, outputNumber, tasks } from "../launch.ts";

export const ADAMW_PARAMETERS = {
  weights: "ptr",
  first: "ptr",
  second: "ptr",
  gradient: "ptr",
  /** Learning rate and the two corrections. */
  rates: "ptr",
  factor: "ptr",
  tasks: "ptr",
  rows: "int",
  columns: "int",
  beta1: "f32",
  /** 1 − β₁, from the exact difference. */
  rest1: "f32",
  beta2: "f32",
  rest2: "f32",
  eps: "f32",
  weightDecay: "f32",
} as const;

/** All arguments but the sizes. */
export function adamwArguments({ beta1, beta2, eps, weightDecay }: AdamWAttributes) {
  return {
    weights: outputNumber(0),
    first: outputNumber(1),
    second: outputNumber(2),
    gradient: input(3),
    rates: input(4),
    factor: input(5),
    tasks,
    beta1: f32(beta1),
    rest1: f32(1 - beta1),
    beta2: f32(beta2),
    rest2: f32(1 - beta2),
    eps: f32(eps),
    weightDecay: f32(weightDecay),
  };
}

type Vector = Operand<"f32v">;

/** Attributes, and the offset of each rate in `rates`. */
const SCALARS = ["beta1", "rest1", "beta2", "rest2", "eps", "weightDecay"] as const;
const RATE_OFFSETS = { learningRate: 0, correction1: 4, correction2: 8 } as const;
type Scalar = (typeof SCALARS)[number];
type Rate = keyof typeof RATE_OFFSETS;

/** Gives a factor of the step in every lane. */
export type StepFactor = (name: Scalar | Rate) => Vector;

/** Factors that are read where they are used. */
export const readFactor =
  (k: KernelBuilder, p: Arguments<typeof ADAMW_PARAMETERS>): StepFactor =>
  (name) =>
    name in RATE_OFFSETS
      ? k.broadcastF32({ base: p.rates, disp: RATE_OFFSETS[name as Rate] })
      : k.splat(p[name as Scalar]);

/** Factors that are read here and kept in registers. */
export function keptFactors(k: KernelBuilder, p: Arguments<typeof ADAMW_PARAMETERS>): StepFactor {
  const read = readFactor(k, p);
  const names = [...SCALARS, ...(Object.keys(RATE_OFFSETS) as Rate[])];
  const kept = new Map(names.map((name) => [name, k.variable(read(name))] as const));
  return (name) => kept.get(name) as Vector;
}

/** The new weights and moments; `gradient` is clipped already. */
export function adamwStep(
  k: KernelBuilder,
  of: {
    readonly weights: Vector;
    readonly first: Vector;
    readonly second: Vector;
    readonly gradient: Vector;
  },
  by: StepFactor,
): { readonly weights: Value<"f32v">; readonly first: Value<"f32v">; readonly second: Value<"f32v"> } {
  const first = k.fma(of.first, by("beta1"), k.mul(of.gradient, by("rest1")));
  const second = k.fma(of.second, by("beta2"), k.mul(k.mul(of.gradient, of.gradient), by("rest2")));
  const spread = k.add(k.sqrt(k.mul(second, by("correction2"))), by("eps"));
  const direction = k.div(k.mul(first, by("correction1")), spread);
  const step = k.mul(by("learningRate"), k.fma(of.weights, by("weightDecay"), direction));
  return { weights: k.sub(of.weights, step), first, second };
}
