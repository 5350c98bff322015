/**
 * A sampler chain is data: a readonly array of steps, applied from left to right to the candidates of one
 * position. Filters and reshapers come first; exactly one selecting step ends the chain. A chain can be serialised
 * as JSON, sent in a request, printed and compared.
 */

/** The rule that ends the nucleus of top-p; three programs use three rules. See `nucleusLength`. */
export type TopPCut = "llama.cpp" | "meta" | "alpaca";

/** Adds a number to some logits; −Infinity bans a token. */
export interface LogitBiasStep {
  readonly kind: "logit-bias";
  readonly bias: readonly (readonly [token: number, bias: number])[];
}
/** Repetition (CTRL), frequency and presence penalties over the last tokens; `lastN` −1 means all of them. */
export interface PenaltiesStep {
  readonly kind: "penalties";
  readonly lastN: number;
  readonly repeat: number;
  readonly frequency: number;
  readonly presence: number;
}
/** "Don't repeat yourself": penalises a token that would extend a repeated run of tokens. */
export interface DryStep {
  readonly kind: "dry";
  readonly multiplier: number;
  readonly base: number;
  readonly allowedLength: number;
  /** Window in tokens; −1 means all. */
  readonly lastN: number;
  /** Runs never extend across one of these token sequences. */
  readonly breakers: readonly (readonly number[])[];
}
export interface TopNSigmaStep {
  readonly kind: "top-n-sigma";
  readonly n: number;
}
export interface TopKStep {
  readonly kind: "top-k";
  readonly k: number;
  readonly minKeep?: number;
}
export interface TypicalStep {
  readonly kind: "typical";
  readonly p: number;
  readonly minKeep?: number;
}
export interface TopPStep {
  readonly kind: "top-p";
  readonly p: number;
  readonly cut: TopPCut;
  readonly minKeep?: number;
}
export interface MinPStep {
  readonly kind: "min-p";
  readonly p: number;
  readonly minKeep?: number;
}
export interface XtcStep {
  readonly kind: "xtc";
  readonly probability: number;
  readonly threshold: number;
  readonly minKeep?: number;
}
export interface TemperatureStep {
  readonly kind: "temperature";
  readonly temperature: number;
}
export interface DynamicTemperatureStep {
  readonly kind: "dynamic-temperature";
  readonly temperature: number;
  readonly range: number;
  readonly exponent: number;
}
/** Takes the greatest logit; the lowest token among equals. */
export interface GreedyStep {
  readonly kind: "greedy";
}
/** Draws a token according to the probabilities. */
export interface DistStep {
  readonly kind: "dist";
}
export interface Mirostat1Step {
  readonly kind: "mirostat-1";
  readonly tau: number;
  readonly eta: number;
}
export interface Mirostat2Step {
  readonly kind: "mirostat-2";
  readonly tau: number;
  readonly eta: number;
}

export type FilterStep =
  | LogitBiasStep
  | PenaltiesStep
  | DryStep
  | TopNSigmaStep
  | TopKStep
  | TypicalStep
  | TopPStep
  | MinPStep
  | XtcStep
  | TemperatureStep
  | DynamicTemperatureStep;
export type SelectStep = GreedyStep | DistStep | Mirostat1Step | Mirostat2Step;
export type SamplerStep = FilterStep | SelectStep;
export type SamplerChain = readonly SamplerStep[];
