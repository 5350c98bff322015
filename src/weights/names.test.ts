import { describe, expect, it } from "vitest";
import { canonicalNames, isDerived, type NameScheme, partOf, translateName } from "./names.ts";

/** Every name of one layer and of the model itself, in each scheme, as in published checkpoints. */
const TABLE: readonly (readonly [string, string, string])[] = [
  ["token_embd.weight", "tok_embeddings.weight", "model.embed_tokens.weight"],
  ["output_norm.weight", "norm.weight", "model.norm.weight"],
  ["output.weight", "output.weight", "lm_head.weight"],
  ["blk.31.attn_norm.weight", "layers.31.attention_norm.weight", "model.layers.31.input_layernorm.weight"],
  ["blk.31.attn_q.weight", "layers.31.attention.wq.weight", "model.layers.31.self_attn.q_proj.weight"],
  ["blk.31.attn_k.weight", "layers.31.attention.wk.weight", "model.layers.31.self_attn.k_proj.weight"],
  ["blk.31.attn_v.weight", "layers.31.attention.wv.weight", "model.layers.31.self_attn.v_proj.weight"],
  ["blk.31.attn_output.weight", "layers.31.attention.wo.weight", "model.layers.31.self_attn.o_proj.weight"],
  ["blk.31.ffn_norm.weight", "layers.31.ffn_norm.weight", "model.layers.31.post_attention_layernorm.weight"],
  ["blk.31.ffn_gate.weight", "layers.31.feed_forward.w1.weight", "model.layers.31.mlp.gate_proj.weight"],
  ["blk.31.ffn_down.weight", "layers.31.feed_forward.w2.weight", "model.layers.31.mlp.down_proj.weight"],
  ["blk.31.ffn_up.weight", "layers.31.feed_forward.w3.weight", "model.layers.31.mlp.up_proj.weight"],
  ["blk.0.attn_q.bias", "layers.0.attention.wq.bias", "model.layers.0.self_attn.q_proj.bias"],
];
const COLUMN: Readonly<Record<NameScheme, 0 | 1 | 2>> = { gguf: 0, meta: 1, hf: 2 };
const SCHEMES: readonly NameScheme[] = ["gguf", "meta", "hf"];

describe("translateName", () => {
  it.each(SCHEMES.flatMap((from) => SCHEMES.map((to) => [from, to] as const)))("%s to %s", (from, to) => {
    for (const names of TABLE) {
      expect(translateName(names[COLUMN[from]], from, to)).toBe(names[COLUMN[to]]);
    }
  });

  it.each(SCHEMES)("is bijective in %s", (scheme) => {
    expect(new Set(TABLE.map((names) => names[COLUMN[scheme]])).size).toBe(TABLE.length);
  });

  it.each([
    ["gguf", "blk.0.attn_q"],
    ["gguf", "blk.00.attn_q.weight"],
    ["gguf", "blk.10000.attn_q.weight"],
    ["gguf", "blk.-1.attn_q.weight"],
    ["gguf", "layers.0.attn_q.weight"],
    ["gguf", "blk.0.constructor.weight"],
    ["meta", "blk.0.attention.wq.weight"],
    ["hf", "model.layers.0.self_attn.q_proj.weight_scale"],
    ["hf", "__proto__.weight"],
  ] as const)("%s does not know %s", (scheme, name) => {
    expect(translateName(name, scheme, "gguf")).toBeUndefined();
  });

  it("keeps GGUF's rotary divisors to GGUF", () => {
    expect(translateName("rope_freqs.weight", "gguf", "gguf")).toBe("rope_freqs.weight");
    expect(translateName("rope_freqs.weight", "gguf", "hf")).toBeUndefined();
  });
});

describe("canonicalNames", () => {
  it.each(SCHEMES)("recognises %s", (scheme) => {
    const names = TABLE.map((each) => each[COLUMN[scheme]]);
    const found = canonicalNames(names);
    expect(found.scheme).toBe(scheme);
    expect(found.unused).toEqual([]);
    expect([...found.known.keys()]).toEqual(TABLE.map(([canonical]) => canonical));
  });

  it("drops wrappers, knows derived tables, reports the rest", () => {
    const found = canonicalNames([
      "module._orig_mod.tok_embeddings.weight",
      "module._orig_mod.norm.weight",
      "module._orig_mod.freqs_cos",
      "module._orig_mod.layers.0.attention.wz.weight",
    ]);
    expect(found.scheme).toBe("meta");
    expect(found.known.get("token_embd.weight")).toBe("module._orig_mod.tok_embeddings.weight");
    expect(found.unused).toEqual(["module._orig_mod.layers.0.attention.wz.weight"]);
  });

  it("accepts an empty list of names", () => {
    expect(canonicalNames([])).toMatchObject({ unused: [] });
  });
});

describe("isDerived", () => {
  it("knows the rotary tables of each scheme", () => {
    expect(isDerived("rope.freqs")).toBe(true);
    expect(isDerived("model.layers.7.self_attn.rotary_emb.inv_freq")).toBe(true);
    expect(isDerived("rope_freqs.weight")).toBe(false);
  });
});

describe("partOf", () => {
  it("strips layer and suffix", () => {
    expect(partOf("blk.3.attn_q.bias")).toBe("attn_q");
    expect(partOf("token_embd.weight")).toBe("token_embd");
  });
});
