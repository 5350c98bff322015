/**
 * Low-rank changes of linear layers in a step of many texts, each with its own changes and scales: a second binding of the
 * weights. The matrices A of all changes of a layer stand below one another, and so do the columns of B side by side. So a
 * layer needs two products, however many changes there are:
 *
 *     y = W x + [B₁ B₂ …] · (g ∘ [A₁; A₂; …] x)        g: the factors of the text's own changes, 0 for the others
 *
 * A text's result does not depend on the changes of others, to the bit: products with 0 add nothing, and the columns of a
 * change never cross from one chunk of the product's sum to the next unless they begin one.
 */
import { f32ToF16 } from "../base/half.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import type { Graph, Node } from "../engine/graph/graph.ts";
import { gatedProduct } from "../engine/graph/ops/gated-product.ts";
import { matmul } from "../engine/graph/ops/matmul.ts";
import { spreadGates } from "../engine/graph/ops/spread-gates.ts";
import type { Adaptation, Weights } from "./weights.ts";

export interface LowRankChange {
  readonly rank: number;
  readonly inDim: number;
  readonly outDim: number;
  /** [rank, inDim], row-major. */
  readonly a: Float32Array<ArrayBuffer>;
  /** [outDim, rank], row-major. */
  readonly b: Float32Array<ArrayBuffer>;
  /** The factor of B·A. */
  readonly scale: number;
}

/** Changes by layer: "blk.3.attn_q". */
export type LowRankChanges = ReadonlyMap<string, LowRankChange>;

/** Storage type of the matrices. */
export type ChangeDType = "F32" | "F16";

/** Terms of a chunk of a float product's sum. */
const CHUNK = 256;
const F16_MAX = 65504;

/** First column of each change, and the columns up to the next one's first. */
function columnsOf(ranks: readonly number[]): { readonly starts: number[]; readonly widths: number[] } {
  let end = 0;
  const starts = ranks.map((rank) => {
    const crosses = rank > 0 && Math.floor(end / CHUNK) !== Math.floor((end + rank - 1) / CHUNK);
    const start = crosses ? Math.ceil(end / CHUNK) * CHUNK : end;
    end = start + rank;
    return start;
  });
  // The first change starts at 0; padding belongs to the change before it.
  const widths = starts.map((start, i) => (starts[i + 1] ?? end) - start);
  return { starts, widths };
}

interface Stacked {
  readonly rank: number;
  readonly widths: readonly number[];
  readonly a: BoundTensor;
  readonly b: BoundTensor;
}

function stored(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  dtype: ChangeDType,
): BoundTensor {
  const fits = dtype === "F16" && values.every((value) => Math.abs(value) <= F16_MAX);
  if (!fits) return { dtype: "F32", shape, bytes: new Uint8Array(values.buffer) };
  return { dtype, shape, bytes: new Uint8Array(Uint16Array.from(values, f32ToF16).buffer) };
}

/** All changes of a layer; those that lack it have no columns. */
function stack(changes: readonly (LowRankChange | undefined)[], dtype: ChangeDType): Stacked | undefined {
  const first = changes.find((change) => change !== undefined);
  if (first === undefined) return undefined;
  const { inDim, outDim } = first;
  const { starts, widths } = columnsOf(changes.map((change) => change?.rank ?? 0));
  const rank = widths.reduce((sum, width) => sum + width, 0);
  const [a, b] = [new Float32Array(rank * inDim), new Float32Array(outDim * rank)];
  changes.forEach((change, i) => {
    if (change === undefined) return;
    a.set(change.a, starts[i] * inDim);
    for (let row = 0; row < outDim; row++)
      for (let r = 0; r < change.rank; r++)
        b[row * rank + starts[i] + r] = change.scale * change.b[row * change.rank + r];
  });
  return { rank, widths, a: stored(a, [rank, inDim], dtype), b: stored(b, [outDim, rank], dtype) };
}

/**
 * Binds weights with these changes. The graph then has the input "gates" [B, changes]: the factor of each change in each
 * sequence.
 * @param dtypeOf the type in which the matrices of a layer are stored.
 */
export function lowRankAdaptation(
  changes: readonly LowRankChanges[],
  dtypeOf: (layer: string) => ChangeDType,
): Adaptation {
  const names = new Set(changes.flatMap((change) => [...change.keys()]));
  const layers = new Map<string, Stacked>();
  for (const name of names) {
    const stacked = stack(
      changes.map((change) => change.get(name)),
      dtypeOf(name),
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
    const spread = new Map<string, Node>();
    const gatesFor = ({ widths }: Stacked): Node => {
      const key = widths.join(" ");
      const known = spread.get(key) ?? spreadGates(gates, widths);
      spread.set(key, known);
      return known;
    };
    return {
      ...weights,
      linears(x, names) {
        // All A before all W before all B: so there is one barrier for all layers with this input, and the few tasks of A
        // run beside the many of W.
        const downs = names.map((name) => {
          const layer = layers.get(name);
          if (layer === undefined) return undefined;
          return gatedProduct(x, param(`${name}.lora_a`), gatesFor(layer), sequences);
        });
        const bases = weights.linears(x, names);
        return bases.map((base, i) => {
          const down = downs[i];
          return down === undefined ? base : matmul(down, param(`${names[i]}.lora_b`), "NT", { onto: base });
        });
      },
    };
  };
  return { wrap, params };
}
