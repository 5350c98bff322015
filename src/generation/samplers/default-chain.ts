/** Builds sampler chains from the usual options, in llama.cpp's order and with its defaults. */
import { RequestError } from "../../base/errors.ts";
import {
  badOption,
  COUNT,
  COUNT_OR_ALL,
  checkFields,
  FINITE,
  type FieldRanges,
  NOT_NEGATIVE,
  POSITIVE,
  PROBABILITY,
  show,
} from "../../schema/numbers.ts";
import type { FilterStep, SamplerChain, SelectStep } from "./steps.ts";

export interface SamplingOptions {
  /** 0 takes the most likely token (then filters have no effect). Default 0.8. */
  readonly temperature?: number | undefined;
  /** 0 keeps all. Default 40. */
  readonly topK?: number | undefined;
  /** 1 keeps all. Default 0.95. */
  readonly topP?: number | undefined;
  /** 0 keeps all. Default 0.05. */
  readonly minP?: number | undefined;
  /** 1 keeps all (default). */
  readonly typical?: number | undefined;
  /** No cut if absent or not above 0. */
  readonly topNSigma?: number | undefined;
  /** 1 is off (default). */
  readonly repeatPenalty?: number | undefined;
  /** Window of the penalties in tokens; −1 is all, 0 is off. Default 64. */
  readonly repeatLastN?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  /** 0 is off (default). */
  readonly dryMultiplier?: number | undefined;
  readonly dryBase?: number | undefined;
  readonly dryAllowedLength?: number | undefined;
  readonly dryLastN?: number | undefined;
  /** Token sequences that end a repeat: usually the tokens of "\n", ":", "\"", "*". */
  readonly dryBreakers?: readonly (readonly number[])[] | undefined;
  readonly xtcProbability?: number | undefined;
  readonly xtcThreshold?: number | undefined;
  /** 0 is off (default); 1 or 2. Only the bias and the temperature precede mirostat. */
  readonly mirostat?: number | undefined;
  readonly mirostatTau?: number | undefined;
  readonly mirostatEta?: number | undefined;
  /** Half-width of the dynamic temperature range; 0 is off (default). */
  readonly dynatempRange?: number | undefined;
  readonly dynatempExponent?: number | undefined;
  readonly logitBias?: readonly (readonly [token: number, bias: number])[] | undefined;
  /** Tokens that are never chosen. */
  readonly bannedTokens?: readonly number[] | undefined;
  /** Bans `eogTokens`, so that only length and stop strings end the text. */
  readonly ignoreEos?: boolean | undefined;
  readonly eogTokens?: readonly number[] | undefined;
  /** Least number of tokens that filters keep. Default 0 (they always keep one). */
  readonly minKeep?: number | undefined;
  /** Order of the filters; filters not named are omitted. */
  readonly order?: readonly FilterName[] | undefined;
}

/** Valid range of each number. */
export const SAMPLING_RANGES = {
  temperature: NOT_NEGATIVE,
  topK: COUNT,
  topP: PROBABILITY,
  minP: PROBABILITY,
  typical: PROBABILITY,
  topNSigma: FINITE,
  repeatPenalty: POSITIVE,
  repeatLastN: COUNT_OR_ALL,
  presencePenalty: FINITE,
  frequencyPenalty: FINITE,
  dryMultiplier: NOT_NEGATIVE,
  dryBase: NOT_NEGATIVE,
  dryAllowedLength: COUNT,
  dryLastN: COUNT_OR_ALL,
  xtcProbability: PROBABILITY,
  xtcThreshold: PROBABILITY,
  mirostat: { min: 0, max: 2, integer: true },
  mirostatTau: NOT_NEGATIVE,
  mirostatEta: NOT_NEGATIVE,
  dynatempRange: NOT_NEGATIVE,
  dynatempExponent: NOT_NEGATIVE,
  minKeep: COUNT,
} as const satisfies FieldRanges;

/** llama.cpp's defaults. */
export const SAMPLING_DEFAULTS = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  typical: 1,
  topNSigma: -1,
  repeatPenalty: 1,
  repeatLastN: 64,
  presencePenalty: 0,
  frequencyPenalty: 0,
  dryMultiplier: 0,
  dryBase: 1.75,
  dryAllowedLength: 2,
  dryLastN: -1,
  dryBreakers: [] as readonly (readonly number[])[],
  xtcProbability: 0,
  xtcThreshold: 0.1,
  mirostat: 0,
  mirostatTau: 5,
  mirostatEta: 0.1,
  dynatempRange: 0,
  dynatempExponent: 1,
  minKeep: 0,
} as const;

/** Filter names for `order`, in llama.cpp's default order. */
export const FILTER_ORDER = [
  "penalties",
  "dry",
  "top-n-sigma",
  "top-k",
  "typical",
  "top-p",
  "min-p",
  "xtc",
  "temperature",
] as const;
export type FilterName = (typeof FILTER_ORDER)[number];

type Settled = { readonly [K in keyof typeof SAMPLING_DEFAULTS]: NonNullable<SamplingOptions[K]> };

/** Makes the step of each filter from the options; undefined if the step would change nothing. */
const MAKERS: Readonly<Record<FilterName, (o: Settled) => FilterStep | undefined>> = {
  penalties: (o) =>
    o.repeatLastN === 0 || (o.repeatPenalty === 1 && o.presencePenalty === 0 && o.frequencyPenalty === 0)
      ? undefined
      : {
          kind: "penalties",
          lastN: o.repeatLastN,
          repeat: o.repeatPenalty,
          frequency: o.frequencyPenalty,
          presence: o.presencePenalty,
        },
  dry: (o) =>
    o.dryMultiplier === 0 || o.dryLastN === 0
      ? undefined
      : {
          kind: "dry",
          multiplier: o.dryMultiplier,
          base: o.dryBase,
          allowedLength: o.dryAllowedLength,
          lastN: o.dryLastN,
          breakers: o.dryBreakers,
        },
  "top-n-sigma": (o) => (o.topNSigma > 0 ? { kind: "top-n-sigma", n: o.topNSigma } : undefined),
  "top-k": (o) => (o.topK > 0 ? { kind: "top-k", k: o.topK, minKeep: o.minKeep } : undefined),
  typical: (o) => (o.typical < 1 ? { kind: "typical", p: o.typical, minKeep: o.minKeep } : undefined),
  "top-p": (o) =>
    o.topP < 1 ? { kind: "top-p", p: o.topP, cut: "llama.cpp", minKeep: o.minKeep } : undefined,
  "min-p": (o) => (o.minP > 0 ? { kind: "min-p", p: o.minP, minKeep: o.minKeep } : undefined),
  xtc: (o) =>
    o.xtcProbability > 0
      ? { kind: "xtc", probability: o.xtcProbability, threshold: o.xtcThreshold, minKeep: o.minKeep }
      : undefined,
  temperature: (o) =>
    o.dynatempRange > 0
      ? {
          kind: "dynamic-temperature",
          temperature: o.temperature,
          range: o.dynatempRange,
          exponent: o.dynatempExponent,
        }
      : { kind: "temperature", temperature: o.temperature },
};

/**
 * The chain that llama.cpp would run for these options. At temperature 0 it consists of the penalties and "greedy".
 * @throws RequestError that names the option, its range and the value found.
 */
export function defaultChain(options: SamplingOptions = {}): SamplerChain {
  checkFields("", options, SAMPLING_RANGES, []);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settled: Settled = { ...SAMPLING_DEFAULTS, ...given };
  const order = settledOrder(options.order);
  const bias = biasOf(options);
  const head: FilterStep[] = bias.length > 0 ? [{ kind: "logit-bias", bias }] : [];
  const make = (names: readonly FilterName[]): FilterStep[] =>
    names.map((name) => MAKERS[name](settled)).filter((step) => step !== undefined);
  if (settled.mirostat > 0) {
    const { mirostatTau: tau, mirostatEta: eta } = settled;
    const last: SelectStep = { kind: settled.mirostat === 1 ? "mirostat-1" : "mirostat-2", tau, eta };
    return [...head, ...make(["temperature"]), last];
  }
  if (settled.temperature === 0 && settled.dynatempRange === 0) {
    const penalties = order.filter((name) => name === "penalties" || name === "dry");
    return [...head, ...make(penalties), { kind: "greedy" }];
  }
  return [...head, ...make(order), { kind: "dist" }];
}

function settledOrder(order: SamplingOptions["order"]): readonly FilterName[] {
  if (order === undefined) return FILTER_ORDER;
  const valid =
    Array.isArray(order) &&
    order.length <= 64 &&
    order.every((name) => FILTER_ORDER.includes(name as FilterName));
  if (!valid) throw badOption("order", `an array of ${FILTER_ORDER.join(", ")}`, show(order));
  return order;
}

function biasOf(options: SamplingOptions): [number, number][] {
  const { logitBias = [], bannedTokens = [], ignoreEos = false, eogTokens = [] } = options;
  if (!Array.isArray(logitBias)) throw badOption("logitBias", "pairs of token and bias", show(logitBias));
  if (!Array.isArray(bannedTokens)) throw badOption("bannedTokens", "an array of tokens", show(bannedTokens));
  if (ignoreEos && eogTokens.length === 0) {
    throw new RequestError({
      doing: 'use the option "ignoreEos"',
      expected: "the vocabulary's end tokens in eogTokens",
      found: "none",
    });
  }
  const banned = [...bannedTokens, ...(ignoreEos ? eogTokens : [])];
  return [...logitBias.map(([token, bias]): [number, number] => [token, bias]), ...banned.map(ban)];
}

const ban = (token: number): [number, number] => [token, -Infinity];
