/**
 * Hugging Face's tokenizer.json (huggingface/tokenizers) with its tokenizer_config.json. Supports BPE over
 * bytes (GPT-2, Llama 3), BPE over characters with "▁" (Llama 2, Mistral), and Unigram; an unknown component
 * that would change the result is an error that names it.
 */
import { UnsupportedError } from "../base/errors.ts";
import { type TextRules, textRules } from "./hf-normalizers.ts";
import { flatten, preOfComponents } from "./hf-pretokenizers.ts";
import { addedToken, chatTemplateOf, type HfFiles, readHfSettings } from "./hf-settings.ts";
import { specialIds } from "./hf-special.ts";
import { defined, type JsonObject, JsonReader } from "./json-value.ts";
import { SPACE_MARK } from "./text.ts";
import {
  type AddedToken,
  byteOfPiece,
  checkVocabulary,
  findEnds,
  PIECE,
  type Vocabulary,
  type VocabularyKind,
} from "./vocabulary.ts";
import { MAX_HOLES } from "./with-settings.ts";

interface Model {
  readonly pieces: string[];
  readonly scores: number[];
  readonly merges?: string[];
  readonly unkId?: number;
  readonly byteFallback: boolean;
  /** Consecutive unknown characters are one unknown piece. */
  readonly fusesUnknown: boolean;
  readonly ignoreMerges: boolean;
}

/**
 * The vocabulary of a tokenizer.json.
 * @param files the files next to it: names of BOS and EOS, the chat template, further tokens. Throws
 * FormatError, TokenizerError, or UnsupportedError.
 */
export function vocabularyFromHf(bytes: Uint8Array, name: string, files: HfFiles = {}): Vocabulary {
  const json = new JsonReader(name);
  return vocabularyOfDocument(json, json.parse(bytes), name, files);
}

/** The same for a parsed document, or one made from other files. */
export function vocabularyOfDocument(
  json: JsonReader,
  document: JsonObject,
  name: string,
  files: HfFiles,
): Vocabulary {
  const { keys: settings, added: more } = readHfSettings(name, files);
  const cuts = flatten(json, document.pre_tokenizer, "pretokenizers", "pre_tokenizer");
  const isUnigram = modelType(json, document, name) === "Unigram";
  const isByteLevel = !isUnigram && cuts.some((component) => component.type === "ByteLevel");
  const metaspaces = cuts.filter((component) => component.type === "Metaspace");
  const rules = textRules(json, document.normalizer, metaspaces, name);
  const byteRules = isByteLevel ? preOfComponents(json, cuts, name) : undefined;
  if (byteRules === undefined) checkCharacterCuts(json, cuts, rules, name);
  else checkByteRules(rules, name);
  const kind: VocabularyKind = byteRules !== undefined ? "byte-bpe" : isUnigram ? "unigram" : "spm-bpe";
  const model = isUnigram ? readUnigram(json, document) : readBpe(json, document);
  const all = readAdded(json, document, model, more);
  const added = all.filter(({ content }) => content !== "");
  const types = typesOf(model, added, kind);
  const ids = specialIds(json, document, settings, model.pieces, model.unkId);
  return checkVocabulary({
    kind,
    name,
    pieces: model.pieces,
    scores: Float32Array.from(model.pieces, (_, id) => model.scores[id] ?? 0),
    types,
    ...(model.merges === undefined ? {} : { merges: model.merges }),
    ignoreMerges: model.ignoreMerges,
    ...(byteRules === undefined ? {} : defined({ pre: byteRules.pre, cuts: byteRules.cuts })),
    added,
    ...ids,
    ...findEnds(model.pieces, types, { eosId: ids.eosId }),
    ...(model.fusesUnknown ? {} : { separateUnknown: true }),
    ...(rules.splitsAtSpaces ? { splitsAtSpaces: true } : {}),
    addSpacePrefix: byteRules?.addSpacePrefix ?? rules.addSpacePrefix,
    spacePrefixAfterAdded: rules.spacePrefixAfterAdded,
    spacePrefixIfMissing: byteRules !== undefined || rules.spacePrefixIfMissing,
    // If spaces are "▁", the prepended space is the mark; byte-level text gets a plain space.
    normalizer:
      byteRules !== undefined && rules.prepends
        ? { ...rules.normalizer, prepend: SPACE_MARK }
        : rules.normalizer,
    ...defined({ chatTemplate: chatTemplateOf(settings) }),
  });
}

function unsupported(name: string, found: string): UnsupportedError {
  return new UnsupportedError({
    doing: `read the tokenizer "${name}"`,
    found,
    fix: "Cria encodes text for LLaMA-like models; it does not know this part",
  });
}

function modelType(json: JsonReader, document: JsonObject, name: string): "BPE" | "Unigram" {
  const model = json.object(document.model, "model");
  // Old files omit the type; the presence of merges decides.
  const type = model.type ?? (model.merges === undefined ? "none" : "BPE");
  if (type !== "BPE" && type !== "Unigram")
    throw unsupported(name, `a model of type ${JSON.stringify(type)}`);
  for (const key of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    const value = model[key];
    if (value !== undefined && value !== null && value !== "")
      throw unsupported(name, `a ${key} in the model`);
  }
  if (typeof model.dropout === "number" && model.dropout > 0) throw unsupported(name, "dropout in the model");
  return type;
}

/** Without ByteLevel, spaces must be "▁"; other splits would change the merges. */
function checkCharacterCuts(
  json: JsonReader,
  cuts: readonly JsonObject[],
  rules: TextRules,
  name: string,
): void {
  if (!rules.escapesSpaces) throw unsupported(name, 'neither ByteLevel nor spaces as "▁"');
  for (const component of cuts) {
    const pattern = component.type === "Split" ? json.object(component.pattern, "pattern") : {};
    // No spaces are left when this component runs.
    if (component.type !== "Metaspace" && pattern.String !== " ") {
      throw unsupported(name, `the pre_tokenizer ${JSON.stringify(component).slice(0, 200)}`);
    }
  }
}

/** Checks the normalizer of a byte-level vocabulary, where "▁" has no meaning. */
function checkByteRules({ normalizer, escapesSpaces }: TextRules, name: string): void {
  const { charsmap, collapseSpaces, removeExtraWhitespaces } = normalizer;
  if (escapesSpaces || charsmap !== undefined || collapseSpaces || removeExtraWhitespaces)
    throw unsupported(name, "a normalizer that ByteLevel vocabularies do not have");
}

function readBpe(json: JsonReader, document: JsonObject): Model {
  const model = json.object(document.model, "model");
  const entries = Object.entries(json.object(model.vocab, "vocab"));
  const pieces = new Map<number, string>();
  for (const [piece, value] of entries) pieces.set(json.id(value, `vocab["${piece.slice(0, 40)}"]`), piece);
  const merges = json.list(model.merges ?? [], "merges").map((merge) => mergeText(json, merge));
  const list = toList(json, pieces);
  const rankOf = new Map<string, number>();
  for (const [rank, merge] of merges.entries()) {
    const product = merge.replace(" ", "");
    if (!rankOf.has(product)) rankOf.set(product, rank);
  }
  const unk = typeof model.unk_token === "string" ? list.indexOf(model.unk_token) : -1;
  return {
    pieces: list,
    // For formats that have only scores: earlier merges score higher, pieces that never merge lowest.
    scores: list.map((piece, id) => -(rankOf.get(piece) ?? merges.length + id)),
    merges,
    ...(unk < 0 ? {} : { unkId: unk }),
    byteFallback: json.flag(model.byte_fallback, "byte_fallback", false),
    fusesUnknown: json.flag(model.fuse_unk, "fuse_unk", false),
    ignoreMerges: json.flag(model.ignore_merges, "ignore_merges", false),
  };
}

/** "a b", or ["a", "b"] in newer files. */
function mergeText(json: JsonReader, merge: unknown): string {
  if (typeof merge === "string") return merge;
  const pair = json.list(merge, "merges");
  const [left, right] = [json.string(pair[0], "merges"), json.string(pair[1], "merges")];
  if (pair.length !== 2 || left.includes(" ") || right.includes(" ") || left === "" || right === "") {
    throw json.broken("merges", "two strings without spaces", merge);
  }
  return `${left} ${right}`;
}

/** Pieces by id; a missing id is an empty piece. */
function toList(json: JsonReader, pieces: ReadonlyMap<number, string>): string[] {
  let length = 0;
  for (const id of pieces.keys()) length = Math.max(length, id + 1);
  if (length > pieces.size + MAX_HOLES)
    throw json.broken("vocab", `ids below ${pieces.size + MAX_HOLES}`, length - 1);
  return Array.from({ length }, (_, id) => pieces.get(id) ?? "");
}

function readUnigram(json: JsonReader, document: JsonObject): Model {
  const model = json.object(document.model, "model");
  const pieces: string[] = [];
  const scores: number[] = [];
  for (const entry of json.list(model.vocab, "vocab")) {
    const pair = json.list(entry, "vocab");
    pieces.push(json.string(pair[0], "vocab"));
    scores.push(json.number(pair[1], "vocab"));
  }
  const unkId =
    model.unk_id === null || model.unk_id === undefined ? undefined : json.id(model.unk_id, "unk_id");
  return {
    pieces,
    scores,
    ...defined({ unkId }),
    byteFallback: json.flag(model.byte_fallback, "byte_fallback", false),
    fusesUnknown: true,
    ignoreMerges: false,
  };
}

/** Added tokens; those after the model's pieces are appended. The settings may add more. */
function readAdded(
  json: JsonReader,
  document: JsonObject,
  model: Model,
  more: readonly AddedToken[],
): AddedToken[] {
  const entries = json.list(document.added_tokens ?? [], "added_tokens");
  const own = entries.map((entry) => {
    const token = json.object(entry, "added_tokens");
    return addedToken(json, token.id, token);
  });
  const ids = new Set(own.map(({ id }) => id));
  const added = [...own, ...more.filter(({ id }) => !ids.has(id))];
  const limit = model.pieces.length + added.length + MAX_HOLES;
  for (const { id, content } of added) {
    if (id >= limit) throw json.broken("added_tokens", `ids below ${limit}`, id);
    while (model.pieces.length <= id) model.pieces.push("");
    model.pieces[id] = content;
  }
  return added;
}

function typesOf(model: Model, added: readonly AddedToken[], kind: VocabularyKind): Uint8Array {
  const types = Uint8Array.from(model.pieces, (piece) => {
    if (piece === "") return PIECE.unused;
    return model.byteFallback && byteOfPiece(piece) !== undefined ? PIECE.byte : PIECE.normal;
  });
  for (const { id, special } of added) types[id] = special ? PIECE.control : PIECE.userDefined;
  // Byte-level files without an unknown token name their end of text here; its type stays.
  if (kind !== "byte-bpe" && model.unkId !== undefined && model.unkId < types.length) {
    types[model.unkId] = PIECE.unknown;
  }
  return types;
}
