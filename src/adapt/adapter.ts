/**
 * A low-rank adapter [LoRA]: for each of its linear layers W [out, in] two small matrices A [rank, in] and B [out, rank],
 * whose product, scaled, is added to W:
 *
 *     y = W x + scale · B (A x)        scale = alpha / rank, or alpha / √rank [rsLoRA]
 *
 * In memory the rows of B have the order of the model's rows (for queries and keys: its order of rotary pairs).
 */
import { ConfigError, FormatError, ShapeError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import type { LowRankChange } from "../model/low-rank.ts";

export type AdapterLayer = LowRankChange;

/** What files say about an adapter beyond its matrices. */
export interface AdapterInfo {
  readonly name?: string | undefined;
  /** Name or path of the base model, as its author wrote it. */
  readonly base?: string | undefined;
  /** Fingerprint of the base model's weights; see base-model.ts. */
  readonly baseId?: string | undefined;
  /** The chat template that trained it: a built-in name or Jinja text. */
  readonly template?: string | undefined;
  /** Of the training run. */
  readonly alpha?: number | undefined;
  readonly rsLora?: boolean | undefined;
  readonly dropout?: number | undefined;
}

export interface Adapter {
  readonly info: AdapterInfo;
  /** By layer: "blk.3.attn_q". */
  readonly layers: ReadonlyMap<string, AdapterLayer>;
}

/** Most rows of A: files with more are broken, or no low-rank adapters. */
export const MAX_RANK = 4096;

/** [out, in] of every linear layer that an adapter can change. */
export function linearLayers(
  config: ModelConfig,
): ReadonlyMap<string, readonly [outDim: number, inDim: number]> {
  const layers = parameterShapes(config).filter(
    ({ role, layer }) => role === "linear" && layer !== undefined,
  );
  return new Map(
    layers.map(({ name, shape }) => [name.replace(/\.weight$/, ""), [shape[0], shape[1]] as const]),
  );
}

export function scaleOf(alpha: number, rank: number, rsLora = false): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

/** @throws ConfigError unless the adapter has layers and the model has each of them; ShapeError for another shape. */
export function checkAdapter({ layers }: Adapter, config: ModelConfig, name: string): void {
  const doing = `use the adapter "${name}"`;
  const known = linearLayers(config);
  if (layers.size === 0) throw new ConfigError({ doing, expected: "at least one layer", found: "none" });
  for (const [layer, { rank, inDim, outDim }] of layers) {
    const shape = known.get(layer);
    if (shape === undefined) {
      throw new ConfigError({
        doing,
        expected: "layers of the model",
        found: `"${layer}", which it lacks`,
        fix: "the adapter belongs to another model",
      });
    }
    if (shape[0] === outDim && shape[1] === inDim && rank >= 1) {
      checkFinite(layers.get(layer) as AdapterLayer, layer, doing);
      continue;
    }
    throw new ShapeError({
      doing,
      expected: `a change of "${layer}" of shape [${shape.join(", ")}]`,
      found: `[${outDim}, ${inDim}] of rank ${rank}`,
      fix: "the adapter belongs to another model",
    });
  }
}

/** Texts without an adapter share products with those that have it: there, 0 · ∞ would not be 0. */
function checkFinite({ a, b }: AdapterLayer, layer: string, doing: string): void {
  if (a.every(Number.isFinite) && b.every(Number.isFinite)) return;
  const found = `infinite values or NaN in "${layer}"`;
  throw new FormatError({ doing, expected: "finite values", found, fix: "the adapter's training failed" });
}

/** Number of values of all matrices. */
export function countAdapter({ layers }: Adapter): number {
  return [...layers.values()].reduce((sum, { a, b }) => sum + a.length + b.length, 0);
}
