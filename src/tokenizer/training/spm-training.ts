/**
 * SentencePiece's BPE ([SentencePiece], bpe_model_trainer.cc): lines start with a space, spaces become "▁",
 * pieces obey `PieceRules`; of equally frequent pairs the shorter one merges first, then the first in
 * code-point order.
 */
import { RequestError } from "../../base/errors.ts";
import { AddedTokenFinder } from "../special.ts";
import { SPACE_MARK, wellFormed } from "../text.ts";
import { bytePiece, PIECE } from "../vocabulary.ts";
import { type Alphabet, chooseAlphabet } from "./alphabet.ts";
import { Cells, GAP, type WordSymbols } from "./cells.ts";
import type { Merge, Prepared, TrainedFiles, Training } from "./kind.ts";
import { sentencesOf } from "./lines.ts";
import { type MergeRules, Merger } from "./merger.ts";
import { type NamedSymbol, namedSymbols, type SpmSettings } from "./options.ts";
import type { Pace } from "./pace.ts";
import { BOUNDARY_CHAR, PieceRules } from "./piece-rules.ts";
import { type SpmPiece, spmFiles } from "./spm-file.ts";
import { SymbolStore } from "./symbol-store.ts";
import { WordTable } from "./word-table.ts";

const TYPES: Readonly<Record<NamedSymbol["role"], number>> = {
  unk: PIECE.unknown,
  bos: PIECE.control,
  eos: PIECE.control,
  pad: PIECE.control,
  control: PIECE.control,
  userDefined: PIECE.userDefined,
};

const utf8 = new TextEncoder();

export class SpmTraining implements Training {
  #words = new WordTable();
  readonly #settings: SpmSettings;
  readonly #rules: PieceRules;
  /** Pieces that do not depend on text: named symbols, then bytes. */
  readonly #meta: readonly SpmPiece[];
  /** Finds their texts, from which no piece is learned. */
  readonly #finder: AddedTokenFinder;

  constructor(settings: SpmSettings) {
    this.#settings = settings;
    this.#rules = new PieceRules(settings);
    const bytes = settings.byteFallback ? Array.from({ length: 256 }, (_, byte) => bytePiece(byte)) : [];
    this.#meta = [
      ...namedSymbols(settings).map(({ text, role }) => ({ text, score: 0, type: TYPES[role] })),
      ...bytes.map((text) => ({ text, score: 0, type: PIECE.byte })),
    ];
    this.#finder = new AddedTokenFinder(
      this.#meta.map(({ text: content }, id) => ({ id, content, special: false })),
    );
  }

  get distinctWords(): number {
    return this.#words.size;
  }

  linesOf(document: string): Iterable<string> {
    return sentencesOf(document);
  }

  count(line: string): boolean {
    if (this.#isTooLong(line)) return false;
    const prefix = this.#settings.addDummyPrefix ? SPACE_MARK : "";
    const normal = prefix + wellFormed(line).replaceAll(" ", SPACE_MARK);
    for (const part of this.#finder.split(normal, true)) {
      if (typeof part === "string") this.#rules.cut(part, (from, to) => this.#words.add(part, from, to));
      else this.#words.add(BOUNDARY_CHAR, 0, 1);
    }
    return true;
  }

  #isTooLong(line: string): boolean {
    const { maxLineBytes } = this.#settings;
    return line.length * 3 > maxLineBytes && utf8.encode(line).length > maxLineBytes;
  }

  async prepare(pace: Pace): Promise<Prepared> {
    const { characterCoverage, requiredChars } = this.#settings;
    const known = new Set(this.#meta.map(({ text }) => text));
    const required = Array.from(requiredChars, (char) => (char === " " ? SPACE_MARK : char));
    const alphabet = chooseAlphabet(
      this.#words,
      characterCoverage,
      required.filter((char) => !known.has(char)).join(""),
    );
    this.#checkRoom(alphabet);
    const symbols = new SymbolStore();
    const symbolOf = new Map(alphabet.codePoints.map((codePoint) => [codePoint, symbols.addUnit(codePoint)]));
    const cells = new Cells(this.#symbolsOf(symbolOf));
    this.#words = new WordTable();
    return {
      merger: await Merger.create(cells, symbols, this.#mergeRules(symbols), pace),
      symbols,
      fixed: this.#meta.length + alphabet.codePoints.length,
      alphabetSize: alphabet.codePoints.length,
      coverage: alphabet.coverage,
    };
  }

  #symbolsOf(symbolOf: ReadonlyMap<number, number>): WordSymbols {
    const words = this.#words;
    return {
      size: words.size,
      countOf: (word) => words.countOf(word),
      lengthOf: (word) => words.lengthOf(word),
      write: (word, out, start) => {
        let at = start;
        words.eachCodePoint(word, (codePoint) => {
          out[at++] = symbolOf.get(codePoint) ?? GAP;
        });
        return at - start;
      },
    };
  }

  #mergeRules(symbols: SymbolStore): MergeRules {
    const { maxPieceLength, minFrequency } = this.#settings;
    const scratch = new Uint32Array(maxPieceLength);
    const widthOf = (left: number, right: number): number => symbols.widthOf(left) + symbols.widthOf(right);
    return {
      minFrequency,
      mayMerge: (left, right) =>
        widthOf(left, right) <= maxPieceLength &&
        this.#rules.isPiece(scratch, symbols.copyPair(left, right, scratch)),
      isBefore: (a, b, c, d) => {
        const order = widthOf(a, b) - widthOf(c, d) || symbols.comparePairs(a, b, c, d);
        // The same text split in two ways: SentencePiece's order depends on chance; here the shorter left
        // half is first.
        return order < 0 || (order === 0 && symbols.widthOf(a) < symbols.widthOf(c));
      },
    };
  }

  #checkRoom({ codePoints }: Alphabet): void {
    const { vocabSize, byteFallback, characterCoverage } = this.#settings;
    const least = this.#meta.length + codePoints.length;
    if (least <= vocabSize) return;
    const bytes = byteFallback ? 256 : 0;
    const parts = [
      `${this.#meta.length - bytes} symbols`,
      ...(byteFallback ? ["256 bytes"] : []),
      `${codePoints.length} characters`,
    ];
    throw new RequestError({
      doing: "train a tokenizer",
      expected: `a vocabSize of at least ${least} for ${parts.join(", ")}`,
      found: String(vocabSize),
      fix: `raise it, or lower characterCoverage (${characterCoverage}, at least 0.98)`,
    });
  }

  finish({ symbols, alphabetSize }: Prepared, merges: readonly Merge[]): TrainedFiles {
    // As in SentencePiece: merged pieces first, in order, then the single characters; scores decrease by one.
    const learned = [...merges.map(({ product }) => product), ...Array(alphabetSize).keys()];
    const normal = learned.map((symbol, rank) => ({
      text: symbols.textOf(symbol),
      score: -rank,
      type: PIECE.normal,
    }));
    return spmFiles([...this.#meta, ...normal], this.#settings);
  }
}
