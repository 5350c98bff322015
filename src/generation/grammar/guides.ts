/** Guides for the texts of one model. */
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Grammar } from "./expression.ts";
import { Guide } from "./guide.ts";
import { TokenMasks } from "./masks.ts";
import { compileProgram } from "./program.ts";
import { TokenIndex } from "./token-index.ts";

/** Grammars that are kept, and bytes of all of them; the one used longest ago is dropped. */
const KEPT = 32;
const KEPT_BYTES = 128 << 20;

/** A model's tokens by bytes, and the grammars that were used last, with the masks found so far. */
export class Guides {
  readonly #tokenizer: Tokenizer;
  readonly #ends: readonly number[];
  readonly #vocabSize: number;
  readonly #kept = new Map<string, TokenMasks>();
  #index: TokenIndex | undefined;

  /**
   * @param ends tokens that end a text.
   * @param vocabSize number of logits.
   */
  constructor(tokenizer: Tokenizer, ends: readonly number[], vocabSize: number) {
    this.#tokenizer = tokenizer;
    this.#ends = ends;
    this.#vocabSize = vocabSize;
  }

  /**
   * A guide for one text.
   * @param key the same for the same grammar.
   * @param dropsSpace the text's first token loses its leading space; see `TokenStream.dropsSpace`.
   * @throws RequestError, UnsupportedError for a grammar that cannot be used.
   */
  guide(
    { key, compile }: { readonly key: string; readonly compile: () => Grammar },
    dropsSpace: boolean,
  ): Guide {
    const masks = this.#kept.get(key) ?? this.#compile(compile());
    this.#kept.delete(key);
    this.#kept.set(key, masks);
    this.#dropOld();
    return new Guide(masks, dropsSpace);
  }

  /** Texts that run keep what they use. */
  #dropOld(): void {
    let bytes = 0;
    for (const masks of this.#kept.values()) bytes += masks.byteLength;
    for (const [key, masks] of this.#kept) {
      if ((this.#kept.size <= KEPT && bytes <= KEPT_BYTES) || this.#kept.size === 1) return;
      bytes -= masks.byteLength;
      this.#kept.delete(key);
    }
  }

  #compile(grammar: Grammar): TokenMasks {
    const program = compileProgram(grammar);
    this.#index ??= new TokenIndex(this.#tokenizer, this.#ends, this.#vocabSize);
    return new TokenMasks(program, this.#index);
  }
}
