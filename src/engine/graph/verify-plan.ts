/**
 * Proves a plan before it runs. Kernels take raw addresses and check nothing, so here every operand's range is
 * held against the memory it lies in, and no two results that are alive at once may overlap. It recomputes
 * everything from the graph and trusts nothing that the planner wrote.
 */
import { ShapeError } from "../../base/errors.ts";
import type { Node } from "./graph.ts";
import { ARENA_ALIGNMENT, maxByteLength, type Plan, type PlannedOperand, type PlanStep } from "./plan.ts";

function refuse(found: string, expected: string): never {
  throw new ShapeError({
    doing: "accept a plan",
    expected,
    found,
    fix: "this is a fault of the planner; please report it with the model's configuration",
  });
}

/** Throws ShapeError unless every access of the plan is in range, aligned, and free of conflicts. */
export function verifyPlan(plan: Plan): void {
  for (const step of plan.steps) {
    for (const operand of [...step.inputs, step.output]) verifyRange(plan, operand);
    verifyWiring(step);
  }
  for (const operand of plan.outputs.values()) verifyRange(plan, operand);
  verifyLifetimes(plan);
}

function verifyRange(plan: Plan, { node, place }: PlannedOperand): void {
  const needed = maxByteLength(node, plan.precision);
  if (place.byteLength !== needed) {
    refuse(`a place of ${place.byteLength} bytes`, `${needed} bytes for node ${node.id} [${node.shape}]`);
  }
  if (place.kind === "arena") {
    const { offset, byteLength } = place;
    const valid = Number.isSafeInteger(offset) && offset >= 0 && offset % ARENA_ALIGNMENT === 0;
    if (!valid || offset + byteLength > plan.arenaByteLength) {
      refuse(
        `bytes ${offset} to ${offset + byteLength}`,
        `an aligned range inside the arena's ${plan.arenaByteLength} bytes`,
      );
    }
    return;
  }
  if (node.leaf !== undefined && place.leaf !== node.leaf) {
    refuse(`node ${node.id} in the place of another`, "the leaf's own place");
  }
}

/** A step must read the places where its inputs were written, and write in place only where its op says so. */
function verifyWiring({ node, inputs, output }: PlanStep): void {
  const wired =
    inputs.length === node.inputs.length && inputs.every((input, i) => input.node === node.inputs[i]);
  if (!wired || output.node !== node)
    refuse(`step of node ${node.id} with other operands`, "the graph's operands");
  const target = node.op?.writesInto;
  if (target === undefined && output.place.kind !== "arena")
    refuse(`node ${node.id} outside the arena`, "the arena");
  if (target !== undefined && output.place !== inputs[target].place) {
    refuse(`node ${node.id} beside its state`, "a write in place");
  }
}

interface Lifetime {
  readonly node: Node;
  readonly offset: number;
  readonly end: number;
  readonly from: number;
  to: number;
}

/** No two results may share bytes of the arena while both are alive; none may be read before it is written. */
function verifyLifetimes(plan: Plan): void {
  const lives = new Map<Node, Lifetime>();
  plan.steps.forEach((step, index) => {
    for (const { node, place } of step.inputs) {
      if (place.kind !== "arena") continue;
      const life = lives.get(node);
      if (life === undefined || life.offset !== place.offset)
        refuse(`node ${node.id} read where it was not written`, "its own bytes");
      life.to = index;
    }
    const { place } = step.output;
    if (place.kind !== "arena") return;
    const { offset, byteLength } = place;
    lives.set(step.node, { node: step.node, offset, end: offset + byteLength, from: index, to: index });
  });
  for (const { node, place } of plan.outputs.values()) {
    const life = lives.get(node);
    if (place.kind !== "arena") continue;
    if (life === undefined || life.offset !== place.offset)
      refuse(`output node ${node.id} read where it was not written`, "its own bytes");
    life.to = Number.POSITIVE_INFINITY;
  }
  refuseOverlaps([...lives.values()]);
}

/** Sweeps the steps in order with the set of living results; compares each newcomer with those alive. */
function refuseOverlaps(lives: readonly Lifetime[]): void {
  let alive: Lifetime[] = [];
  for (const life of lives) {
    alive = alive.filter((other) => other.to >= life.from);
    for (const other of alive) {
      if (life.offset < other.end && other.offset < life.end) {
        refuse(
          `nodes ${other.node.id} and ${life.node.id} in the same bytes`,
          "disjoint bytes for results alive at once",
        );
      }
    }
    alive.push(life);
  }
}
