/**
 * The graph: a list of typed nodes, one per application of an op. It holds no data and knows no device.
 * Shapes are known when a node is added. A dim may be a symbol (`T` tokens, `R` rows of logits) that gets its value at
 * run time, up to a stated maximum, so that one graph serves steps of any size.
 */
import type { DType } from "../../base/dtypes.ts";
import { assert, ShapeError } from "../../base/errors.ts";
import type { Op } from "./op.ts";

/** A number, or the name of a symbol declared with `Graph.symbol`. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Shape and storage type of a result. */
export interface ValueSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The source of a leaf's data when the graph runs. */
export type Leaf =
  /** Given with every step. Integer inputs state the range of their elements: [0, below). */
  | { readonly kind: "input"; readonly name: string; readonly below?: Dim }
  /** A weight, bound once. */
  | { readonly kind: "param"; readonly name: string }
  /** Memory that outlives a step and may be written in place: the KV cache, weights in training, moments. */
  | { readonly kind: "state"; readonly name: string }
  /** The same number everywhere. */
  | { readonly kind: "fill"; readonly value: number }
  /** A small table computed at build time, such as RoPE frequencies. */
  | { readonly kind: "table"; readonly values: Float64Array };

export interface Node extends ValueSpec {
  readonly id: number;
  readonly graph: Graph;
  /** Undefined for leaves, and for further outputs of an application. */
  readonly op: Op | undefined;
  readonly leaf: Leaf | undefined;
  /** For a further output: the application that it belongs to. */
  readonly inputs: readonly Node[];
  readonly attributes: unknown;
  /** All outputs of this application, itself first; for a further output, those of its application. */
  readonly outputs: readonly Node[];
}

/** A list of nodes that only grows. Nodes read earlier nodes, so the list is in a valid order of computation. */
export class Graph {
  readonly #nodes: Node[] = [];
  readonly #symbols = new Map<string, number>();
  readonly #named = new Map<string, Node>();

  get nodes(): readonly Node[] {
    return this.#nodes;
  }
  /** Largest value of each symbol. */
  get symbols(): ReadonlyMap<string, number> {
    return this.#symbols;
  }

  /** Declares a dim whose value is given with every step: an integer from 0 to `max`. */
  symbol(name: string, max: number): Dim {
    assert(Number.isSafeInteger(max) && max > 0, `symbol ${name} needs a positive maximum, got ${max}`);
    assert(!this.#symbols.has(name), `symbol ${name} is declared twice`);
    this.#symbols.set(name, max);
    return name;
  }

  /** Integers or floats given with every step. Integers must lie in [0, below). */
  input(name: string, shape: Shape, dtype: "F32"): Node;
  input(name: string, shape: Shape, dtype: "I32", below: Dim): Node;
  input(name: string, shape: Shape, dtype: "F32" | "I32", below?: Dim): Node {
    return this.#leaf({ kind: "input", name, ...(below === undefined ? {} : { below }) }, { shape, dtype });
  }
  /** A weight. The same name gives the same node. */
  param(name: string, shape: readonly number[], dtype: DType): Node {
    return this.#leaf({ kind: "param", name }, { shape, dtype });
  }
  state(name: string, shape: readonly number[], dtype: DType): Node {
    return this.#leaf({ kind: "state", name }, { shape, dtype });
  }
  fill(shape: Shape, value: number): Node {
    return this.#pushLeaf({ kind: "fill", value }, { shape, dtype: "F32" });
  }
  table(values: Float64Array): Node {
    return this.#pushLeaf({ kind: "table", values }, { shape: [values.length], dtype: "F32" });
  }

  /**
   * Adds one application of an op and returns its first output, whose `outputs` lists all. The op's shape rule
   * determines the shapes, or throws ShapeError.
   */
  apply<A>(op: Op<A>, inputs: readonly Node[], attributes: A): Node {
    for (const input of inputs) assert(input.graph === this, `${op.name} mixes nodes of two graphs`);
    const specs = [op.infer(inputs, attributes)].flat();
    const outputs: Node[] = [];
    const [first, ...further] = specs;
    const node = this.#push({ op: op as Op, leaf: undefined, inputs, attributes, outputs, ...first });
    outputs.push(node);
    for (const spec of further) {
      const fields = { op: undefined, leaf: undefined, inputs: [node], attributes: undefined, outputs };
      outputs.push(this.#push({ ...fields, ...spec }));
    }
    return node;
  }

  #leaf(leaf: Extract<Leaf, { name: string }>, spec: ValueSpec): Node {
    const key = `${leaf.kind} ${leaf.name}`;
    const known = this.#named.get(key);
    if (known !== undefined) {
      assert(
        sameShape(known.shape, spec.shape) && known.dtype === spec.dtype,
        `${key} is requested in two forms`,
      );
      return known;
    }
    const node = this.#pushLeaf(leaf, spec);
    this.#named.set(key, node);
    return node;
  }

  #pushLeaf(leaf: Leaf, { shape, dtype }: ValueSpec): Node {
    const outputs: Node[] = [];
    const node = this.#push({
      op: undefined,
      leaf,
      inputs: [],
      attributes: undefined,
      outputs,
      shape,
      dtype,
    });
    outputs.push(node);
    return node;
  }

  #push(fields: Omit<Node, "id" | "graph">): Node {
    for (const dim of fields.shape) {
      const known = typeof dim === "number" ? Number.isSafeInteger(dim) && dim >= 0 : this.#symbols.has(dim);
      assert(known, `shape [${fields.shape}] has the unknown dim ${dim}`);
    }
    const node: Node = { id: this.#nodes.length, graph: this, ...fields };
    this.#nodes.push(node);
    return node;
  }
}

/**
 * The node that owns the memory of a value: the node itself or, if the value is written into an input, the owner of
 * that input's memory, through any number of writes.
 */
export function memoryOf(node: Node): Node {
  let owner = node;
  for (;;) {
    const [application] = owner.outputs;
    const target = application.op?.writes?.[application.outputs.indexOf(owner)];
    // The input that an op writes into may be optional.
    if (target === undefined || application.inputs[target] === undefined) return owner;
    owner = application.inputs[target];
  }
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Throws ShapeError unless the node has exactly this shape. For shape rules. */
export function expectShape(op: string, what: string, node: ValueSpec, shape: Shape): void {
  if (sameShape(node.shape, shape)) return;
  throw new ShapeError({
    doing: `apply ${op}`,
    expected: `${what} of shape [${shape.join(", ")}]`,
    found: `[${node.shape.join(", ")}]`,
  });
}

/** Throws ShapeError unless the node has this many dims; returns them. */
export function expectRank(op: string, what: string, node: ValueSpec, rank: number): Shape {
  if (node.shape.length === rank) return node.shape;
  throw new ShapeError({
    doing: `apply ${op}`,
    expected: `${what} with ${rank} dim${rank === 1 ? "" : "s"}`,
    found: `shape [${node.shape.join(", ")}]`,
  });
}
