/** A step's parts as the arrays of its program, and the program's results as those of the parts. */
import { RequestError } from "../base/errors.ts";
import type { CachedSequence } from "../cache/index.ts";
import { pagesPerSequence, type StepLimits, type StepWants, tapName } from "./graphs.ts";
import type { RowBuffers } from "./row-buffers.ts";

/** The tokens of a part whose logits or hidden states are requested. */
export type WantedRows = "none" | "last" | "all";

/** The part of a step that belongs to one sequence. */
export interface StepPart {
  readonly sequence: CachedSequence;
  /** Token ids that follow the cached ones. At least one. */
  readonly tokens: ArrayLike<number>;
  readonly rows: WantedRows;
}

/**
 * Results of a step for one part. Lists have one entry per requested row, each a copy of the model's memory; that of logits is
 * in the step's buffers, if it has some.
 */
export interface StepResult {
  /** V floats each; empty if no logits were requested. */
  readonly logits: readonly Float32Array[];
  /** D floats each; empty if no hidden states were requested. */
  readonly hidden: readonly Float32Array[];
  /** For each layer its input for every token of the part, or for every requested row if the layer is "output". */
  readonly taps: ReadonlyMap<string, readonly Float32Array[]>;
}

/** @throws RequestError if the parts do not fit one step. */
export function checkParts(
  parts: readonly StepPart[],
  { maxTokens, maxSequences, context }: StepLimits,
): void {
  const doing = "run a step";
  const total = parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  if (total > maxTokens)
    throw new RequestError({ doing, expected: `at most ${maxTokens} tokens`, found: `${total}` });
  if (parts.length > maxSequences) {
    throw new RequestError({
      doing,
      expected: `at most ${maxSequences} sequences`,
      found: `${parts.length}`,
    });
  }
  if (new Set(parts.map(({ sequence }) => sequence)).size < parts.length) {
    throw new RequestError({ doing, found: "the same sequence twice" });
  }
  for (const { sequence, tokens } of parts) {
    if (tokens.length === 0)
      throw new RequestError({ doing, expected: "at least one token of each sequence", found: "none" });
    if (sequence.length + tokens.length <= context) continue;
    const found = `${sequence.length} cached and ${tokens.length} new ones`;
    throw new RequestError({ doing, expected: `at most ${context} tokens in a sequence`, found });
  }
}

/** Concatenates the parts. */
export function flatten(parts: readonly StepPart[], limits: StepLimits) {
  const T = parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const pages = pagesPerSequence(limits);
  const inputs = {
    tokens: new Int32Array(T),
    positions: new Int32Array(T),
    sequences: new Int32Array(T),
    slots: new Int32Array(T),
    page_table: new Int32Array(parts.length * pages),
  };
  const rows: number[] = [];
  let at = 0;
  parts.forEach(({ sequence, tokens, rows: wanted }, b) => {
    const from = sequence.length;
    inputs.slots.set(sequence.extend(tokens), at);
    sequence.writePageTable(inputs.page_table.subarray(b * pages, (b + 1) * pages));
    for (let i = 0; i < tokens.length; i++, at++) {
      inputs.tokens[at] = tokens[i];
      inputs.positions[at] = from + i;
      inputs.sequences[at] = b;
      if (wanted === "all" || (wanted === "last" && i === tokens.length - 1)) rows.push(at);
    }
  });
  return { inputs: { ...inputs, rows: Int32Array.from(rows) }, dims: { T, B: parts.length, R: rows.length } };
}

const ROW_COUNTS: Readonly<Record<WantedRows, (tokens: number) => number>> = {
  none: () => 0,
  last: () => 1,
  all: (tokens) => tokens,
};

/** Splits the outputs of a step into those of its parts. */
export function splitResults(
  parts: readonly StepPart[],
  outputs: Readonly<Record<string, Float32Array>>,
  { taps = [] }: StepWants,
  buffers?: RowBuffers,
): StepResult[] {
  const tokenCounts = parts.map(({ tokens }) => tokens.length);
  const rowCounts = parts.map(({ tokens, rows }) => ROW_COUNTS[rows](tokens.length));
  const logits = splitRows(outputs.logits, rowCounts, buffers);
  const hidden = splitRows(outputs.hidden, rowCounts);
  const tapped = taps.map((layer) => {
    const counts = layer === "output" ? rowCounts : tokenCounts;
    return [layer, splitRows(outputs[tapName(layer)], counts)] as const;
  });
  return parts.map((_, i) => ({
    logits: logits[i],
    hidden: hidden[i],
    taps: new Map(tapped.map(([layer, rows]) => [layer, rows[i]])),
  }));
}

/** Copies the rows of a matrix, `counts[i]` for part i; none if there is no matrix. */
function splitRows(
  matrix: Float32Array | undefined,
  counts: readonly number[],
  buffers?: RowBuffers,
): Float32Array[][] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (matrix === undefined || total === 0) return counts.map(() => []);
  const columns = matrix.length / total;
  let row = 0;
  return counts.map((count) =>
    Array.from({ length: count }, () => {
      const view = matrix.subarray(row * columns, ++row * columns);
      return buffers?.copy(view) ?? view.slice();
    }),
  );
}
