/**
 * Where threads must wait for each other. Steps of a plan run in order. A barrier precedes a step only if it accesses
 * bytes that a step since the last barrier wrote, or writes bytes that such a step accessed. Steps between two barriers
 * (for instance the queries, keys and values of a layer) run as one phase.
 */
import type { PlannedOperand, PlanStep } from "../../graph/plan.ts";

interface Range {
  /** The arena, or the leaf that owns the memory. */
  readonly memory: unknown;
  readonly from: number;
  readonly to: number;
}

const ARENA = "arena";

function rangeOf({ place }: PlannedOperand): Range {
  if (place.kind === "arena")
    return { memory: ARENA, from: place.offset, to: place.offset + place.byteLength };
  return { memory: place.leaf, from: 0, to: place.byteLength };
}

const overlap = (a: Range, b: Range): boolean => a.memory === b.memory && a.from < b.to && b.from < a.to;
const conflict = (some: readonly Range[], others: readonly Range[]): boolean =>
  some.some((a) => others.some((b) => overlap(a, b)));

/** For each step, whether all earlier steps must finish first. The first step needs no barrier. */
export function barriers(steps: readonly PlanStep[]): boolean[] {
  let read: Range[] = [];
  let written: Range[] = [];
  return steps.map(({ inputs, outputs }) => {
    const reads = inputs.map(rangeOf);
    const writes = outputs.map(rangeOf);
    const needed = conflict(reads, written) || conflict(writes, written) || conflict(writes, read);
    if (needed) {
      read = [];
      written = [];
    }
    read.push(...reads);
    written.push(...writes);
    return needed;
  });
}
