/**
 * Hugging Face's tokenizer.json (huggingface/tokenizers) with tokenizer_config.json beside it. Read are BPE over
 * bytes (GPT-2, Llama 3), BPE over characters with "▁" (Llama 2, Mistral), and Unigram; a component that would
 * change the result and is not known is an error that names it.
 */
import { UnsupportedError } from "../base/errors.ts";
import { type TextRules, textRules } from "./hf-normalizers.ts";
import { flatten, preOfComponents } from "./hf-pretokenizers.ts";
import { defined, type JsonObject, JsonReader } from "./json-value.ts";
import {
  type AddedToken,
  byteOfPiece,
  checkVocabulary,
  findEnds,
  PIECE,
  type Vocabulary,
  type VocabularyKind,
} from "./vocabulary.ts";

/** Ids may leave holes, but not make a small file stand for a huge vocabulary. */
const MAX_HOLES = 1 << 14;

interface Model {
  readonly pieces: string[];
  readonly scores: number[];
  readonly merges?: string[];
  readonly unkId?: number;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
}

/**
 * The vocabulary of a tokenizer.json.
 * @param config the tokenizer_config.json beside it, which names BOS and EOS and holds the chat template.
 * Throws FormatError, TokenizerError, or UnsupportedError.
 */
export function vocabularyFromHf(bytes: Uint8Array, name: string, config?: Uint8Array): Vocabulary {
  const json = new JsonReader(name);
  const document = json.parse(bytes);
  const settings = config === undefined ? {} : new JsonReader(`${name}: tokenizer_config.json`).parse(config);
  const cuts = flatten(json, document.pre_tokenizer, "pretokenizers", "pre_tokenizer");
  const isUnigram = modelType(json, document, name) === "Unigram";
  const isByteLevel = !isUnigram && cuts.some((component) => component.type === "ByteLevel");
  const metaspaces = cuts.filter((component) => component.type === "Metaspace");
  const rules = textRules(json, document.normalizer, metaspaces, name);
  const byteRules = isByteLevel ? preOfComponents(json, cuts, name) : undefined;
  if (byteRules === undefined) checkCharacterCuts(json, cuts, rules, name);
  const kind: VocabularyKind = byteRules !== undefined ? "byte-bpe" : isUnigram ? "unigram" : "spm-bpe";
  const model = isUnigram ? readUnigram(json, document) : readBpe(json, document);
  const added = readAdded(json, document, model);
  const types = typesOf(model, added, kind);
  const ids = specialIds(json, document, settings, model);
  return checkVocabulary({
    kind,
    name,
    pieces: model.pieces,
    scores: Float32Array.from(model.pieces, (_, id) => model.scores[id] ?? 0),
    types,
    ...(model.merges === undefined ? {} : { merges: model.merges }),
    ignoreMerges: model.ignoreMerges,
    ...(byteRules === undefined ? {} : { pre: byteRules.pre }),
    added,
    ...ids.known,
    ...findEnds(model.pieces, types, { eosId: ids.known.eosId }),
    addBos: ids.addBos,
    addEos: ids.addEos,
    addSpacePrefix: byteRules?.addSpacePrefix ?? rules.addSpacePrefix,
    spacePrefixAfterAdded: rules.spacePrefixAfterAdded,
    spacePrefixIfMissing: byteRules !== undefined || rules.spacePrefixIfMissing,
    normalizer: rules.normalizer,
    ...defined({ chatTemplate: chatTemplateOf(settings) }),
  });
}

function unsupported(name: string, found: string): UnsupportedError {
  return new UnsupportedError({
    doing: `read the tokenizer "${name}"`,
    found,
    fix: "Cria encodes text for LLaMA-like models; this part is not known to it",
  });
}

function modelType(json: JsonReader, document: JsonObject, name: string): "BPE" | "Unigram" {
  const model = json.object(document.model, "model");
  // Old files leave the type out; merges tell.
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

/** Without ByteLevel, text must have its spaces as "▁"; other cuts would change what merges. */
function checkCharacterCuts(
  json: JsonReader,
  cuts: readonly JsonObject[],
  rules: TextRules,
  name: string,
): void {
  if (!rules.escapesSpaces) throw unsupported(name, 'neither ByteLevel nor spaces as "▁"');
  for (const component of cuts) {
    const pattern = component.type === "Split" ? json.object(component.pattern, "pattern") : {};
    // There are no spaces any more when this one looks for them.
    if (component.type !== "Metaspace" && pattern.String !== " ") {
      throw unsupported(name, `the pre_tokenizer ${JSON.stringify(component).slice(0, 200)}`);
    }
  }
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
    // For files that know scores only: what merges earlier scores higher, what never merges lowest.
    scores: list.map((piece, id) => -(rankOf.get(piece) ?? merges.length + id)),
    merges,
    ...(unk < 0 ? {} : { unkId: unk }),
    byteFallback: json.flag(model.byte_fallback, "byte_fallback", false),
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

/** Pieces by id; a hole is an empty piece. */
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
    ignoreMerges: false,
  };
}

/** Added tokens; those past the model's own pieces are appended to them. */
function readAdded(json: JsonReader, document: JsonObject, model: Model): AddedToken[] {
  const entries = json.list(document.added_tokens ?? [], "added_tokens");
  const limit = model.pieces.length + entries.length + MAX_HOLES;
  return entries.map((entry) => {
    const token = json.object(entry, "added_tokens");
    const id = json.id(token.id, "added_tokens");
    const content = json.string(token.content, "added_tokens");
    if (id >= limit) throw json.broken("added_tokens", `ids below ${limit}`, id);
    while (model.pieces.length <= id) model.pieces.push("");
    model.pieces[id] = content;
    return {
      id,
      content,
      special: json.flag(token.special, "special", false),
      ...(json.flag(token.lstrip, "lstrip", false) ? { lstrip: true } : {}),
      ...(json.flag(token.rstrip, "rstrip", false) ? { rstrip: true } : {}),
      ...(json.flag(token.single_word, "single_word", false) ? { singleWord: true } : {}),
    };
  });
}

function typesOf(model: Model, added: readonly AddedToken[], kind: VocabularyKind): Uint8Array {
  const types = Uint8Array.from(model.pieces, (piece) => {
    if (piece === "") return PIECE.unused;
    return model.byteFallback && byteOfPiece(piece) !== undefined ? PIECE.byte : PIECE.normal;
  });
  for (const { id, special } of added) types[id] = special ? PIECE.control : PIECE.userDefined;
  // Byte-level files name their end of text here for want of a better one; it stays what it is.
  if (kind !== "byte-bpe" && model.unkId !== undefined && model.unkId < types.length) {
    types[model.unkId] = PIECE.unknown;
  }
  return types;
}

interface SpecialIds {
  readonly known: { bosId?: number; eosId?: number; unkId?: number; padId?: number };
  readonly addBos: boolean;
  readonly addEos: boolean;
}

/** Special pieces by usual names, for a tokenizer.json without a tokenizer_config.json. */
const USUAL = {
  bos: ["<s>", "<|begin_of_text|>", "<|startoftext|>", "<bos>"],
  eos: ["</s>", "<|end_of_text|>", "<|endoftext|>", "<eos>"],
  pad: ["<pad>", "<|finetune_right_pad_id|>"],
} as const;

function specialIds(json: JsonReader, document: JsonObject, settings: JsonObject, model: Model): SpecialIds {
  const idOf = (text: string | undefined): number | undefined => {
    const id = text === undefined ? -1 : model.pieces.indexOf(text);
    return id < 0 ? undefined : id;
  };
  const named = (key: "bos" | "eos" | "pad"): number | undefined => {
    const value = settings[`${key}_token`];
    if (value !== undefined) return idOf(tokenText(value));
    return USUAL[key].map(idOf).find((id) => id !== undefined);
  };
  const [bosId, eosId, padId] = [named("bos"), named("eos"), named("pad")];
  const template = singleTemplate(json, document);
  const first = idOf(template.at(0));
  const last = idOf(template.at(-1));
  const addBos = settings.add_bos_token ?? (first !== undefined && first === bosId);
  const addEos = settings.add_eos_token ?? (template.length > 1 && last !== undefined && last === eosId);
  return {
    known: defined({ bosId, eosId, padId, unkId: model.unkId ?? idOf(tokenText(settings.unk_token)) }),
    addBos: addBos === true && bosId !== undefined,
    addEos: addEos === true && eosId !== undefined,
  };
}

/** A token in tokenizer_config.json: its text, or an object with it. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = typeof value === "object" && value !== null ? (value as JsonObject).content : undefined;
  return typeof content === "string" ? content : undefined;
}

/** The post-processor's template for one text: special tokens by name, the text itself as "". */
function singleTemplate(json: JsonReader, document: JsonObject): string[] {
  for (const component of flatten(json, document.post_processor, "processors", "post_processor")) {
    if (component.type !== "TemplateProcessing") continue;
    return json.list(component.single, "single").map((entry) => {
      const special = json.object(entry, "single").SpecialToken;
      return special === undefined
        ? ""
        : json.string(json.object(special, "SpecialToken").id, "SpecialToken");
    });
  }
  return [];
}

/** The chat template: a string, or the one named "default" of several. */
function chatTemplateOf(settings: JsonObject): string | undefined {
  const value = settings.chat_template;
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  for (const entry of value) {
    const { name, template } = (entry ?? {}) as JsonObject;
    if (name === "default" && typeof template === "string") return template;
  }
  return undefined;
}
