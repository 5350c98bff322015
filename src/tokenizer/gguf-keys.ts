/**
 * The tokenizer in GGUF metadata (ggml docs/gguf.md, keys tokenizer.*). Ids of special tokens outside the
 * vocabulary are ignored, since existing files have 2^32 - 1 for "none"; everything else must be valid.
 */
import { FormatError, UnsupportedError } from "../base/errors.ts";
import type { GgufMetadata } from "../formats/gguf/metadata.ts";
import { type GgufValue, ggufValue } from "../formats/gguf/value.ts";
import { mergesFromRanks } from "./merge-rules.ts";
import { defaultsOfPre } from "./pretokenizers.ts";
import {
  addedByType,
  byteOfPiece,
  checkVocabulary,
  findEnds,
  PIECE,
  type Vocabulary,
  type VocabularyKind,
} from "./vocabulary.ts";

/** The meaning of a value of tokenizer.ggml.model, and the defaults for missing keys. */
interface ModelDefaults {
  readonly kind: VocabularyKind;
  readonly bosId?: number;
  readonly eosId?: number;
  readonly unkId?: number;
  readonly padId?: number;
  readonly addBos: boolean;
  readonly addEos: boolean;
  readonly addSpacePrefix: boolean;
}

const MODELS: Readonly<Record<string, ModelDefaults>> = {
  llama: { kind: "spm-bpe", bosId: 1, eosId: 2, unkId: 0, addBos: true, addEos: false, addSpacePrefix: true },
  gpt2: { kind: "byte-bpe", addBos: false, addEos: false, addSpacePrefix: false },
  t5: { kind: "unigram", eosId: 1, unkId: 2, padId: 0, addBos: false, addEos: true, addSpacePrefix: false },
};

function broken(metadata: GgufMetadata, expected: string, found: string): FormatError {
  const fix = "the file is damaged or was made by a faulty program";
  return new FormatError({ doing: `read the tokenizer of "${metadata.path}"`, expected, found, fix });
}

function defaultsOf(metadata: GgufMetadata): ModelDefaults {
  const model = metadata.getString("tokenizer.ggml.model");
  if (Object.hasOwn(MODELS, model)) return MODELS[model];
  throw new UnsupportedError({
    doing: `read the tokenizer of "${metadata.path}"`,
    expected: `a tokenizer of type ${Object.keys(MODELS).join(", ")}`,
    found: model === "bert" ? "bert (WordPiece)" : JSON.stringify(model),
    fix: "Cria encodes text for LLaMA-like models; this model belongs to another family",
  });
}

/** True if the metadata holds a vocabulary. */
export function hasGgufTokenizer(metadata: GgufMetadata): boolean {
  return metadata.has("tokenizer.ggml.model") && metadata.has("tokenizer.ggml.tokens");
}

/** The vocabulary in a GGUF file's metadata. Throws FormatError, TokenizerError or UnsupportedError. */
export function vocabularyFromGguf(metadata: GgufMetadata): Vocabulary {
  const defaults = defaultsOf(metadata);
  const pieces = metadata.getStrings("tokenizer.ggml.tokens");
  const length = pieces.length;
  const types = readTypes(metadata, defaults.kind, pieces);
  const id = (name: string, fallback?: number): number | undefined => {
    const given = metadata.findNumber(`tokenizer.ggml.${name}_token_id`);
    const valid = given !== undefined && Number.isInteger(given) && given >= 0 && given < length;
    if (valid) return given;
    return fallback !== undefined && fallback < length ? fallback : undefined;
  };
  const pre =
    defaults.kind === "byte-bpe" ? (metadata.findString("tokenizer.ggml.pre") ?? "default") : undefined;
  const ofPre = pre === undefined ? undefined : defaultsOfPre(pre);
  const flag = (key: string, fallback: boolean): boolean =>
    metadata.findBoolean(`tokenizer.ggml.${key}`) ?? fallback;
  const ids = optional({
    bosId: id("bos", defaults.bosId),
    eosId: id("eos", defaults.eosId),
    unkId: id("unknown", defaults.unkId),
    padId: id("padding", defaults.padId),
  });
  const ends = findEnds(pieces, types, { eosId: ids.eosId, eotId: id("eot") });
  const eomId = id("eom");
  return checkVocabulary({
    kind: defaults.kind,
    name: metadata.path,
    pieces,
    scores: readScores(metadata, defaults.kind, length),
    types,
    ...(defaults.kind === "byte-bpe" ? { merges: metadata.getStrings("tokenizer.ggml.merges") } : {}),
    ignoreMerges: ofPre?.ignoreMerges ?? false,
    ...optional({ pre }),
    added: addedByType(pieces, types),
    ...ids,
    ...ends,
    eogIds: eomId === undefined || ends.eogIds.includes(eomId) ? ends.eogIds : [...ends.eogIds, eomId],
    addBos: flag("add_bos_token", ofPre?.addBos ?? defaults.addBos) && ids.bosId !== undefined,
    addEos: flag("add_eos_token", defaults.addEos) && ids.eosId !== undefined,
    addSpacePrefix: flag("add_space_prefix", defaults.addSpacePrefix),
    spacePrefixAfterAdded: true,
    normalizer: {
      removeExtraWhitespaces: flag("remove_extra_whitespaces", false),
      ...optional({ charsmap: readCharsmap(metadata) }),
    },
    ...optional({ chatTemplate: metadata.findString("tokenizer.chat_template") }),
  });
}

/** The object without the keys whose value is undefined. */
function optional<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function readScores(metadata: GgufMetadata, kind: VocabularyKind, length: number): Float32Array {
  const key = "tokenizer.ggml.scores";
  const value = metadata.findNumbers(key);
  if (value === undefined) {
    if (kind === "byte-bpe") return new Float32Array(length);
    throw broken(metadata, `${length} scores in "${key}"`, "no such key");
  }
  const usable = value instanceof Float32Array || value instanceof Int32Array;
  if (!usable || value.length !== length) {
    throw broken(
      metadata,
      `${length} f32 scores in "${key}"`,
      `${value.length} of ${value.constructor.name}`,
    );
  }
  return Float32Array.from(value);
}

function readTypes(metadata: GgufMetadata, kind: VocabularyKind, pieces: readonly string[]): Uint8Array {
  const key = "tokenizer.ggml.token_type";
  const value = metadata.findNumbers(key);
  if (value === undefined) return guessTypes(kind, pieces);
  const usable = value instanceof Int32Array || value instanceof Uint32Array;
  if (!usable || value.length !== pieces.length) {
    const found = `${value.length} of ${value.constructor.name}`;
    throw broken(metadata, `${pieces.length} i32 types in "${key}"`, found);
  }
  const types = new Uint8Array(pieces.length);
  for (let id = 0; id < types.length; id++) {
    const type = value[id];
    if (type < 0 || type > PIECE.byte)
      throw broken(metadata, `types 0 to 6 in "${key}"`, `${type} for piece ${id}`);
    // 0 is "undefined": a piece without a type is text.
    types[id] = type === 0 ? PIECE.normal : type;
  }
  return types;
}

/**
 * Types for files older than the key: bytes and LLaMA's three special pieces are recognised by their text.
 */
function guessTypes(kind: VocabularyKind, pieces: readonly string[]): Uint8Array {
  return Uint8Array.from(pieces, (text, id) => {
    if (kind === "byte-bpe") return PIECE.normal;
    if (text === "<unk>" && id < 3) return PIECE.unknown;
    if (/^<\/?s>$/.test(text) && id < 3) return PIECE.control;
    return byteOfPiece(text) === undefined ? PIECE.normal : PIECE.byte;
  });
}

function readCharsmap(metadata: GgufMetadata): Uint8Array | undefined {
  const key = "tokenizer.ggml.precompiled_charsmap";
  const value = metadata.findNumbers(key);
  if (value === undefined || value.length === 0) return undefined;
  if (value instanceof Uint8Array || value instanceof Int8Array) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  throw broken(metadata, `bytes in "${key}"`, value.constructor.name);
}

const MODEL_NAMES = { "spm-bpe": "llama", "byte-bpe": "gpt2", unigram: "t5" } as const;

/** GGUF metadata that represents the vocabulary. */
export function ggufFromVocabulary(vocabulary: Vocabulary): [string, GgufValue][] {
  const { kind, types, normalizer } = vocabulary;
  const entries: [string, GgufValue][] = [
    ["tokenizer.ggml.model", ggufValue.string(MODEL_NAMES[kind])],
    ["tokenizer.ggml.pre", ggufValue.string(vocabulary.pre ?? "default")],
    ["tokenizer.ggml.tokens", ggufValue.strings(vocabulary.pieces)],
  ];
  if (kind !== "byte-bpe") entries.push(["tokenizer.ggml.scores", ggufValue.f32s(vocabulary.scores)]);
  entries.push(["tokenizer.ggml.token_type", ggufValue.i32s(types)]);
  if (kind === "byte-bpe") {
    entries.push([
      "tokenizer.ggml.merges",
      ggufValue.strings(vocabulary.merges ?? mergesFromRanks(vocabulary)),
    ]);
  }
  for (const [name, id] of [
    ["bos", vocabulary.bosId],
    ["eos", vocabulary.eosId],
    ["eot", vocabulary.eotId],
    ["unknown", vocabulary.unkId],
    ["padding", vocabulary.padId],
  ] as const) {
    if (id !== undefined) entries.push([`tokenizer.ggml.${name}_token_id`, ggufValue.u32(id)]);
  }
  entries.push(["tokenizer.ggml.add_bos_token", ggufValue.bool(vocabulary.addBos)]);
  entries.push(["tokenizer.ggml.add_eos_token", ggufValue.bool(vocabulary.addEos)]);
  entries.push(["tokenizer.ggml.add_space_prefix", ggufValue.bool(vocabulary.addSpacePrefix)]);
  if (normalizer.removeExtraWhitespaces) {
    entries.push(["tokenizer.ggml.remove_extra_whitespaces", ggufValue.bool(true)]);
  }
  if (normalizer.charsmap !== undefined) {
    const value = normalizer.charsmap.slice();
    entries.push(["tokenizer.ggml.precompiled_charsmap", { type: "array", of: "u8", value }]);
  }
  if (vocabulary.chatTemplate !== undefined) {
    entries.push(["tokenizer.chat_template", ggufValue.string(vocabulary.chatTemplate)]);
  }
  return entries;
}
