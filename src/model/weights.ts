/**
 * The interface through which a model accesses its weights. The binding defines what a linear layer is: here the plain
 * product with a tensor of any storage type; adapters wrap it. The model file sees only this interface.
 */
import type { DType } from "../base/dtypes.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import type { Graph, Node } from "../engine/graph/graph.ts";
import { addBias } from "../engine/graph/ops/elementwise.ts";
import { gatherRows } from "../engine/graph/ops/gather-rows.ts";
import { matmul } from "../engine/graph/ops/matmul.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";

export interface Weights {
  /**
   * x [T, in] through each of the layers, named like "blk.3.attn_q" → [T, out] each, with its bias if it has one. Layers with
   * the same input come together, so that their work can be.
   */
  linears(x: Node, names: readonly string[]): readonly Node[];
  /** A vector by its full name: "output_norm.weight". */
  vector(name: string): Node;
  /** Rows of the embedding table for ids [T] → [T, D]. */
  embedding(tokens: Node): Node;
  /** Output projection: x [R, D] → [R, V]. */
  head(x: Node): Node;
}

/** One layer. */
export const linear = (weights: Weights, x: Node, name: string): Node => weights.linears(x, [name])[0];

/** `linears` from a function of one layer. */
export const eachLinear =
  (of: (x: Node, name: string) => Node): Weights["linears"] =>
  (x, names) =>
    names.map((name) => of(x, name));

/** A second binding of a model's weights: nodes around the plain ones, and the parameters that they read. */
export interface Adaptation {
  wrap(graph: Graph, weights: Weights): Weights;
  /** Parameters by names that no parameter of the model has. */
  readonly params: ReadonlyMap<string, BoundTensor>;
}

/** Weights that also record the inputs of the named linear layers, [T, in] each. */
export function tapped(weights: Weights, names: readonly string[], taps: Map<string, Node>): Weights {
  return {
    ...weights,
    linears(x, layers) {
      for (const name of layers) if (names.includes(name)) taps.set(name, x);
      return weights.linears(x, layers);
    },
    head(x) {
      if (names.includes("output")) taps.set("output", x);
      return weights.head(x);
    },
  };
}

/**
 * Plain weights: one param node per tensor, with the tensor's name and the type that `dtypeOf` returns.
 * @param precisionFor precision of the products with a weight of a type.
 */
export function plainWeights(
  graph: Graph,
  config: ModelConfig,
  dtypeOf: (name: string) => DType,
  precisionFor: (dtype: DType) => MatmulPrecision = () => "f32",
): Weights {
  const bind: MakeLeaf = (name, shape) => graph.param(name, shape, dtypeOf(name));
  return weightsOf(config, bind, (name) => precisionFor(dtypeOf(name)));
}

/**
 * Weights that programs write: one f32 state per tensor, with the tensor's name.
 * @param precision of the products of linear layers and of the head.
 */
export function trainableWeights(
  graph: Graph,
  config: ModelConfig,
  precision: MatmulPrecision = "f32",
): Weights {
  const bind: MakeLeaf = (name, shape) => graph.state(name, shape, "F32");
  return weightsOf(config, bind, () => precision);
}

type MakeLeaf = (name: string, shape: readonly number[]) => Node;

function weightsOf(
  config: ModelConfig,
  makeLeaf: MakeLeaf,
  precisionOf: (name: string) => MatmulPrecision,
): Weights {
  const shapes = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
  const param = (name: string): Node => {
    const shape = shapes.get(name);
    if (shape === undefined) throw new Error(`Internal error: the model has no parameter ${name}`);
    return makeLeaf(name, shape);
  };
  const product = (x: Node, name: string): Node =>
    matmul(x, param(name), "NT", { precision: precisionOf(name) });
  return {
    linears: eachLinear((x, name) => {
      const y = product(x, `${name}.weight`);
      return shapes.has(`${name}.bias`) ? addBias(y, param(`${name}.bias`)) : y;
    }),
    vector: param,
    embedding: (tokens) => gatherRows(param("token_embd.weight"), tokens),
    head: (x) => product(x, config.tied ? "token_embd.weight" : "output.weight"),
  };
}
