/**
 * Verifies a plan before it runs, because kernels take raw addresses and check nothing. Every operand's range must be
 * inside its memory, no two values alive at once may overlap, and every value must be read after the step that writes
 * it and before the step that overwrites it. Everything is recomputed from the graph; nothing from the planner is
 * trusted.
 *
 * A program runs repeatedly. At the start of a run, states hold the values of the previous run, and the arena holds no
 * values, so values in the arena must not be read before they are written.
 */
import { ShapeError } from "../../base/errors.ts";
import { memoryOf, type Node } from "./graph.ts";
import {
  ARENA_ALIGNMENT,
  isWritable,
  maxByteLength,
  type Place,
  type Plan,
  type PlannedOperand,
  type PlanStep,
} from "./plan.ts";

function refuse(found: string, expected: string): never {
  throw new ShapeError({
    doing: "verify a plan",
    expected,
    found,
    fix: "this is a bug in the planner; please report it with the model's configuration",
  });
}

/** Throws ShapeError unless every access of the plan is in range, aligned, in order, and free of conflicts. */
export function verifyPlan(plan: Plan): void {
  const { arenaByteLength } = plan;
  if (!Number.isSafeInteger(arenaByteLength) || arenaByteLength < 0)
    refuse(`an arena of ${arenaByteLength} bytes`, "a whole number of bytes");
  for (const step of plan.steps) {
    verifyWiring(step);
    for (const operand of [...step.inputs, ...step.outputs]) verifyRange(plan, operand);
  }
  for (const operand of plan.outputs.values()) verifyRange(plan, operand);
  verifyOrder(plan);
  verifyLifetimes(plan);
}

/** A step must have exactly its node's operands. */
function verifyWiring({ node, inputs, outputs }: PlanStep): void {
  const wired = (operands: readonly PlannedOperand[], nodes: readonly Node[]): boolean =>
    operands.length === nodes.length && operands.every((operand, i) => operand.node === nodes[i]);
  if (node.op === undefined || !wired(inputs, node.inputs) || !wired(outputs, node.outputs))
    refuse(`step of node ${node.id} with other operands`, "the graph's operands");
}

function verifyRange(plan: Plan, { node, place }: PlannedOperand): void {
  const needed = maxByteLength(node, plan.precision);
  if (place.byteLength !== needed) {
    refuse(`a range of ${place.byteLength} bytes`, `${needed} bytes for node ${node.id} [${node.shape}]`);
  }
  const owner = memoryOf(node);
  if (owner !== node && !isWritable(place))
    refuse(`node ${node.id} in read-only memory`, "a state or a result");
  if ((owner.leaf === undefined) !== (place.kind === "arena"))
    refuse(
      `node ${node.id} in memory of the wrong kind`,
      owner.leaf === undefined ? "the arena" : "its leaf",
    );
  if (place.kind !== "arena") {
    if (place.leaf !== owner.leaf) refuse(`node ${node.id} in the memory of another leaf`, "its own leaf");
    return;
  }
  const { offset, byteLength } = place;
  const aligned = Number.isSafeInteger(offset) && offset >= 0 && offset % ARENA_ALIGNMENT === 0;
  if (!aligned || !(offset + byteLength <= plan.arenaByteLength)) {
    refuse(
      `bytes ${offset} to ${offset + byteLength}`,
      `an aligned range inside the arena's ${plan.arenaByteLength} bytes`,
    );
  }
}

/**
 * Replays the steps and tracks the value in each piece of memory: a value may be read from the step that writes it
 * until the step that overwrites it. No application may run twice.
 */
function verifyOrder(plan: Plan): void {
  const held = new Map<Node, Node>();
  const done = new Set<Node>();
  const holds = (node: Node): boolean => {
    const owner = memoryOf(node);
    const version = held.get(owner);
    return version === undefined ? owner === node && owner.leaf !== undefined : version === node;
  };
  for (const { node, inputs, outputs } of plan.steps) {
    if (done.has(node)) refuse(`node ${node.id} twice`, "each application once");
    done.add(node);
    for (const input of inputs) {
      if (!holds(input.node))
        refuse(`node ${input.node.id} read when its value is not in memory`, "a write before each read");
    }
    for (const output of outputs) held.set(memoryOf(output.node), output.node);
  }
  for (const { node } of plan.outputs.values()) {
    if (!holds(node)) refuse(`output node ${node.id} without its value at the end`, "a value that is kept");
  }
  verifyNeeds(plan, done);
}

/** The plan must have every step that the outputs and effects need, and no other. */
function verifyNeeds({ graph, steps, outputs, effects }: Plan, done: ReadonlySet<Node>): void {
  const wanted = new Set([...effects, ...[...outputs.values()].map(({ node }) => node)]);
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    for (const input of node.inputs) wanted.add(input);
    if (node.op !== undefined && !done.has(node))
      refuse(`no step of node ${node.id}`, "every step that is needed");
  }
  for (const { node } of steps) {
    if (!node.outputs.some((output) => wanted.has(output)))
      refuse(`a step of node ${node.id}, which nothing needs`, "only needed steps");
  }
}

interface Lifetime {
  readonly owner: Node;
  readonly offset: number;
  readonly end: number;
  readonly from: number;
  to: number;
}

/** No two values may share bytes of the arena while both are alive. */
function verifyLifetimes(plan: Plan): void {
  const lives = new Map<Node, Lifetime>();
  const touch = (node: Node, place: Place, step: number): void => {
    if (place.kind !== "arena") return;
    const owner = memoryOf(node);
    const life = lives.get(owner);
    if (life === undefined) {
      const { offset, byteLength } = place;
      lives.set(owner, { owner, offset, end: offset + byteLength, from: step, to: step });
    } else if (life.offset !== place.offset) {
      refuse(`node ${node.id} read at bytes where it was not written`, "the bytes where it was written");
    } else life.to = step;
  };
  plan.steps.forEach(({ inputs, outputs }, step) => {
    for (const { node, place } of [...inputs, ...outputs]) touch(node, place, step);
  });
  for (const { node, place } of plan.outputs.values()) touch(node, place, Number.POSITIVE_INFINITY);
  refuseOverlaps([...lives.values()]);
}

/** Sweeps the steps in order with the set of values alive, and compares each new value with that set. */
function refuseOverlaps(lives: readonly Lifetime[]): void {
  let alive: Lifetime[] = [];
  for (const life of lives) {
    alive = alive.filter((other) => other.to >= life.from);
    for (const other of alive) {
      if (life.offset < other.end && other.offset < life.end) {
        refuse(
          `nodes ${other.owner.id} and ${life.owner.id} in the same bytes`,
          "disjoint bytes for values alive at once",
        );
      }
    }
    alive.push(life);
  }
}
