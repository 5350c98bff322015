/**
 * Writes tokenizer.json and tokenizer_config.json, so that a vocabulary from any file can be stored in a
 * Hugging Face folder.
 */
import { UnsupportedError } from "../base/errors.ts";
import { SURPLUS_AT_ENDS } from "./hf-normalizers.ts";
import { byteLevel, componentsOfPre } from "./hf-pretokenizers.ts";
import { defined, type JsonObject } from "./json-value.ts";
import { mergesFromRanks } from "./merge-rules.ts";
import { SPACE_MARK } from "./text.ts";
import { type Normalizer, PIECE, type Vocabulary } from "./vocabulary.ts";

const encoder = new TextEncoder();
const replaceMark = (from: string, to: string): JsonObject => ({
  type: "Replace",
  pattern: { String: from },
  content: to,
});

/** Bytes of a tokenizer.json. Throws UnsupportedError if tokenizer.json cannot express the vocabulary. */
export function writeHfTokenizer(vocabulary: Vocabulary): Uint8Array {
  const document = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(vocabulary),
    ...components(vocabulary),
    post_processor: postProcessor(vocabulary),
    model: vocabulary.kind === "unigram" ? unigramModel(vocabulary) : bpeModel(vocabulary),
  };
  return encoder.encode(`${JSON.stringify(document, undefined, 1)}\n`);
}

/** Bytes of the tokenizer_config.json that belongs to it. */
export function writeHfTokenizerConfig(vocabulary: Vocabulary): Uint8Array {
  const text = (id: number | undefined): string | undefined =>
    id === undefined ? id : vocabulary.pieces[id];
  const document = defined({
    add_bos_token: vocabulary.addBos,
    add_eos_token: vocabulary.addEos,
    bos_token: text(vocabulary.bosId),
    eos_token: text(vocabulary.eosId),
    pad_token: text(vocabulary.padId),
    unk_token: text(vocabulary.unkId),
    clean_up_tokenization_spaces: false,
    chat_template: vocabulary.chatTemplate,
    tokenizer_class: "PreTrainedTokenizerFast",
  });
  return encoder.encode(`${JSON.stringify(document, undefined, 2)}\n`);
}

function addedTokens({ added, types, pieces }: Vocabulary): JsonObject[] {
  const known = new Set(added.map(({ id }) => id));
  const inner = pieces.flatMap((content, id) =>
    types[id] === PIECE.userDefined && !known.has(id) && content !== ""
      ? [{ id, content, special: false }]
      : [],
  );
  return [...added, ...inner]
    .sort((a, b) => a.id - b.id)
    .map((token) => ({
      id: token.id,
      content: token.content,
      single_word: "singleWord" in token && token.singleWord === true,
      lstrip: "lstrip" in token && token.lstrip === true,
      rstrip: "rstrip" in token && token.rstrip === true,
      normalized: "normalized" in token && token.normalized === true,
      special: token.special,
    }));
}

function components(vocabulary: Vocabulary): JsonObject {
  const { kind, normalizer, addSpacePrefix } = vocabulary;
  const normalizers: JsonObject[] = [];
  if (normalizer.charsmap !== undefined) {
    normalizers.push({ type: "Precompiled", precompiled_charsmap: base64(normalizer.charsmap) });
  }
  if (normalizer.form !== undefined) normalizers.push({ type: normalizer.form });
  if (normalizer.lowercase) normalizers.push({ type: "Lowercase" });
  if (kind === "byte-bpe") {
    if (normalizer.stripLeft || normalizer.stripRight) normalizers.push(stripOf(normalizer));
    if (normalizer.prepend !== undefined) normalizers.push({ type: "Prepend", prepend: normalizer.prepend });
    return {
      normalizer: sequence("normalizers", normalizers),
      pre_tokenizer: componentsOfPre(vocabulary, addSpacePrefix),
      decoder: byteLevel(true),
    };
  }
  if (normalizer.removeExtraWhitespaces) {
    normalizers.push({ type: "Replace", pattern: { Regex: SURPLUS_AT_ENDS }, content: "" });
  }
  if (normalizer.stripLeft || normalizer.stripRight) {
    normalizers.push(stripOf(normalizer));
  }
  if (normalizer.removeExtraWhitespaces || normalizer.collapseSpaces) {
    normalizers.push({ type: "Replace", pattern: { Regex: " {2,}" }, content: " " });
  }
  const metaspace = vocabulary.spacePrefixIfMissing === true || kind === "unigram";
  if (!metaspace) {
    if (addSpacePrefix) normalizers.push({ type: "Prepend", prepend: SPACE_MARK });
    normalizers.push(replaceMark(" ", SPACE_MARK));
  }
  return {
    normalizer: sequence("normalizers", normalizers),
    pre_tokenizer: metaspace ? metaspaceOf(vocabulary) : null,
    decoder: {
      type: "Sequence",
      decoders: [
        replaceMark(SPACE_MARK, " "),
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(addSpacePrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
  };
}

function stripOf({ stripLeft, stripRight }: Normalizer): JsonObject {
  return { type: "Strip", strip_left: stripLeft === true, strip_right: stripRight === true };
}

function metaspaceOf({ addSpacePrefix, spacePrefixAfterAdded, splitsAtSpaces }: Vocabulary): JsonObject {
  const scheme = spacePrefixAfterAdded ? "always" : "first";
  const prepend = addSpacePrefix ? scheme : "never";
  return {
    type: "Metaspace",
    replacement: SPACE_MARK,
    prepend_scheme: prepend,
    split: splitsAtSpaces === true,
  };
}

function sequence(member: string, parts: readonly JsonObject[]): JsonObject | null {
  if (parts.length <= 1) return parts[0] ?? null;
  return { type: "Sequence", [member]: parts };
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function postProcessor(vocabulary: Vocabulary): JsonObject | null {
  const { bosId, eosId, addBos, addEos, pieces } = vocabulary;
  const bos = addBos && bosId !== undefined ? (vocabulary.bosIds ?? [bosId]) : [];
  const eos = addEos && eosId !== undefined ? [eosId] : [];
  if (bos.length + eos.length === 0) return null;
  const special = (id: number, type_id: number): JsonObject => ({
    SpecialToken: { id: pieces[id], type_id },
  });
  const one = (text: "A" | "B", type_id: number): JsonObject[] => [
    ...bos.map((id) => special(id, type_id)),
    { Sequence: { id: text, type_id } },
    ...eos.map((id) => special(id, type_id)),
  ];
  const ids = [...bos, ...eos].map((id) => [pieces[id], { id: pieces[id], ids: [id], tokens: [pieces[id]] }]);
  return {
    type: "TemplateProcessing",
    single: one("A", 0),
    pair: [...one("A", 0), ...one("B", 1)],
    special_tokens: Object.fromEntries(ids),
  };
}

function bpeModel(vocabulary: Vocabulary): JsonObject {
  const { kind, pieces, types } = vocabulary;
  const added = new Set(vocabulary.added.map(({ id }) => id));
  // Added tokens of byte-level files are literal text, pieces are in the byte alphabet: added tokens after
  // all pieces are stored separately.
  let tail = pieces.length;
  while (tail > 0 && added.has(tail - 1)) tail--;
  const vocab: Record<string, number> = Object.create(null);
  for (let id = 0; id < pieces.length; id++) {
    if (pieces[id] === "" || (kind === "byte-bpe" && id >= tail)) continue;
    if (pieces[id] in vocab) {
      throw new UnsupportedError({
        doing: `write "${vocabulary.name}" as tokenizer.json`,
        found: `pieces ${vocab[pieces[id]]} and ${id} with the same text ${JSON.stringify(pieces[id].slice(0, 40))}`,
        fix: "that format allows only one; keep the vocabulary in GGUF or a SentencePiece model",
      });
    }
    vocab[pieces[id]] = id;
  }
  const unk = vocabulary.unkId;
  return {
    type: "BPE",
    dropout: null,
    unk_token: kind === "byte-bpe" || unk === undefined ? null : pieces[unk],
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: kind !== "byte-bpe" && vocabulary.separateUnknown !== true,
    byte_fallback: types.includes(PIECE.byte),
    ignore_merges: vocabulary.ignoreMerges,
    vocab,
    merges: vocabulary.merges ?? mergesFromRanks(vocabulary),
  };
}

function unigramModel({ pieces, scores, types, unkId }: Vocabulary): JsonObject {
  return {
    type: "Unigram",
    unk_id: unkId ?? null,
    vocab: pieces.map((piece, id) => [piece, scores[id]]),
    byte_fallback: types.includes(PIECE.byte),
  };
}
