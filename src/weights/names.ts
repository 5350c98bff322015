/**
 * One tensor, three names. Canonical names are GGUF's; one table maps them to Meta's and Hugging Face's names
 * and back.
 *
 *     canonical                  Meta                              Hugging Face
 *     blk.3.attn_q.weight        layers.3.attention.wq.weight      model.layers.3.self_attn.q_proj.weight
 */
export type NameScheme = "gguf" | "meta" | "hf";

type Row = Readonly<Record<NameScheme, string>>;

function row(gguf: string, meta: string, hf: string): Row {
  return { gguf, meta, hf };
}

const GLOBALS: readonly Row[] = [
  row("token_embd", "tok_embeddings", "model.embed_tokens"),
  row("output_norm", "norm", "model.norm"),
  row("output", "output", "lm_head"),
];

const LAYER_PARTS: readonly Row[] = [
  row("attn_norm", "attention_norm", "input_layernorm"),
  row("attn_q", "attention.wq", "self_attn.q_proj"),
  row("attn_k", "attention.wk", "self_attn.k_proj"),
  row("attn_v", "attention.wv", "self_attn.v_proj"),
  row("attn_output", "attention.wo", "self_attn.o_proj"),
  row("ffn_norm", "ffn_norm", "post_attention_layernorm"),
  row("ffn_gate", "feed_forward.w1", "mlp.gate_proj"),
  row("ffn_up", "feed_forward.w3", "mlp.up_proj"),
  row("ffn_down", "feed_forward.w2", "mlp.down_proj"),
];

/** Tensors that only GGUF has. */
const GGUF_ONLY = new Set(["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"]);

const LAYER_PREFIX: Readonly<Record<NameScheme, string>> = {
  gguf: "blk",
  meta: "layers",
  hf: "model.layers",
};

/** Rotary tables and masks that can be computed from the configuration: known, but not needed. */
const DERIVED = /(^|\.)(rope\.freqs|freqs_cos|freqs_sin|rotary_emb\.inv_freq|attn\.masked_bias|mask)$/;

/** Prefixes that training wrappers add to every name. */
const WRAPPERS = ["_orig_mod.", "module."] as const;

const SUFFIX = /^(.*)\.(weight|bias)$/;
const LAYER = /^(?<prefix>blk|layers|model\.layers)\.(?<layer>0|[1-9]\d{0,3})\.(?<part>.+)$/;

type Index = ReadonlyMap<string, Row>;
function indexBy(scheme: NameScheme, rows: readonly Row[]): Index {
  return new Map(rows.map((each) => [each[scheme], each]));
}
const SCHEMES: readonly NameScheme[] = ["gguf", "meta", "hf"];
function indexes(rows: readonly Row[]): Readonly<Record<NameScheme, Index>> {
  return { gguf: indexBy("gguf", rows), meta: indexBy("meta", rows), hf: indexBy("hf", rows) };
}
const GLOBAL_INDEX = indexes(GLOBALS);
const PART_INDEX = indexes(LAYER_PARTS);

/** The name in another scheme, or undefined if the tensor is unknown, or has no name there. */
export function translateName(name: string, from: NameScheme, to: NameScheme): string | undefined {
  if (from === "gguf" && GGUF_ONLY.has(name)) return to === "gguf" ? name : undefined;
  const suffixed = SUFFIX.exec(name);
  if (suffixed === null) return undefined;
  const [, stem, suffix] = suffixed;
  const whole = GLOBAL_INDEX[from].get(stem);
  if (whole !== undefined) return `${whole[to]}.${suffix}`;
  const groups = LAYER.exec(stem)?.groups;
  if (groups === undefined || groups.prefix !== LAYER_PREFIX[from]) return undefined;
  const part = PART_INDEX[from].get(groups.part);
  return part && `${LAYER_PREFIX[to]}.${groups.layer}.${part[to]}.${suffix}`;
}

/** True for tensors that can be computed from the configuration and need not be read. */
export function isDerived(name: string): boolean {
  return DERIVED.test(name);
}

export interface CanonicalNames {
  readonly scheme: NameScheme;
  /** Canonical name to the file's. */
  readonly known: ReadonlyMap<string, string>;
  /** Names that match no scheme. */
  readonly unused: readonly string[];
}

/** Ways to interpret names. Checkpoints of Hugging Face's base class lack the prefix. */
const READINGS: readonly { readonly scheme: NameScheme; readonly prefix: string }[] = [
  ...SCHEMES.map((scheme) => ({ scheme, prefix: "" })),
  { scheme: "hf", prefix: "model." },
];

/** Finds the scheme that matches most of the names, and translates them. Wrapper prefixes are dropped. */
export function canonicalNames(names: readonly string[]): CanonicalNames {
  const wrapper = wrapperOf(names);
  const read = ({ scheme, prefix }: (typeof READINGS)[number]): CanonicalNames => {
    const known = new Map<string, string>();
    const unused: string[] = [];
    for (const name of names) {
      const own = name.slice(wrapper.length);
      const canonical = translateName(prefix + own, scheme, "gguf") ?? translateName(own, scheme, "gguf");
      if (canonical !== undefined) known.set(canonical, name);
      else if (!isDerived(name)) unused.push(name);
    }
    return { scheme, known, unused };
  };
  return READINGS.map(read).reduce((best, next) => (next.known.size > best.known.size ? next : best));
}

function wrapperOf(names: readonly string[]): string {
  let wrapper = "";
  for (;;) {
    const next = WRAPPERS.find((prefix) => names.every((name) => name.startsWith(wrapper + prefix)));
    if (next === undefined || names.length === 0) return wrapper;
    wrapper += next;
  }
}

/** The part of a canonical name that identifies the tensor's role: "attn_q" of "blk.3.attn_q.bias". */
export function partOf(canonical: string): string {
  const [, stem = canonical] = SUFFIX.exec(canonical) ?? [];
  return LAYER.exec(stem)?.groups?.part ?? stem;
}
