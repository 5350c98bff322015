/** The layers whose rows are pairs that RoPE rotates. */
import type { HeadRows } from "../weights/index.ts";
import type { ModelConfig } from "./config.ts";

const QUERY = /^blk\.\d+\.attn_q(?:\.|$)/;
const KEY = /^blk\.\d+\.attn_k(?:\.|$)/;

/** The heads of a tensor of queries or keys by its canonical name; undefined for other tensors. */
export function rotaryHeads(name: string, config: ModelConfig): HeadRows | undefined {
  const { nHeads, nKvHeads, headDim, rotaryDim } = config;
  if (QUERY.test(name)) return { nHeads, headDim, rotaryDim };
  return KEY.test(name) ? { nHeads: nKvHeads, headDim, rotaryDim } : undefined;
}
