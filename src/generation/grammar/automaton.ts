/**
 * Follows a program byte by byte. A state is the set of all places at which a text can be; equal sets are the same
 * state, and transitions are computed once, when first needed. So the automaton of a text that was seen before is a
 * table. Places are bounded in number and depth, and the work for one question in steps.
 */
import { GRAMMAR_LIMITS, type GrammarLimit, tooComplex } from "./limits.ts";
import { NODE, type Program } from "./program.ts";

/** One entry of the stack: the node to continue at after a rule, or the rounds that a repetition has begun. */
interface Frame {
  readonly id: number;
  /** Node after the rule; −1 in a frame of a repetition. */
  readonly next: number;
  readonly loop: number;
  readonly count: number;
  readonly below: Frame | undefined;
  readonly depth: number;
  /** Frames directly above this one, by key. */
  readonly above: Map<number, Frame>;
}

interface Place {
  readonly node: number;
  readonly frame: Frame;
}

export interface State {
  /** Number of the state; row of its transitions. */
  readonly id: number;
  /** Nodes that read a byte, and the stack below each. */
  readonly nodes: readonly number[];
  readonly frames: readonly Frame[];
  /** True if the text may end here. */
  readonly accepts: boolean;
}

/** No text continues there. */
export const DEAD = -1;

const FRAME_SPAN = 2 ** 26;
const COUNT_SPAN = 2 ** 31;

export class Automaton {
  readonly #program: Program;
  /** Places from which a byte was read, and what follows without reading; empty between calls. */
  readonly #openNodes: number[] = [];
  readonly #openFrames: Frame[] = [];
  readonly #seen = new Set<number>();
  #states: State[] = [];
  #byKey = new Map<string, State>();
  /** 256 entries per state: 0 unknown, −1 dead, else the next state. */
  #table = new Int32Array(64 << 8);
  #frameCount = 0;
  #ground: Frame;
  #start: State;
  #steps = 0;
  #epoch = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#ground = this.#frame(undefined, -1, 0, 0);
    this.#start = this.#restart();
  }

  /** The state before any text. */
  get start(): State {
    return this.#start;
  }
  /** Number of states since the last `forget`. */
  get size(): number {
    return this.#states.length;
  }
  /** Bytes of the transitions, which are most of what is kept. */
  get byteLength(): number {
    return this.#table.byteLength;
  }
  /** Changes when states were forgotten; states of an earlier epoch must be found again with `recall`. */
  get epoch(): number {
    return this.#epoch;
  }

  state(id: number): State {
    return this.#states[id];
  }

  /** Begins to count steps: the next questions together may take `GRAMMAR_LIMITS.maskSteps`. */
  beginWork(): void {
    this.#steps = 0;
  }

  /**
   * The state after a byte, or DEAD.
   * @throws RequestError if the grammar needs more places, states or steps than allowed.
   */
  step(state: number, byte: number): number {
    const known = this.#table[(state << 8) | byte];
    return known === 0 ? this.#compute(state, byte) : known;
  }

  /** The byte that must follow; −1 if several can, or if the text may end. */
  onlyByte(id: number): number {
    const { nodes, accepts } = this.#states[id];
    let only = -1;
    for (const node of accepts ? [] : nodes) {
      const [low, high] = this.#program.targets[node];
      const isOne = low === high && this.#program.targets[node].length === 3;
      if (!isOne || (only >= 0 && low !== only)) return -1;
      only = low;
    }
    return only;
  }

  /** Forgets all states, to free their memory. */
  forget(): void {
    this.#epoch++;
    this.#restart();
  }

  /** The present state with the same places as one of an earlier epoch. */
  recall(old: State): State {
    const frames = old.frames.map((frame) => this.#recallFrame(frame));
    return this.#intern(
      old.nodes.map((node, i) => ({ node, frame: frames[i] })),
      old.accepts,
    );
  }

  #restart(): State {
    this.#states = [];
    this.#byKey = new Map();
    this.#table = new Int32Array(64 << 8);
    this.#frameCount = 0;
    this.#ground = this.#frame(undefined, -1, 0, 0);
    // State 0 is never a target, so that 0 can mean "unknown".
    this.#states.push({ id: 0, nodes: [], frames: [], accepts: false });
    this.#steps = 0;
    this.#open(this.#program.start, this.#ground);
    this.#start = this.#close() as State;
    return this.#start;
  }

  #recallFrame(frame: Frame): Frame {
    if (frame.below === undefined) return this.#ground;
    return this.#push(this.#recallFrame(frame.below), frame.next, frame.loop, frame.count);
  }

  #frame(below: Frame | undefined, next: number, loop: number, count: number): Frame {
    const depth = below === undefined ? 0 : below.depth + 1;
    return { id: this.#frameCount++, next, loop, count, below, depth, above: new Map() };
  }

  #push(below: Frame, next: number, loop: number, count: number): Frame {
    const key = next >= 0 ? -1 - next : loop * COUNT_SPAN + count;
    const known = below.above.get(key);
    if (known !== undefined) return known;
    if (this.#frameCount >= FRAME_SPAN) throw tooComplex("follow a grammar", "states", "states");
    const made = this.#frame(below, next, loop, count);
    below.above.set(key, made);
    return made;
  }

  #compute(id: number, byte: number): number {
    const { targets } = this.#program;
    const { nodes, frames } = this.#states[id];
    for (let i = 0; i < nodes.length; i++) {
      const ranges = targets[nodes[i]];
      for (let r = 0; r < ranges.length; r += 3) {
        if (byte >= ranges[r] && byte <= ranges[r + 1]) this.#open(ranges[r + 2], frames[i]);
      }
    }
    const result = this.#close()?.id ?? DEAD;
    this.#table[(id << 8) | byte] = result;
    return result;
  }

  #open(node: number, frame: Frame): void {
    this.#openNodes.push(node);
    this.#openFrames.push(frame);
  }

  /** Follows everything that reads no byte from the open places. Undefined if no place is left. */
  #close(): State | undefined {
    const { heights, kinds } = this.#program;
    this.#seen.clear();
    const places: Place[] = [];
    let accepts = false;
    for (let node = this.#openNodes.pop(); node !== undefined; node = this.#openNodes.pop()) {
      const frame = this.#openFrames.pop() as Frame;
      const key = node * FRAME_SPAN + frame.id;
      if (frame.depth + heights[node] > GRAMMAR_LIMITS.depth || this.#seen.has(key)) continue;
      this.#seen.add(key);
      if (++this.#steps > GRAMMAR_LIMITS.maskSteps) throw this.#tooComplex("steps for a token", "maskSteps");
      if (kinds[node] === NODE.bytes) places.push({ node, frame });
      else if (this.#follow(node, frame)) accepts = true;
    }
    if (places.length > GRAMMAR_LIMITS.configurations)
      throw this.#tooComplex("readings of a text at once", "configurations");
    return places.length === 0 && !accepts ? undefined : this.#intern(places, accepts);
  }

  #tooComplex(what: string, limit: GrammarLimit): Error {
    this.#openNodes.length = 0;
    this.#openFrames.length = 0;
    return tooComplex("follow a grammar", what, limit);
  }

  /** Adds the places after a node that reads nothing. @returns true at the end of the grammar. */
  #follow(node: number, frame: Frame): boolean {
    const { kinds, targets, loops } = this.#program;
    const own = targets[node];
    switch (kinds[node]) {
      case NODE.split:
        for (const target of own) this.#open(target, frame);
        return false;
      case NODE.call:
        this.#open(own[0], this.#push(frame, own[1], 0, 0));
        return false;
      case NODE.enter:
        this.#open(loops[own[0]].body, this.#push(frame, -1, own[0], 1));
        return false;
      case NODE.round: {
        const { min, max, body, next } = loops[own[0]];
        const below = frame.below as Frame;
        // Beyond the least count of an unlimited repetition, counts make no difference.
        const count = Math.min(
          frame.count + 1,
          max === Number.POSITIVE_INFINITY ? Math.max(min, 1) : max + 1,
        );
        if (frame.count >= min) this.#open(next, below);
        if (count <= max) this.#open(body, this.#push(below, -1, own[0], count));
        return false;
      }
      default:
        if (frame.below === undefined) return true;
        this.#open(frame.next, frame.below);
        return false;
    }
  }

  #intern(places: readonly Place[], accepts: boolean): State {
    const sorted =
      places.length === 1 ? places : [...places].sort((a, b) => a.node - b.node || a.frame.id - b.frame.id);
    let key = accepts ? "+" : "";
    for (const { node, frame } of sorted) key += `${node}.${frame.id},`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const id = this.#states.length;
    // One question may exceed the number of states that are kept; they are forgotten after it.
    if (id >= 4 * GRAMMAR_LIMITS.states) throw this.#tooComplex("states", "states");
    if ((id + 1) << 8 > this.#table.length) {
      const grown = new Int32Array(this.#table.length * 2);
      grown.set(this.#table);
      this.#table = grown;
    }
    const state: State = {
      id,
      nodes: sorted.map(({ node }) => node),
      frames: sorted.map(({ frame }) => frame),
      accepts,
    };
    this.#states.push(state);
    this.#byKey.set(key, state);
    return state;
  }
}
