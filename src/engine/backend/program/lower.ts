/**
 * Lowering: rewrites a graph to the ops that have fast kernels. A product with quantised weights becomes a rounding of
 * the activations to 8 bits and an integer product. The rounding is fused with the norm or the gated unit before it,
 * and the residual sum with the product, also if another product is added to that in between. A product x · W of the
 * backward pass with packed weights becomes a decoding of the weights and a product of floats. Activations of a weight whose
 * products are in bf16 are rounded once for all of them; where no kernel multiplies them, the product stays in f32, which is
 * more exact. Other ops are unchanged.
 */
import { dtypeInfo } from "../../../base/dtypes.ts";
import { copyLeaf, copySymbols } from "../../graph/copy.ts";
import { Graph, type Node } from "../../graph/graph.ts";
import type { Op } from "../../graph/op.ts";
import { decodeTransposed } from "../../graph/ops/decode-transposed.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import type { MatmulPrecision } from "../../graph/ops/matmul-precision.ts";
import { MATMUL_Q8 } from "../../graph/ops/matmul-q8.ts";
import { QUANTIZE, RMS_NORM_QUANTIZE, SWIGLU_QUANTIZE } from "../../graph/ops/quantize.ts";
import { ROUND_BF16 } from "../../graph/ops/round-bf16.ts";
import { type AttributesOf, isOp } from "../../graph/ops/table.ts";
import type { Computation } from "../../graph/plan.ts";

/** The op that computes the node's result and rounds it to 8 bits, if there is one. */
function quantizedForm(graph: Graph, node: Node, inputs: readonly Node[]): Node | undefined {
  if (isOp(node, "rms_norm")) return graph.apply(RMS_NORM_QUANTIZE, inputs, node.attributes);
  if (isOp(node, "swiglu")) return graph.apply(SWIGLU_QUANTIZE, inputs, node.attributes);
  return undefined;
}

/** True for x · Wᵀ with a bound weight, in this precision. */
function isWeightProduct(node: Node, of: MatmulPrecision): boolean {
  if (!isOp(node, "matmul")) return false;
  const { form, precision } = node.attributes;
  return form === "NT" && precision === of && node.inputs[1].leaf?.kind === "param";
}

/** True for x · Wᵀ with a quantised weight, unless the node requests a different rounding. */
function isQuantisedProduct(node: Node): boolean {
  return isWeightProduct(node, "f32") && dtypeInfo(node.inputs[1].dtype).kind === "quantised";
}

/** True for x · W with a weight whose packed form serves both passes. */
function readsPackedWeight(node: Node): boolean {
  if (!isOp(node, "matmul") || node.attributes.form !== "NN") return false;
  const [, weight] = node.inputs;
  return weight.leaf?.kind === "param" && weight.dtype !== "F32";
}

class Lowering {
  readonly graph = new Graph();
  readonly #mapped = new Map<Node, Node>();
  /** Rounded activations by their source node: all products of the same input share them. */
  readonly #rounded = new Map<Node, Node>();
  /** The same for bf16, by their lowered source. */
  readonly #roundedToBf16 = new Map<Node, Node>();
  /** Decoded weights: products with the same weight share them. */
  readonly #decoded = new Map<Node, Node>();
  readonly #useCounts = new Map<Node, number>();
  readonly #roundsFor: RoundsFor;

  constructor(source: Graph, outputs: readonly Node[], roundsFor: RoundsFor) {
    this.#roundsFor = roundsFor;
    copySymbols(source, this.graph);
    for (const node of [...source.nodes.flatMap(({ inputs }) => inputs), ...outputs]) {
      this.#useCounts.set(node, (this.#useCounts.get(node) ?? 0) + 1);
    }
    for (const node of source.nodes) {
      if (this.#mapped.has(node)) continue;
      const lowered = this.#lower(node);
      node.outputs.forEach((output, i) => {
        this.#mapped.set(output, lowered.outputs[i]);
      });
    }
  }

  mapped(node: Node): Node {
    return this.#mapped.get(node) as Node;
  }

  #lower(node: Node): Node {
    const { op, leaf, inputs, attributes } = node;
    if (leaf !== undefined) return copyLeaf(this.graph, node, leaf);
    if (isQuantisedProduct(node)) return this.#product(node);
    if (readsPackedWeight(node)) return this.#decodedProduct(node);
    if (isWeightProduct(node, "bf16")) return this.#roundedProduct(node);
    if (isOp(node, "add")) {
      const fused = this.#fusedSum(inputs[0], inputs[1]) ?? this.#fusedSum(inputs[1], inputs[0]);
      if (fused !== undefined) return fused;
    }
    return this.graph.apply(
      op as Op,
      inputs.map((input) => this.mapped(input)),
      attributes,
    );
  }

  #roundedProduct({ inputs }: Node): Node {
    const [x, weight, onto] = inputs.map((input) => this.mapped(input));
    if (!this.#roundsFor(inputs[1])) return matmul(x, weight, "NT", { onto });
    const rounded = this.#roundedToBf16.get(x) ?? this.graph.apply(ROUND_BF16, [x], undefined);
    this.#roundedToBf16.set(x, rounded);
    return matmul(rounded, weight, "NT", { precision: "bf16", onto });
  }

  #isUsedOnce(node: Node): boolean {
    return this.#useCounts.get(node) === 1;
  }

  /** residual + term, if a product with quantised weights can begin with the residual. */
  #fusedSum(term: Node, residual: Node): Node | undefined {
    if (!this.#isUsedOnce(term)) return undefined;
    if (isQuantisedProduct(term)) return this.#product(term, residual);
    if (!isOp(term, "grouped_product")) return undefined;
    // term = base + x · W by groups: low-rank changes of a linear layer.
    const [x, weight, base, ...gates] = term.inputs;
    if (!isQuantisedProduct(base) || !this.#isUsedOnce(base)) return undefined;
    const sum = this.#product(base, residual);
    const operands = [this.mapped(x), this.mapped(weight), sum, ...gates.map((gate) => this.mapped(gate))];
    return this.graph.apply(term.op as Op, operands, term.attributes);
  }

  #product({ inputs: [x, weight] }: Node, residual?: Node): Node {
    const operands = [
      this.#round(x),
      this.mapped(weight),
      ...(residual === undefined ? [] : [this.mapped(residual)]),
    ];
    return this.graph.apply(MATMUL_Q8, operands, undefined);
  }

  /** x · W as x · (Wᵀ)ᵀ, optionally added to a matrix. */
  #decodedProduct({ inputs: [x, weight, onto], attributes }: Node): Node {
    const { precision } = attributes as AttributesOf<"matmul">;
    const decoded = this.#decoded.get(weight) ?? decodeTransposed(this.mapped(weight));
    this.#decoded.set(weight, decoded);
    const target = onto === undefined ? undefined : this.mapped(onto);
    return matmul(this.mapped(x), decoded, "NT", { precision, onto: target });
  }

  #round(x: Node): Node {
    const known = this.#rounded.get(x);
    if (known !== undefined) return known;
    const inputs = x.inputs.map((input) => this.mapped(input));
    const rounded =
      quantizedForm(this.graph, x, inputs) ?? this.graph.apply(QUANTIZE, [this.mapped(x)], undefined);
    this.#rounded.set(x, rounded);
    return rounded;
  }
}

/** Whether the target multiplies activations in bf16 with a weight. */
type RoundsFor = (weight: Node) => boolean;

/** The same computation in a new graph; the given graph is not changed. */
export function lower(
  { graph, outputs, effects = [] }: Computation,
  roundsFor: RoundsFor = () => false,
): Computation {
  const lowering = new Lowering(graph, Object.values(outputs), roundsFor);
  const mapped = Object.entries(outputs).map(([name, node]) => [name, lowering.mapped(node)]);
  return {
    graph: lowering.graph,
    outputs: Object.fromEntries(mapped),
    effects: effects.map((node) => lowering.mapped(node)),
  };
}
