/**
 * Byte-level BPE: a pre-tokeniser splits text into words, the symbols are bytes, and of equally frequent
 * pairs the one whose halves have the lower ids merges first (as in Hugging Face's trainer). Ids: the 256
 * bytes in the order of GPT-2's alphabet, merges in order, then the caller's symbols, as in GPT-2 and Llama
 * 3.
 */
import { RequestError } from "../../base/errors.ts";
import { BYTE_CHARS } from "../byte-alphabet.ts";
import { writeHfTokenizer, writeHfTokenizerConfig } from "../hf-write.ts";
import { cutWords, defaultsOfPre, type Pass, passesOf } from "../pretokenizers.ts";
import { AddedTokenFinder } from "../special.ts";
import { pushUtf8, wellFormed } from "../text.ts";
import { findEnds, PIECE, type Vocabulary } from "../vocabulary.ts";
import { Cells, type WordSymbols } from "./cells.ts";
import type { Merge, Prepared, TrainedFiles, Training } from "./kind.ts";
import { stretchesOf } from "./lines.ts";
import { type MergeRules, Merger } from "./merger.ts";
import { type ByteSettings, type NamedSymbol, namedSymbols } from "./options.ts";
import type { Pace } from "./pace.ts";
import { SymbolStore } from "./symbol-store.ts";
import { WordTable } from "./word-table.ts";

/** Bytes in the order of their characters: "!" is 0, as in the files of GPT-2 and Llama 3. */
const BYTE_ORDER = Array.from(BYTE_CHARS.keys()).sort((a, b) => (BYTE_CHARS[a] < BYTE_CHARS[b] ? -1 : 1));

export class ByteTraining implements Training {
  #words = new WordTable();
  readonly #settings: ByteSettings;
  readonly #passes: readonly Pass[];
  readonly #named: readonly NamedSymbol[];
  readonly #finder: AddedTokenFinder;

  constructor(settings: ByteSettings) {
    this.#settings = settings;
    this.#passes = passesOf(settings.pre, "the tokenizer in training");
    this.#named = namedSymbols(settings);
    this.#finder = new AddedTokenFinder(
      this.#named.map(({ text: content }, id) => ({ id, content, special: false })),
    );
  }

  get distinctWords(): number {
    return this.#words.size;
  }

  linesOf(document: string): Iterable<string> {
    return stretchesOf(document);
  }

  count(line: string): boolean {
    for (const part of this.#finder.split(wellFormed(line), true)) {
      if (typeof part !== "string") continue;
      let from = 0;
      for (const to of cutWords(part, this.#passes)) {
        this.#words.add(part, from, to);
        from = to;
      }
    }
    return true;
  }

  async prepare(pace: Pace): Promise<Prepared> {
    const { vocabSize } = this.#settings;
    const fixed = 256 + this.#named.length;
    if (fixed > vocabSize) {
      throw new RequestError({
        doing: "train a tokenizer",
        expected: `a vocabSize of at least ${fixed} for 256 bytes and ${this.#named.length} symbols`,
        found: String(vocabSize),
      });
    }
    const symbols = new SymbolStore();
    const symbolOf = new Int32Array(256);
    for (const byte of BYTE_ORDER) symbolOf[byte] = symbols.addUnit(byte);
    const cells = new Cells(this.#symbolsOf(symbolOf));
    this.#words = new WordTable();
    const merger = await Merger.create(cells, symbols, this.#mergeRules(symbols), pace);
    return { merger, symbols, fixed, alphabetSize: 256, coverage: 1 };
  }

  #symbolsOf(symbolOf: Int32Array): WordSymbols {
    const words = this.#words;
    const bytes: number[] = [];
    return {
      size: words.size,
      countOf: (word) => words.countOf(word),
      lengthOf: (word) => words.byteLengthOf(word),
      write: (word, out, at) => {
        bytes.length = 0;
        words.eachCodePoint(word, (codePoint) => pushUtf8(bytes, codePoint));
        for (let i = 0; i < bytes.length; i++) out[at + i] = symbolOf[bytes[i]];
        return bytes.length;
      },
    };
  }

  #mergeRules(symbols: SymbolStore): MergeRules {
    const { maxPieceLength, minFrequency } = this.#settings;
    return {
      minFrequency,
      mayMerge: (left, right) => symbols.widthOf(left) + symbols.widthOf(right) <= maxPieceLength,
      isBefore: (left, right, otherLeft, otherRight) =>
        left < otherLeft || (left === otherLeft && right < otherRight),
    };
  }

  finish({ symbols }: Prepared, merges: readonly Merge[]): TrainedFiles {
    const pieces = Array.from({ length: symbols.size }, (_, symbol) =>
      Array.from(symbols.unitsOf(symbol), (byte) => BYTE_CHARS[byte]).join(""),
    );
    const vocabulary = this.#vocabulary(
      pieces,
      merges.map(({ left, right }) => `${pieces[left]} ${pieces[right]}`),
    );
    return {
      vocabulary,
      files: [
        { name: "tokenizer.json", bytes: writeHfTokenizer(vocabulary) },
        { name: "tokenizer_config.json", bytes: writeHfTokenizerConfig(vocabulary) },
      ],
    };
  }

  #vocabulary(learned: readonly string[], merges: readonly string[]): Vocabulary {
    const { pre, bosPiece, eosPiece, padPiece } = this.#settings;
    const pieces = [...learned, ...this.#named.map(({ text }) => text)];
    const types = new Uint8Array(pieces.length).fill(PIECE.normal);
    for (const [at, { role }] of this.#named.entries()) {
      types[learned.length + at] = role === "userDefined" ? PIECE.userDefined : PIECE.control;
    }
    const idOf = (key: "bosId" | "eosId" | "padId", text: string): { [key: string]: number } =>
      text === "" ? {} : { [key]: learned.length + this.#named.findIndex((symbol) => symbol.text === text) };
    const eos = idOf("eosId", eosPiece);
    const { ignoreMerges, addBos } = defaultsOfPre(pre);
    return {
      kind: "byte-bpe",
      name: "the trained tokenizer.json",
      pieces,
      scores: new Float32Array(pieces.length),
      types,
      merges,
      ignoreMerges,
      pre,
      added: this.#named.map(({ text, role }, at) => ({
        id: learned.length + at,
        content: text,
        special: role !== "userDefined",
      })),
      ...idOf("bosId", bosPiece),
      ...eos,
      ...idOf("padId", padPiece),
      ...findEnds(pieces, types, { eosId: eos.eosId }),
      addBos: addBos && bosPiece !== "",
      addEos: false,
      addSpacePrefix: false,
      spacePrefixAfterAdded: false,
      normalizer: { removeExtraWhitespaces: false },
    };
  }
}
