/** Which linear layers get an adapter: names of any scheme, patterns, and groups. */
import { ConfigError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { partOf, translateName } from "../weights/index.ts";
import { linearLayers } from "./adapter.ts";

/** Groups of parts. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"],
  attention: ["attn_q", "attn_k", "attn_v", "attn_output"],
  "feed-forward": ["ffn_gate", "ffn_up", "ffn_down"],
};

/** Names of a layer by which patterns find it: "blk.3.attn_q", "attn_q", "model.layers.3.self_attn.q_proj", "q_proj", … */
export function namesOf(layer: string): string[] {
  const schemes = ["gguf", "meta", "hf"] as const;
  const full = schemes.flatMap((scheme) => translateName(`${layer}.weight`, "gguf", scheme) ?? []);
  const stems = full.map((name) => name.replace(/\.weight$/, ""));
  return [...stems, ...stems.map((stem) => stem.slice(stem.lastIndexOf(".") + 1)), partOf(`${layer}.weight`)];
}

/** `*` stands for any characters; nothing else is special. */
function matcher(pattern: string): RegExp {
  const escaped = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`);
}

/**
 * The layers that any of the patterns names, in the model's order.
 * @param patterns groups ("all", "attention", "feed-forward"), names ("q_proj", "wq", "attn_q"), or patterns of full
 *   names ("blk.0.*", "*.down_proj").
 * @throws ConfigError for a pattern that names no layer.
 */
export function targetLayers(config: ModelConfig, patterns: readonly string[]): string[] {
  const layers = [...linearLayers(config).keys()];
  const found = new Set<string>();
  for (const pattern of patterns) {
    const parts = GROUPS[pattern] ?? [pattern];
    const matchers = parts.map(matcher);
    const matching = layers.filter((layer) =>
      namesOf(layer).some((name) => matchers.some((each) => each.test(name))),
    );
    if (matching.length === 0) {
      throw new ConfigError({
        doing: "choose the layers of an adapter",
        expected: `${Object.keys(GROUPS).join(", ")}, or names or patterns of linear layers (q_proj, attn_q, blk.0.*)`,
        found: JSON.stringify(pattern.slice(0, 60)),
      });
    }
    for (const layer of matching) found.add(layer);
  }
  return layers.filter((layer) => found.has(layer));
}
