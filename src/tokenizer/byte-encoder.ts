/**
 * Byte-level BPE (GPT-2, Llama 3): text is split into words, and a word's UTF-8 bytes are merged by rank.
 * Words are cached, since text repeats them.
 */
import { BYTE_CHARS, bytesToAlphabet } from "./byte-alphabet.ts";
import { passesOfSteps } from "./cut-passes.ts";
import type { Encoder } from "./encoder.ts";
import { mergeSymbols } from "./merge.ts";
import { Merges } from "./merges.ts";
import { strip } from "./normalizer.ts";
import { cutWords, type Pass, passesOf } from "./pretokenizers.ts";
import { pushUnknown } from "./spm-encoder.ts";
import { WordCache } from "./text.ts";
import type { Vocabulary } from "./vocabulary.ts";

const utf8 = new TextEncoder();

export class ByteEncoder implements Encoder {
  readonly #vocabulary: Vocabulary;
  readonly #passes: readonly Pass[];
  readonly #merges: Merges;
  /** Symbol of each byte. */
  readonly #bytes: Int32Array;
  readonly #cache = new WordCache();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#passes =
      (vocabulary.cuts && passesOfSteps(vocabulary.cuts)) ??
      passesOf(vocabulary.pre ?? "default", vocabulary.name);
    this.#merges = new Merges(vocabulary, () => (id) => id);
    this.#bytes = Int32Array.from(BYTE_CHARS, (char) => this.#merges.symbols.intern(char));
  }

  encode(text: string, atStart: boolean, out: number[]): void {
    let normal = this.#normalize(text);
    if (this.#vocabulary.addSpacePrefix && atStart && !normal.startsWith(" ")) normal = ` ${normal}`;
    let start = 0;
    for (const end of cutWords(normal, this.#passes)) {
      const word = normal.slice(start, end);
      start = end;
      let ids = this.#cache.get(word);
      if (ids === undefined) {
        ids = this.#encodeWord(word);
        this.#cache.set(word, ids);
      }
      for (const id of ids) out.push(id);
    }
  }

  #normalize(text: string): string {
    const { form, lowercase, stripLeft, stripRight, prepend } = this.#vocabulary.normalizer;
    let normal = form === undefined ? text : text.normalize(form);
    if (lowercase) normal = normal.toLowerCase();
    if (stripLeft || stripRight) normal = strip(normal, stripLeft === true, stripRight === true);
    return prepend === undefined || normal === "" ? normal : prepend + normal;
  }

  #encodeWord(word: string): number[] {
    const bytes = utf8.encode(word);
    const known = this.#merges.symbols;
    if (this.#vocabulary.ignoreMerges) {
      const whole = known.find(bytesToAlphabet(bytes));
      if (whole !== undefined && whole < known.vocabSize) return [whole];
    }
    const symbols = Int32Array.from(bytes, (byte) => this.#bytes[byte]);
    const length = mergeSymbols(symbols, symbols.length, this.#merges.pairsFor(bytes.length));
    const ids: number[] = [];
    for (let i = 0; i < length; i++) this.#emit(symbols[i], ids);
    return ids;
  }

  /** A symbol that is not a piece is split into bytes; a byte that is not a piece is unknown. */
  #emit(symbol: number, ids: number[]): void {
    const known = this.#merges.symbols;
    const { vocabSize } = known;
    if (symbol < vocabSize) {
      ids.push(symbol);
      return;
    }
    for (const char of known.textOf(symbol)) {
      const byte = known.find(char);
      if (byte !== undefined && byte < vocabSize) ids.push(byte);
      else pushUnknown(this.#vocabulary, ids);
    }
  }
}
