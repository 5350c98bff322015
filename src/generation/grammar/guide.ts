/** Keeps one text inside a grammar: which tokens may follow, and whether the text is complete. */
import { assert, RequestError } from "../../base/errors.ts";
import type { State } from "./automaton.ts";
import type { TokenMasks } from "./masks.ts";

/** Bytes that are looked ahead. */
const FORCED = 128;

export class Guide {
  readonly #masks: TokenMasks;
  #state: State;
  #epoch: number;
  /** SentencePiece's decoder drops a space at the start of the text. */
  #dropsSpace: boolean;

  /** @param dropsSpace the text's first token loses its leading space. */
  constructor(masks: TokenMasks, dropsSpace = false) {
    this.#masks = masks;
    this.#state = masks.automaton.start;
    this.#epoch = masks.automaton.epoch;
    this.#dropsSpace = dropsSpace;
  }

  /**
   * A bit per token (bit `t & 31` of word `t >> 5`): those that may follow. Valid until the next call; not to be changed.
   * @throws RequestError if there is none, because the vocabulary cannot write what the grammar demands.
   */
  allowed(): Uint32Array {
    this.#refresh();
    const mask = this.#masks.maskOf(this.#state, this.#dropsSpace);
    if (mask.some((word) => word !== 0)) return mask;
    throw new RequestError({
      doing: "continue a text by its grammar",
      expected: "a token that the grammar allows",
      found: "none in the vocabulary",
      fix: "use a grammar whose characters the model's vocabulary has",
    });
  }

  /** Takes the chosen token. End tokens are not taken. */
  accept(token: number): void {
    this.#refresh();
    const { automaton, index } = this.#masks;
    automaton.beginWork();
    let id = this.#state.id;
    const bytes = index.bytesOf(token, this.#dropsSpace);
    assert(bytes.length > 0, "a token was chosen that no grammar allows");
    for (const byte of bytes) {
      id = automaton.step(id, byte);
      assert(id > 0, "a token was chosen that the grammar does not allow");
    }
    this.#state = automaton.state(id);
    this.#dropsSpace = false;
  }

  /**
   * Tokens that are likely to follow because the grammar leaves no other text: the longest ones. The model may split the
   * same text into others, so they are only a guess.
   */
  likely(most: number): number[] {
    if (this.#dropsSpace) return [];
    this.#refresh();
    const { automaton, index } = this.#masks;
    automaton.beginWork();
    const bytes: number[] = [];
    let state = this.#state.id;
    for (
      let byte = automaton.onlyByte(state);
      byte >= 0 && bytes.length < FORCED;
      byte = automaton.onlyByte(state)
    ) {
      bytes.push(byte);
      state = automaton.step(state, byte);
    }
    return index.longestTokens(bytes, most);
  }

  /** True if the text may end here. */
  get canEnd(): boolean {
    return this.#state.accepts;
  }
  /** True if the text must end here. */
  get isComplete(): boolean {
    return this.#state.accepts && this.#state.nodes.length === 0;
  }

  #refresh(): void {
    this.#masks.tidy();
    const { automaton } = this.#masks;
    if (automaton.epoch === this.#epoch) return;
    this.#state = automaton.recall(this.#state);
    this.#epoch = automaton.epoch;
  }
}
