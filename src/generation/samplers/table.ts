/** The table of sampler kinds: for each kind, the ranges of its numbers and its function. */
import { RequestError } from "../../base/errors.ts";
import {
  badOption,
  COUNT,
  COUNT_OR_ALL,
  checkFields,
  checkToken,
  FINITE,
  type FieldRanges,
  NOT_NEGATIVE,
  POSITIVE,
  PROBABILITY,
  show,
} from "../../schema/numbers.ts";
import type { Candidates } from "./candidates.ts";
import type { SamplerContext } from "./context.ts";
import { applyDry } from "./dry.ts";
import { applyLogitBias, applyMinP, applyTopK, applyTopNSigma } from "./filters.ts";
import { applyPenalties } from "./penalties.ts";
import { mirostatStart, selectDist, selectGreedy, selectMirostat1, selectMirostat2 } from "./select.ts";
import type { FilterStep, SamplerChain, SamplerStep, SelectStep } from "./steps.ts";
import { applyDynamicTemperature, applyTemperature } from "./temperature.ts";
import { applyTopP } from "./top-p.ts";
import { applyTypical } from "./typical.ts";
import { applyXtc } from "./xtc.ts";

type Kind = SamplerStep["kind"];
type StepOf<K extends Kind> = Extract<SamplerStep, { kind: K }>;

interface Row<S> {
  readonly ranges: FieldRanges;
  /** Checks that a table of ranges cannot express. */
  readonly check?: (step: S, vocabSize: number) => void;
}
interface FilterRow<S> extends Row<S> {
  readonly apply: (candidates: Candidates, step: S, context: SamplerContext) => void;
}
interface SelectRow<S> extends Row<S> {
  /** Returns the index of the chosen candidate; leaves the `probs` of the candidates it chose from. */
  readonly select: (candidates: Candidates, step: S, context: SamplerContext) => number;
  /** The selecting step's memory at the start. */
  readonly start?: (step: S) => number;
}

const FILTERS: { readonly [K in FilterStep["kind"]]: FilterRow<StepOf<K>> } = {
  "logit-bias": { ranges: {}, check: checkBias, apply: applyLogitBias },
  penalties: {
    ranges: { lastN: COUNT_OR_ALL, repeat: POSITIVE, frequency: FINITE, presence: FINITE },
    apply: applyPenalties,
  },
  dry: {
    ranges: { multiplier: NOT_NEGATIVE, base: NOT_NEGATIVE, allowedLength: COUNT, lastN: COUNT_OR_ALL },
    check: checkBreakers,
    apply: applyDry,
  },
  "top-n-sigma": { ranges: { n: NOT_NEGATIVE }, apply: applyTopNSigma },
  "top-k": { ranges: { k: COUNT, minKeep: COUNT }, apply: applyTopK },
  typical: { ranges: { p: PROBABILITY, minKeep: COUNT }, apply: applyTypical },
  "top-p": { ranges: { p: PROBABILITY, minKeep: COUNT }, check: checkCut, apply: applyTopP },
  "min-p": { ranges: { p: PROBABILITY, minKeep: COUNT }, apply: applyMinP },
  xtc: { ranges: { probability: PROBABILITY, threshold: PROBABILITY, minKeep: COUNT }, apply: applyXtc },
  temperature: { ranges: { temperature: NOT_NEGATIVE }, apply: applyTemperature },
  "dynamic-temperature": {
    ranges: { temperature: NOT_NEGATIVE, range: NOT_NEGATIVE, exponent: NOT_NEGATIVE },
    apply: applyDynamicTemperature,
  },
};

const SELECTORS: { readonly [K in SelectStep["kind"]]: SelectRow<StepOf<K>> } = {
  greedy: { ranges: {}, select: selectGreedy },
  dist: { ranges: {}, select: selectDist },
  "mirostat-1": {
    ranges: { tau: NOT_NEGATIVE, eta: NOT_NEGATIVE },
    select: selectMirostat1,
    start: mirostatStart,
  },
  "mirostat-2": {
    ranges: { tau: NOT_NEGATIVE, eta: NOT_NEGATIVE },
    select: selectMirostat2,
    start: mirostatStart,
  },
};

function isSelect(step: SamplerStep): step is SelectStep {
  return Object.hasOwn(SELECTORS, step.kind);
}

// A step and the row found under its own kind match; the type system cannot follow that through a union.
const filterRow = (step: FilterStep) => FILTERS[step.kind] as FilterRow<SamplerStep>;
const selectRow = (step: SelectStep) => SELECTORS[step.kind] as SelectRow<SamplerStep>;

/** Applies every step except the last. */
export function applyFilters(chain: SamplerChain, candidates: Candidates, context: SamplerContext): void {
  for (const step of chain) if (!isSelect(step)) filterRow(step).apply(candidates, step, context);
}

/** Runs the chain's last step. @returns the index of the chosen candidate. */
export function select(chain: SamplerChain, candidates: Candidates, context: SamplerContext): number {
  const step = chain[chain.length - 1] as SelectStep;
  return selectRow(step).select(candidates, step, context);
}

export function startMemory(chain: SamplerChain): number {
  const step = chain[chain.length - 1] as SelectStep;
  return selectRow(step).start?.(step) ?? 0;
}

/** @throws RequestError that names the step, the field, its range and the value found. */
export function checkChain(chain: SamplerChain, vocabSize: number): void {
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > 64) {
    throw badOption("chain", "an array of 1 to 64 sampler steps", show(chain));
  }
  chain.forEach((step: SamplerStep, i) => {
    const row = isKnown(step) ? (isSelect(step) ? selectRow(step) : filterRow(step)) : undefined;
    if (row === undefined) {
      const known = [...Object.keys(FILTERS), ...Object.keys(SELECTORS)].join(", ");
      throw badOption(`chain[${i}].kind`, `one of ${known}`, show((step as { kind?: unknown } | null)?.kind));
    }
    const required = Object.keys(row.ranges).filter((name) => name !== "minKeep");
    checkFields(`chain[${i}].`, step, row.ranges, required);
    row.check?.(step, vocabSize);
    if (isSelect(step) !== (i === chain.length - 1)) {
      throw new RequestError({
        doing: "use the sampler chain",
        expected: `exactly one selecting step (${Object.keys(SELECTORS).join(", ")}), at its end`,
        found: `"${step.kind}" as step ${i + 1} of ${chain.length}`,
      });
    }
  });
}

function isKnown(step: unknown): step is SamplerStep {
  const kind = (step as { kind?: unknown } | null | undefined)?.kind;
  return typeof kind === "string" && (Object.hasOwn(FILTERS, kind) || Object.hasOwn(SELECTORS, kind));
}

function checkCut({ cut }: StepOf<"top-p">): void {
  if (!["llama.cpp", "meta", "alpaca"].includes(cut)) {
    throw badOption("cut", '"llama.cpp", "meta" or "alpaca"', show(cut));
  }
}

function checkBias({ bias }: StepOf<"logit-bias">, vocabSize: number): void {
  if (!Array.isArray(bias)) throw badOption("logitBias", "pairs of token and bias", show(bias));
  for (const pair of bias) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw badOption("logitBias", "pairs of token and bias", show(pair));
    checkToken("logitBias", pair[0], vocabSize);
    const value: unknown = pair[1];
    if (typeof value !== "number" || !(value < Infinity)) {
      throw badOption("logitBias", "a finite bias, or −Infinity to ban", show(value));
    }
  }
}

function checkBreakers({ breakers }: StepOf<"dry">, vocabSize: number): void {
  if (!Array.isArray(breakers) || breakers.length > 1024) {
    throw badOption("dryBreakers", "at most 1024 sequences of tokens", show(breakers));
  }
  for (const breaker of breakers) {
    if (!Array.isArray(breaker) || breaker.length === 0 || breaker.length > 64) {
      throw badOption("dryBreakers", "sequences of 1 to 64 tokens", show(breaker));
    }
    for (const token of breaker) checkToken("dryBreakers", token, vocabSize);
  }
}
