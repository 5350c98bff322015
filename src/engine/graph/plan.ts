/**
 * The plan: the nodes that run, their order, and the memory of each result. Activations share one arena; a range is
 * reused after its last reader has run. Sizes are those of the largest step, so nothing is decided when a step runs.
 * `verifyPlan` (verify-plan.ts) proves that every access is in range before a kernel sees it.
 */
import { type DType, tensorByteLength } from "../../base/dtypes.ts";
import { assert } from "../../base/errors.ts";
import { type Graph, type Leaf, memoryOf, type Node, type Shape } from "./graph.ts";

/** The memory of an operand. */
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
  /** All outputs of the op, including those that nothing reads. */
  readonly outputs: readonly PlannedOperand[];
}

/** A graph, and the results to compute. */
export interface Computation {
  readonly graph: Graph;
  /** Results, by name. */
  readonly outputs: Readonly<Record<string, Node>>;
  /** New versions of states that must be written although no output needs them. */
  readonly effects?: readonly Node[] | undefined;
}

export interface Plan {
  readonly graph: Graph;
  readonly precision: Precision;
  readonly arenaByteLength: number;
  readonly steps: readonly PlanStep[];
  /** Results that stay readable until the next step, by name. */
  readonly outputs: ReadonlyMap<string, PlannedOperand>;
  readonly effects: readonly Node[];
  /** The leaves on which the outputs depend, which must be bound or given. */
  readonly leaves: readonly Node[];
}

/** Precision of activations. f64 exists to check gradients. */
export type Precision = "f32" | "f64";

/** Offsets in the arena are multiples of a cache line. */
export const ARENA_ALIGNMENT = 64;
const alignUp = (value: number): number => Math.ceil(value / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;

/** The shape with symbols replaced by `values` (their maxima, or the values of a step). */
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

/** Nodes that the outputs depend on, in the order of the graph, each application with all its outputs. */
function reachable(graph: Graph, outputs: Iterable<Node>): Node[] {
  const wanted = new Set(outputs);
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (wanted.has(graph.nodes[id])) for (const input of graph.nodes[id].inputs) wanted.add(input);
  }
  return graph.nodes.filter((node) => wanted.has(node.outputs[0]));
}

/** Allocates (first fit) and frees ranges of the arena. */
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

/** For each node that owns memory, the last step that accesses it, as an index into `nodes`. */
function lastUses(nodes: readonly Node[], outputs: Iterable<Node>): Map<Node, number> {
  const last = new Map<Node, number>();
  nodes.forEach((node, step) => {
    for (const used of [node, ...node.inputs]) last.set(memoryOf(used), step);
  });
  for (const output of outputs) last.set(memoryOf(output), Number.POSITIVE_INFINITY);
  return last;
}

/** Plans a computation: orders its nodes and assigns memory to its results. */
export function planGraph({ graph, outputs, effects = [] }: Computation, precision: Precision = "f32"): Plan {
  const results = Object.values(outputs);
  const nodes = reachable(graph, [...results, ...effects]);
  const last = lastUses(nodes, results);
  const arena = new Arena();
  const places = new Map<Node, Place>();
  const steps: PlanStep[] = [];
  const operand = (node: Node): PlannedOperand => {
    const place = places.get(node);
    assert(place !== undefined, `node ${node.id} is used before it is planned`);
    return { node, place };
  };
  nodes.forEach((node, step) => {
    if (!places.has(node)) {
      for (const output of node.outputs) places.set(output, placeOf(output, precision, arena, places));
    }
    if (node.op !== undefined) {
      steps.push({ node, inputs: node.inputs.map(operand), outputs: node.outputs.map(operand) });
    }
    for (const owner of new Set([...node.inputs, node].map(memoryOf))) {
      const place = places.get(owner);
      if (last.get(owner) === step && place?.kind === "arena") arena.release(place.offset);
    }
  });
  return {
    graph,
    precision,
    arenaByteLength: arena.byteLength,
    steps,
    outputs: new Map(Object.entries(outputs).map(([name, node]) => [name, operand(node)])),
    effects,
    leaves: nodes.filter((node) => node.leaf !== undefined),
  };
}

/** True for results and states. Inputs, weights and constants are read-only. */
export function isWritable(place: Place): boolean {
  return place.kind === "arena" || (place.kind === "bound" && place.leaf.kind === "state");
}

function placeOf(node: Node, precision: Precision, arena: Arena, places: ReadonlyMap<Node, Place>): Place {
  const byteLength = maxByteLength(node, precision);
  const { leaf } = node;
  if (leaf !== undefined) {
    const isConstant = leaf.kind === "fill" || leaf.kind === "table";
    return isConstant ? { kind: "constant", leaf, byteLength } : { kind: "bound", leaf, byteLength };
  }
  const owner = memoryOf(node);
  if (owner === node) return { kind: "arena", offset: arena.take(byteLength), byteLength };
  const place = places.get(owner);
  assert(place !== undefined && isWritable(place), `node ${node.id} must write into a state or a result`);
  return place;
}
