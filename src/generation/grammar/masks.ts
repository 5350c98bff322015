/**
 * The allowed tokens of every state of a grammar, for one vocabulary. A mask has one bit per token (bit `t & 31` of word
 * `t >> 5`); it is computed once per state.
 */
import { Automaton, DEAD, type State } from "./automaton.ts";
import { GRAMMAR_LIMITS } from "./limits.ts";
import type { Program } from "./program.ts";
import type { RepeatedSet, TokenIndex } from "./token-index.ts";
import { addReadable, type TokenTrie } from "./token-trie.ts";

/** A set with fewer characters of ASCII is not worth a split: few tokens are made of it. */
const MIN_SET = 20;
const ASCII = 128;

/** Ranges of the bytes after the first one, for every first byte of a character beyond ASCII (Unicode, table 3-7). */
const LEADS: readonly (readonly [
  from: number,
  to: number,
  second: readonly [number, number],
  more: number,
])[] = [
  [0xc2, 0xdf, [0x80, 0xbf], 0],
  [0xe0, 0xe0, [0xa0, 0xbf], 1],
  [0xe1, 0xec, [0x80, 0xbf], 1],
  [0xed, 0xed, [0x80, 0x9f], 1],
  [0xee, 0xef, [0x80, 0xbf], 1],
  [0xf0, 0xf0, [0x90, 0xbf], 2],
  [0xf1, 0xf3, [0x80, 0xbf], 2],
  [0xf4, 0xf4, [0x80, 0x8f], 2],
];

export class TokenMasks {
  readonly automaton: Automaton;
  readonly index: TokenIndex;
  #masks: (Uint32Array | undefined)[] = [];
  #startMasks: (Uint32Array | undefined)[] = [];
  #maskBytes = 0;
  /** By set and state: the state after any one character of the set, DEAD, or 0 if it depends on the character. */
  #afterOne = new Map<string, Map<number, number>>();
  #sets = new Map<number, RepeatedSet | undefined>();

  constructor(program: Program, index: TokenIndex) {
    this.automaton = new Automaton(program);
    this.index = index;
  }

  /** Bytes that are kept, roughly. */
  get byteLength(): number {
    return this.automaton.byteLength + this.#maskBytes;
  }

  /**
   * The tokens that may follow, and the end tokens if the text may end.
   * @param atStart the token's leading space is dropped.
   */
  maskOf(state: State, atStart: boolean): Uint32Array {
    const known = (atStart ? this.#startMasks : this.#masks)[state.id];
    if (known !== undefined) return known;
    this.automaton.beginWork();
    const mask = atStart ? this.#walk(this.index.startTrie, state) : this.#compute(state);
    if (state.accepts) for (const id of this.index.ends) mask[id >> 5] |= 1 << (id & 31);
    (atStart ? this.#startMasks : this.#masks)[state.id] = mask;
    this.#maskBytes += mask.byteLength;
    return mask;
  }

  /** Frees memory if too much is kept. */
  tidy(): void {
    if (this.automaton.size < GRAMMAR_LIMITS.states && this.#maskBytes < GRAMMAR_LIMITS.maskBytes) return;
    this.automaton.forget();
    this.#masks = [];
    this.#startMasks = [];
    this.#maskBytes = 0;
    this.#afterOne.clear();
    this.#sets.clear();
  }

  #compute(state: State): Uint32Array {
    const set = this.#repeatedSet(state.id);
    const split = set === undefined ? undefined : this.index.split(set);
    const most =
      set === undefined || split === undefined ? undefined : this.#repeats(state.id, set, split.longest);
    if (split === undefined || most === undefined) return this.#walk(this.index.trie, state);
    return this.#walk(split.rest, state, split.upTo(most).slice());
  }

  #walk(trie: TokenTrie, state: State, mask = new Uint32Array(this.index.words)): Uint32Array {
    addReadable(trie, this.automaton, state.id, mask);
    return mask;
  }

  /** The characters that lead to the state to which most characters of ASCII lead. */
  #repeatedSet(state: number): RepeatedSet | undefined {
    if (this.#sets.has(state)) return this.#sets.get(state);
    const targets = Int32Array.from({ length: ASCII }, (_, byte) => this.automaton.step(state, byte));
    const counts = new Map<number, number>();
    for (const target of targets) if (target > 0) counts.set(target, (counts.get(target) ?? 0) + 1);
    const [best, size] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
    const made = size < MIN_SET ? undefined : this.#setOf(state, targets, best);
    this.#sets.set(state, made);
    return made;
  }

  #setOf(state: number, targets: Int32Array, target: number): RepeatedSet {
    const ascii = Uint8Array.from(targets, (each) => (each === target ? 1 : 0));
    const others = this.#afterOthers(state) === target;
    return { key: `${ascii.join("")}${others}`, ascii, others };
  }

  /**
   * How many characters of the set can follow, whichever they are: `longest` or more, or exactly so many.
   * Undefined if after some of them only some others can follow.
   */
  #repeats(state: number, set: RepeatedSet, longest: number): number | undefined {
    let at = state;
    for (let count = 0; count < longest; count++) {
      const next = this.#after(at, set);
      if (next === DEAD) return count;
      if (next === 0) return undefined;
      if (next === at) break;
      at = next;
    }
    return longest;
  }

  #after(state: number, set: RepeatedSet): number {
    let known = this.#afterOne.get(set.key);
    if (known === undefined) {
      known = new Map();
      this.#afterOne.set(set.key, known);
    }
    let next = known.get(state);
    if (next === undefined) {
      next = this.#findAfter(state, set);
      known.set(state, next);
    }
    return next;
  }

  #findAfter(state: number, { ascii, others }: RepeatedSet): number {
    const targets = new Set<number>();
    for (let byte = 0; byte < ASCII; byte++)
      if (ascii[byte] === 1) targets.add(this.automaton.step(state, byte));
    if (others) targets.add(this.#afterOthers(state));
    const [target] = targets;
    return targets.size === 1 ? target : 0;
  }

  /** The state after any one character beyond ASCII, DEAD if none can follow; 0 if it depends on the character. */
  #afterOthers(state: number): number {
    const targets = new Set<number>();
    for (const [from, to, second, more] of LEADS) {
      for (const afterFirst of this.#through([state], from, to)) {
        let states = this.#through([afterFirst], second[0], second[1]);
        for (let i = 0; i < more; i++) states = this.#through(states, 0x80, 0xbf);
        for (const each of states) targets.add(each);
      }
    }
    const [target] = targets;
    return targets.size === 1 ? target : 0;
  }

  /** States after each byte of a range; DEAD stays. */
  #through(states: readonly number[], from: number, to: number): number[] {
    const reached = new Set<number>();
    for (const state of states) {
      for (let byte = from; byte <= to; byte++)
        reached.add(state < 0 ? state : this.automaton.step(state, byte));
    }
    return [...reached];
  }
}
