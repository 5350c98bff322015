/**
 * The plan: which nodes run, in what order, and where each result lies. Activations share one arena; a range
 * is given out again once its last reader has run. Sizes are those of the largest step, so nothing is decided
 * when a step runs. `verifyPlan` (verify-plan.ts) proves every access in range before any kernel sees it.
 */
import { type DType, tensorByteLength } from "../../base/dtypes.ts";
import { assert } from "../../base/errors.ts";
import type { Graph, Leaf, Node, Shape } from "./graph.ts";

/** Where an operand lies. */
export type Place =
  | { readonly kind: "arena"; readonly offset: number; readonly byteLength: number }
  | { readonly kind: "bound"; readonly leaf: Extract<Leaf, { name: string }>; readonly byteLength: number }
  | {
      readonly kind: "constant";
      readonly leaf: Extract<Leaf, { kind: "fill" | "table" }>;
      readonly byteLength: number;
    };

export interface PlannedOperand {
  readonly node: Node;
  readonly place: Place;
}

export interface PlanStep {
  readonly node: Node;
  readonly inputs: readonly PlannedOperand[];
  readonly output: PlannedOperand;
}

export interface Plan {
  readonly graph: Graph;
  readonly precision: Precision;
  readonly arenaByteLength: number;
  readonly steps: readonly PlanStep[];
  /** Results that stay readable until the next step, by name. */
  readonly outputs: ReadonlyMap<string, PlannedOperand>;
  /** The leaves that must be bound or given: those that the outputs depend on. */
  readonly leaves: readonly Node[];
}

/** Width of activations: f64 exists to check gradients. */
export type Precision = "f32" | "f64";

/** Offsets in the arena are multiples of a cache line. */
export const ARENA_ALIGNMENT = 64;
const alignUp = (value: number): number => Math.ceil(value / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;

/** The shape with symbols replaced by their maxima, or by the values given. */
export function resolveShape(shape: Shape, values: ReadonlyMap<string, number>): number[] {
  return shape.map((dim) => {
    if (typeof dim === "number") return dim;
    const value = values.get(dim);
    assert(value !== undefined, `symbol ${dim} has no value`);
    return value;
  });
}

/** Bytes of a node at the largest step. Activations of type F32 take the plan's precision. */
export function maxByteLength(node: Node, precision: Precision): number {
  const shape = resolveShape(node.shape, node.graph.symbols);
  const dtype: DType = node.dtype === "F32" && precision === "f64" ? "F64" : node.dtype;
  const byteLength = tensorByteLength(dtype, shape);
  assert(byteLength !== undefined, `node ${node.id} of shape [${shape}] has no size in ${dtype}`);
  return byteLength;
}

/** Nodes that the outputs depend on, in the order of the graph. */
function reachable(graph: Graph, outputs: Iterable<Node>): Node[] {
  const wanted = new Set(outputs);
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (wanted.has(graph.nodes[id])) for (const input of graph.nodes[id].inputs) wanted.add(input);
  }
  return graph.nodes.filter((node) => wanted.has(node));
}

/** Gives out ranges of the arena, first fit, and takes them back. */
class Arena {
  /** Taken ranges, by offset. */
  readonly #taken: { offset: number; byteLength: number }[] = [];
  byteLength = 0;

  take(byteLength: number): number {
    const needed = Math.max(ARENA_ALIGNMENT, alignUp(byteLength));
    let offset = 0;
    let index = 0;
    for (; index < this.#taken.length; index++) {
      const next = this.#taken[index];
      if (next.offset - offset >= needed) break;
      offset = next.offset + next.byteLength;
    }
    this.#taken.splice(index, 0, { offset, byteLength: needed });
    this.byteLength = Math.max(this.byteLength, offset + needed);
    return offset;
  }

  release(offset: number): void {
    const index = this.#taken.findIndex((range) => range.offset === offset);
    assert(index >= 0, `arena offset ${offset} is released twice`);
    this.#taken.splice(index, 1);
  }
}

/** For each node the number of the last step that reads it, counted by position in `nodes`. */
function lastUses(nodes: readonly Node[], outputs: Iterable<Node>): Map<Node, number> {
  const last = new Map<Node, number>();
  nodes.forEach((node, step) => {
    last.set(node, step);
    for (const input of node.inputs) last.set(input, step);
  });
  for (const output of outputs) last.set(output, Number.POSITIVE_INFINITY);
  return last;
}

/** Lays out the computation of `outputs`. */
export function planGraph(
  graph: Graph,
  outputs: Readonly<Record<string, Node>>,
  precision: Precision = "f32",
): Plan {
  const wanted = Object.values(outputs);
  const nodes = reachable(graph, wanted);
  const last = lastUses(nodes, wanted);
  const arena = new Arena();
  const places = new Map<Node, Place>();
  const steps: PlanStep[] = [];
  const operand = (node: Node): PlannedOperand => {
    const place = places.get(node);
    assert(place !== undefined, `node ${node.id} is used before it is planned`);
    return { node, place };
  };
  nodes.forEach((node, step) => {
    places.set(node, placeOf(node, precision, arena, places));
    if (node.op === undefined) return;
    steps.push({ node, inputs: node.inputs.map(operand), output: operand(node) });
    for (const read of new Set([...node.inputs, node])) {
      const place = places.get(read);
      if (last.get(read) === step && place?.kind === "arena" && read.op?.writesInto === undefined) {
        arena.release(place.offset);
      }
    }
  });
  return {
    graph,
    precision,
    arenaByteLength: arena.byteLength,
    steps,
    outputs: new Map(Object.entries(outputs).map(([name, node]) => [name, operand(node)])),
    leaves: nodes.filter((node) => node.leaf !== undefined),
  };
}

function placeOf(node: Node, precision: Precision, arena: Arena, places: ReadonlyMap<Node, Place>): Place {
  const byteLength = maxByteLength(node, precision);
  const { leaf, op } = node;
  if (leaf !== undefined) {
    const isConstant = leaf.kind === "fill" || leaf.kind === "table";
    return isConstant ? { kind: "constant", leaf, byteLength } : { kind: "bound", leaf, byteLength };
  }
  if (op?.writesInto !== undefined) {
    const place = places.get(node.inputs[op.writesInto]);
    assert(place?.kind === "bound" && place.leaf.kind === "state", `${op.name} must write into a state`);
    return place;
  }
  return { kind: "arena", offset: arena.take(byteLength), byteLength };
}
