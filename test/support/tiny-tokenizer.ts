/** A small SentencePiece-style vocabulary for tests: three control pieces, all bytes, letters and a few merges. */
import { PIECE, Tokenizer, type Vocabulary } from "../../src/tokenizer/index.ts";

const WORDS = ["▁", "e", "t", "a", "o", "n", "h", "he", "the", "▁the", "an", "▁an", "to", "▁to"];

export function tinyVocabulary(changes: Partial<Vocabulary> = {}): Vocabulary {
  const control = ["<unk>", "<s>", "</s>"];
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
  const pieces = [...control, ...bytes, ...WORDS];
  const types = pieces.map((_, id) => {
    if (id === 0) return PIECE.unknown;
    if (id < control.length) return PIECE.control;
    return id < control.length + bytes.length ? PIECE.byte : PIECE.normal;
  });
  const scores = pieces.map((_, id) => (types[id] === PIECE.normal ? -(id - 259) : 0));
  return {
    kind: "spm-bpe",
    name: "a tiny test vocabulary",
    pieces,
    scores: Float32Array.from(scores),
    types: Uint8Array.from(types),
    ignoreMerges: false,
    added: control.map((content, id) => ({ id, content, special: true })),
    bosId: 1,
    eosId: 2,
    unkId: 0,
    eogIds: [2],
    addBos: true,
    addEos: false,
    addSpacePrefix: true,
    spacePrefixAfterAdded: true,
    normalizer: { removeExtraWhitespaces: false },
    ...changes,
  };
}

export function tinyTokenizer(changes: Partial<Vocabulary> = {}): Tokenizer {
  return new Tokenizer(tinyVocabulary(changes));
}
