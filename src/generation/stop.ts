/**
 * When a text ends: stop strings, end tokens, and the token count. Stop strings are matched on text, across
 * token and piece boundaries, by an automaton (Aho and Corasick) over UTF-16 units. Text that could still become
 * a stop string is held back; a stop string itself is never emitted. The split of the text into pieces makes no
 * difference: the match that ends first wins, and of those that end together the longest.
 */
import { RequestError } from "../base/errors.ts";
import { COUNT, checkNumber, checkToken, show } from "../schema/numbers.ts";

const MAX_STOPS = 256;
const MAX_STOP_LENGTH = 4096;

interface Node {
  readonly next: Map<number, Node>;
  /** The node of the longest proper suffix that is also a prefix of a stop string. */
  fail: Node | undefined;
  readonly depth: number;
  /** The longest stop string that ends here. */
  stop: string | undefined;
}

export interface StopPush {
  /** Text that may be emitted. */
  readonly text: string;
  /** The stop string found; nothing may be pushed after it. */
  readonly stop?: string;
}

/** Holds back the longest suffix of a stream that could still become a stop string. */
export class StopMatcher {
  readonly #root: Node;
  #state: Node;
  #held = "";

  /** @throws RequestError unless `stops` are at most 256 non-empty strings of at most 4096 units. */
  constructor(stops: readonly string[]) {
    this.#root = buildAutomaton(checkStops(stops));
    this.#state = this.#root;
  }

  push(piece: string): StopPush {
    const text = this.#held + piece;
    for (let i = this.#held.length; i < text.length; i++) {
      this.#state = this.#step(text.charCodeAt(i));
      const { stop } = this.#state;
      if (stop === undefined) continue;
      this.reset();
      return { text: text.slice(0, i + 1 - stop.length), stop };
    }
    const safe = text.length - this.#state.depth;
    this.#held = text.slice(safe);
    return { text: text.slice(0, safe) };
  }

  /** True while text is held back. */
  get holds(): boolean {
    return this.#held !== "";
  }

  /** Returns the held-back text at the end of the stream. */
  flush(): string {
    const held = this.#held;
    this.reset();
    return held;
  }

  reset(): void {
    this.#held = "";
    this.#state = this.#root;
  }

  #step(unit: number): Node {
    for (let node: Node | undefined = this.#state; node !== undefined; node = node.fail) {
      const next = node.next.get(unit);
      if (next !== undefined) return next;
    }
    return this.#root;
  }
}

function checkStops(stops: unknown): readonly string[] {
  const isStop = (s: unknown) => typeof s === "string" && s.length > 0 && s.length <= MAX_STOP_LENGTH;
  if (!Array.isArray(stops) || stops.length > MAX_STOPS || !stops.every(isStop)) {
    const wrong = Array.isArray(stops) ? (stops.find((s) => !isStop(s)) ?? stops) : stops;
    throw new RequestError({
      doing: 'use the option "stop"',
      expected: `at most ${MAX_STOPS} strings of 1 to ${MAX_STOP_LENGTH} characters`,
      found: show(wrong),
    });
  }
  return stops;
}

function buildAutomaton(stops: readonly string[]): Node {
  const make = (depth: number): Node => ({ next: new Map(), fail: undefined, depth, stop: undefined });
  const root = make(0);
  for (const stop of stops) {
    let node = root;
    for (let i = 0; i < stop.length; i++) {
      const unit = stop.charCodeAt(i);
      let next = node.next.get(unit);
      if (next === undefined) {
        next = make(i + 1);
        node.next.set(unit, next);
      }
      node = next;
    }
    node.stop = stop;
  }
  const queue: Node[] = [root];
  for (const node of queue) {
    for (const [unit, child] of node.next) {
      let fail = node.fail;
      while (fail !== undefined && !fail.next.has(unit)) fail = fail.fail;
      child.fail = fail?.next.get(unit) ?? root;
      child.stop ??= child.fail.stop;
      queue.push(child);
    }
  }
  return root;
}

/**
 * Why a text ended. `"eos"`: an end token; `"stop"`: a stop string or stop token; `"length"`: maxTokens; `"complete"`:
 * its grammar allows nothing more.
 */
export type Finish =
  | { readonly reason: "eos"; readonly token: number }
  | { readonly reason: "stop"; readonly stop: string }
  | { readonly reason: "stop"; readonly token: number }
  | { readonly reason: "length" }
  | { readonly reason: "complete" };
export type FinishReason = Finish["reason"];

export interface StopOptions {
  /** Default none. */
  readonly stop?: readonly string[] | undefined;
  /** Default: no limit but the context's. */
  readonly maxTokens?: number | undefined;
  /** The vocabulary's end-of-generation tokens. */
  readonly eogTokens?: readonly number[] | undefined;
  /** Further tokens that end the text. */
  readonly stopTokens?: readonly number[] | undefined;
}

export interface StopStep {
  readonly text: string;
  readonly finish?: Finish;
}

/** All stop rules together; `push` receives each token and its decoded text. */
export class StopRules {
  readonly #matcher: StopMatcher;
  readonly #eog: ReadonlySet<number>;
  readonly #stopTokens: ReadonlySet<number>;
  readonly #maxTokens: number;
  #tokens = 0;

  /** @throws RequestError for options of the wrong kind. */
  constructor({ stop = [], maxTokens, eogTokens = [], stopTokens = [] }: StopOptions) {
    if (maxTokens !== undefined) checkNumber("maxTokens", maxTokens, COUNT);
    for (const token of eogTokens) checkToken("eogTokens", token, 2 ** 31);
    for (const token of stopTokens) checkToken("stopTokens", token, 2 ** 31);
    this.#matcher = new StopMatcher(stop);
    this.#maxTokens = maxTokens ?? Infinity;
    this.#eog = new Set(eogTokens);
    this.#stopTokens = new Set(stopTokens);
  }

  /** Number of counted tokens: all except the one that ended the text. */
  get tokenCount(): number {
    return this.#tokens;
  }

  /** Tokens that may still be generated. */
  get remaining(): number {
    return this.#maxTokens - this.#tokens;
  }

  /** True when no further token may be generated; for maxTokens 0, even before the first. */
  get exhausted(): boolean {
    return this.#tokens >= this.#maxTokens;
  }

  /** True for a token that ends the text and is not part of it. */
  ends(token: number): boolean {
    return this.#eog.has(token) || this.#stopTokens.has(token);
  }
  /** True while text is held back, because a stop string may have begun. */
  get holds(): boolean {
    return this.#matcher.holds;
  }

  /**
   * @param text the text that the token added to the decoded text: "" while a character is incomplete. The text of end
   * and stop tokens is dropped.
   */
  push(token: number, text: string): StopStep {
    if (this.#eog.has(token)) return { text: this.flush(), finish: { reason: "eos", token } };
    if (this.#stopTokens.has(token)) return { text: this.flush(), finish: { reason: "stop", token } };
    this.#tokens++;
    const pushed = this.#matcher.push(text);
    if (pushed.stop !== undefined)
      return { text: pushed.text, finish: { reason: "stop", stop: pushed.stop } };
    if (!this.exhausted) return { text: pushed.text };
    return { text: pushed.text + this.flush(), finish: { reason: "length" } };
  }

  /** Returns the held-back text, for callers that end a text themselves (abort, full context). */
  flush(): string {
    return this.#matcher.flush();
  }
}
