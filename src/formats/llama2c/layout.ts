/**
 * The three layouts of karpathy/llama2.c (export.py), as tables. All numbers are little-endian.
 *
 *     v0  7 × i32 (vocabulary size negative: the classifier has its own weights), tensors, f32
 *     v1  magic "ak42" u32, version i32, 7 × i32, u8 tied, zeros to byte 256, tensors, f32
 *     v2  as v1 with i32 group size after the flag; norms f32, the rest int8 in groups
 *
 * Tensors of one kind are stored together for all layers. Names are those of Meta's checkpoints.
 */
import { FormatError } from "../../base/errors.ts";

export interface Llama2cHeader {
  readonly version: 0 | 1 | 2;
  readonly dim: number;
  readonly ffnDim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly nKvHeads: number;
  readonly vocabSize: number;
  readonly maxSeqLen: number;
  /** True: no `output.weight`; the token embedding serves as the classifier. */
  readonly tied: boolean;
  /** Number of values per scale in version 2; undefined in other versions. */
  readonly groupSize?: number;
}

export const MAGIC = 0x616b3432;
export const V0_HEADER_BYTES = 28;
export const HEADER_BYTES = 256;

/** The seven fields of every header, in file order. */
export const HEADER_FIELDS = [
  "dim",
  "ffnDim",
  "nLayers",
  "nHeads",
  "nKvHeads",
  "vocabSize",
  "maxSeqLen",
] as const satisfies readonly (keyof Llama2cHeader)[];

type ShapeRule = (header: Llama2cHeader) => number[];
const kvDim = ({ dim, nHeads, nKvHeads }: Llama2cHeader): number => (dim / nHeads) * nKvHeads;

/** One kind of tensor, stored once per layer or once. */
interface Kind {
  readonly name: string;
  readonly perLayer: boolean;
  readonly shape: ShapeRule;
}
function perLayer(name: string, shape: ShapeRule): Kind {
  return { name, perLayer: true, shape };
}
function single(name: string, shape: ShapeRule): Kind {
  return { name, perLayer: false, shape };
}

const KINDS = {
  embedding: single("tok_embeddings.weight", (h) => [h.vocabSize, h.dim]),
  attentionNorm: perLayer("attention_norm.weight", (h) => [h.dim]),
  wq: perLayer("attention.wq.weight", (h) => [h.dim, h.dim]),
  wk: perLayer("attention.wk.weight", (h) => [kvDim(h), h.dim]),
  wv: perLayer("attention.wv.weight", (h) => [kvDim(h), h.dim]),
  wo: perLayer("attention.wo.weight", (h) => [h.dim, h.dim]),
  ffnNorm: perLayer("ffn_norm.weight", (h) => [h.dim]),
  w1: perLayer("feed_forward.w1.weight", (h) => [h.ffnDim, h.dim]),
  w2: perLayer("feed_forward.w2.weight", (h) => [h.dim, h.ffnDim]),
  w3: perLayer("feed_forward.w3.weight", (h) => [h.ffnDim, h.dim]),
  norm: single("norm.weight", (h) => [h.dim]),
  output: single("output.weight", (h) => [h.vocabSize, h.dim]),
} satisfies Record<string, Kind>;

/** A section of the file: a kind of tensor, or the two tables of rotary frequencies in v0. */
type Block = keyof typeof KINDS | "frequencies";

const MATRICES = ["wq", "wk", "wv", "wo", "w1", "w2", "w3"] as const;
const V1_ORDER: readonly Block[] = ["attentionNorm", "ffnNorm", "norm", "embedding", ...MATRICES, "output"];
const ORDER: Record<Llama2cHeader["version"], readonly Block[]> = {
  0: [
    "embedding",
    "attentionNorm",
    "wq",
    "wk",
    "wv",
    "wo",
    "ffnNorm",
    "w1",
    "w2",
    "w3",
    "norm",
    "frequencies",
    "output",
  ],
  1: V1_ORDER,
  2: V1_ORDER,
};

/** A tensor's place in the file. */
export interface Place {
  readonly kind: "f32" | "groups" | "frequencies";
  readonly name: string;
  readonly shape: readonly number[];
  /** Number of values. */
  readonly length: number;
  /** From the start of the file. */
  readonly offset: number;
  /** In the file. */
  readonly byteLength: number;
}

const NORMS: readonly Block[] = ["attentionNorm", "ffnNorm", "norm"];

/**
 * Every tensor's place, in file order, and the length that the file must have. The header must have been
 * checked, since this creates `nLayers` entries of nine kinds.
 */
export function placesOf(header: Llama2cHeader): { places: Place[]; byteLength: number } {
  const places: Place[] = [];
  let offset = header.version === 0 ? V0_HEADER_BYTES : HEADER_BYTES;
  const add = (kind: Place["kind"], name: string, shape: readonly number[]) => {
    const length = shape.reduce((product, dim) => product * dim, 1);
    const byteLength = kind === "groups" ? length + (4 * length) / (header.groupSize ?? 1) : 4 * length;
    places.push({ kind, name, shape, length, offset, byteLength });
    offset += byteLength;
  };
  for (const block of ORDER[header.version]) {
    if (block === "frequencies") {
      add("frequencies", "freqs_cos and freqs_sin", [2, header.maxSeqLen, header.dim / header.nHeads / 2]);
      continue;
    }
    if (block === "output" && header.tied) continue;
    const kind: Kind = KINDS[block];
    const storage = header.version === 2 && !NORMS.includes(block) ? "groups" : "f32";
    const shape = kind.shape(header);
    if (!kind.perLayer) add(storage, kind.name, shape);
    for (let layer = 0; kind.perLayer && layer < header.nLayers; layer++) {
      add(storage, `layers.${layer}.${kind.name}`, shape);
    }
  }
  return { places, byteLength: offset };
}

/** Far above any real model (126 in the largest Llama); keeps the table of places small for small files. */
const MAX_LAYERS = 4096;

/**
 * Throws FormatError unless the header's numbers are valid for a model: positive, with the required
 * divisibility.
 */
export function checkHeader(doing: string, header: Llama2cHeader): void {
  const { dim, nHeads, nKvHeads, groupSize } = header;
  const refuse = (expected: string, found: string) => {
    throw new FormatError({ doing, expected, found, fix: "check that it is a llama2.c model file" });
  };
  for (const field of HEADER_FIELDS) {
    if (!(Number.isInteger(header[field]) && header[field] > 0))
      refuse(`${field} to be above 0`, `${header[field]}`);
  }
  if (header.nLayers > MAX_LAYERS) refuse(`at most ${MAX_LAYERS} layers`, `${header.nLayers}`);
  if (dim % nHeads !== 0 || (dim / nHeads) % 2 !== 0) {
    refuse("dim to be nHeads times an even number", `dim ${dim}, nHeads ${nHeads}`);
  }
  if (nHeads % nKvHeads !== 0) {
    refuse("nHeads to be a multiple of nKvHeads", `nHeads ${nHeads}, nKvHeads ${nKvHeads}`);
  }
  if (header.version !== 2) return;
  if (groupSize === undefined || !(Number.isInteger(groupSize) && groupSize > 0)) {
    refuse("groupSize to be above 0", `${groupSize}`);
    return;
  }
  for (const kind of Object.values(KINDS)) {
    const shape = kind.shape(header);
    if (shape.length === 2 && (shape[0] * shape[1]) % groupSize !== 0) {
      refuse(`${kind.name} to be whole groups of ${groupSize}`, `shape [${shape.join(", ")}]`);
    }
  }
}
