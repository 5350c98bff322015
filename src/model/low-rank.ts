/**
 * Low-rank changes of linear layers in a step of many texts, each with its own changes and scales: a second binding of the
 * weights. The matrices A of all changes of a layer stand below one another, and so do the columns of B side by side. So a
 * layer needs two products, however many changes there are:
 *
 *     y = W x + Σᵢ gᵢ · Bᵢ Aᵢ x        gᵢ: the text's factor of change i, 0 if it does not use it
 *
 * The first product computes all A for every token: it is short, and with quantised weights it shares their rounded input.
 * The second skips what a token does not use, so a text's result does not depend on the changes of others, to the bit.
 */
import type { BoundTensor } from "../engine/graph/bindings.ts";
import type { Graph, Node } from "../engine/graph/graph.ts";
import { groupedProduct } from "../engine/graph/ops/grouped-product.ts";
import { matmul } from "../engine/graph/ops/matmul.ts";
import {
  type ChangeTypes,
  type LowRankChange,
  type StackedChanges,
  stackChanges,
} from "./stacked-changes.ts";
import type { Adaptation, Weights } from "./weights.ts";

export type { ChangeTypes, LowRankChange };

/** Changes by layer: "blk.3.attn_q". */
export type LowRankChanges = ReadonlyMap<string, LowRankChange>;

/**
 * Binds weights with these changes. The graph then has the input "gates" [B, changes]: the factor of each change in each
 * sequence.
 * @param typesOf the types in which the matrices of a layer are stored.
 */
export function lowRankAdaptation(
  changes: readonly LowRankChanges[],
  typesOf: (layer: string) => ChangeTypes,
): Adaptation {
  const names = new Set(changes.flatMap((change) => [...change.keys()]));
  const layers = new Map<string, StackedChanges>();
  for (const name of names) {
    const stacked = stackChanges(
      changes.map((change) => change.get(name)),
      typesOf(name),
    );
    if (stacked !== undefined) layers.set(name, stacked);
  }
  const params = new Map<string, BoundTensor>(
    [...layers].flatMap(([name, { a, b }]) => [
      [`${name}.lora_a`, a] as const,
      [`${name}.lora_b`, b] as const,
    ]),
  );
  const wrap = (graph: Graph, weights: Weights): Weights => {
    const gates = graph.input("gates", ["B", changes.length], "F32");
    const sequences = graph.input("sequences", ["T"], "I32", "B");
    const param = (name: string): Node => {
      const { shape, dtype } = params.get(name) as BoundTensor;
      return graph.param(name, shape, dtype);
    };
    return {
      ...weights,
      linears(x, names) {
        // All A before all W before all B: so there is one barrier for all layers with this input, and the few tasks of A
        // run beside the many of W.
        const downs = names.map((name) =>
          layers.has(name) ? matmul(x, param(`${name}.lora_a`), "NT") : undefined,
        );
        const bases = weights.linears(x, names);
        return bases.map((base, i) => {
          const [down, layer] = [downs[i], layers.get(names[i])];
          if (down === undefined || layer === undefined) return base;
          return groupedProduct(down, param(`${names[i]}.lora_b`), base, gates, sequences, layer.ranks);
        });
      },
    };
  };
  return { wrap, params };
}
