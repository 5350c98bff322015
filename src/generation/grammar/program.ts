/**
 * A compiled grammar: nodes of an automaton over bytes. A place in a text is a node and a stack of frames: where to
 * continue after a rule, and how often a repetition has been done.
 */
import { RequestError } from "../../base/errors.ts";
import { EmptyTexts, namesIn, refuseLeftRecursion } from "./empty-texts.ts";
import type { Expression, Grammar } from "./expression.ts";
import { GRAMMAR_LIMITS, tooComplex } from "./limits.ts";
import { byteSequences, bytesOfControl, utf8 } from "./utf8.ts";

/** What a node does. */
export const NODE = {
  /** Reads a byte in one of its ranges. */
  bytes: 0,
  /** Continues at each of its targets. */
  split: 1,
  /** Matches a rule, then continues. */
  call: 2,
  /** Ends a rule. */
  end: 3,
  /** Begins a counted repetition. */
  enter: 4,
  /** Ends one round of a counted repetition. */
  round: 5,
} as const;

export interface Loop {
  readonly min: number;
  readonly max: number;
  /** First node of the body. */
  readonly body: number;
  readonly next: number;
}

/** Nodes by number. `targets[n]`: for bytes triples (low, high, node); for a call (rule's node, next node); for enter and round the loop. */
export interface Program {
  readonly kinds: readonly number[];
  readonly targets: readonly (readonly number[])[];
  readonly loops: readonly Loop[];
  readonly start: number;
  /** By node: frames that must be free above it, so that a text can be completed from it; Infinity: it never can. */
  readonly heights: Float64Array;
}

/** @throws RequestError for a grammar that exceeds a limit, is left recursive or matches no text. */
export function compileProgram({ rules: given, root }: Grammar): Program {
  const rules = new Map([...given, ["", root]]);
  const empties = new EmptyTexts(rules);
  refuseLeftRecursion(rules, empties);
  return new Compiler(rules, empties).program("");
}

/** Compiles expressions from their ends to their starts: `next` is the node that follows. */
class Compiler {
  readonly #rules: ReadonlyMap<string, Expression>;
  readonly #empties: EmptyTexts;
  readonly #kinds: number[] = [];
  readonly #targets: number[][] = [];
  readonly #loops: Loop[] = [];
  /** First node of each rule. */
  readonly #starts = new Map<string, number>();
  readonly #pending: string[] = [];
  readonly #end: number;

  constructor(rules: ReadonlyMap<string, Expression>, empties: EmptyTexts) {
    this.#rules = rules;
    this.#empties = empties;
    this.#end = this.#node(NODE.end, []);
  }

  program(root: string): Program {
    const start = this.#startOf(root);
    for (let name = this.#pending.pop(); name !== undefined; name = this.#pending.pop()) {
      this.#targets[this.#startOf(name)].push(this.#compile(this.#rules.get(name) as Expression, this.#end));
    }
    const program = { kinds: this.#kinds, targets: this.#targets, loops: this.#loops, start };
    const heights = heightsOf(program);
    if (heights[start] < GRAMMAR_LIMITS.depth) return { ...program, heights };
    throw new RequestError({
      doing: "compile a grammar",
      expected: "a grammar that some text matches",
      found: Number.isFinite(heights[start]) ? "one with too much nesting" : "one that no text can match",
      fix: "check for rules that never end and for conditions that exclude each other",
    });
  }

  #node(kind: number, targets: number[]): number {
    if (this.#kinds.length >= GRAMMAR_LIMITS.nodes) throw tooComplex("compile a grammar", "nodes", "nodes");
    this.#targets.push(targets);
    return this.#kinds.push(kind) - 1;
  }

  #startOf(name: string): number {
    const known = this.#starts.get(name);
    if (known !== undefined) return known;
    const start = this.#node(NODE.split, []);
    this.#starts.set(name, start);
    this.#pending.push(name);
    return start;
  }

  #compile(expression: Expression, next: number): number {
    switch (expression.kind) {
      case "literal":
        return this.#bytes(utf8(expression.text), next);
      case "token":
        return this.#bytes(bytesOfControl(expression.id), next);
      case "class":
        return this.#class(expression.set, next);
      case "sequence":
        return expression.parts.reduceRight((after, part) => this.#compile(part, after), next);
      case "choice":
        return this.#node(
          NODE.split,
          expression.options.map((option) => this.#compile(option, next)),
        );
      case "rule":
        // A rule at the end of another needs no frame to return to: right recursion stays flat.
        if (next === this.#end) return this.#startOf(expression.name);
        return this.#node(NODE.call, [this.#startOf(expression.name), next]);
      case "repeat":
        return this.#repeat(expression, next);
    }
  }

  #bytes(bytes: Uint8Array, next: number): number {
    return bytes.reduceRight((after, byte) => this.#node(NODE.bytes, [byte, byte, after]), next);
  }

  /** Characters of one encoded length share the nodes of their last bytes. */
  #class(set: readonly number[], next: number): number {
    const tails = new Map<string, number>();
    const first: number[] = [];
    for (const ranges of byteSequences(set)) {
      const [[low, high], ...rest] = ranges;
      let after = next;
      let key = "";
      for (const [from, to] of rest.reverse()) {
        key += `${from}-${to} `;
        const known = tails.get(key);
        after = known ?? this.#node(NODE.bytes, [from, to, after]);
        tails.set(key, after);
      }
      first.push(low, high, after);
    }
    return this.#node(NODE.bytes, first);
  }

  #repeat({ body: given, min: least, max }: Extract<Expression, { kind: "repeat" }>, next: number): number {
    const isNullable = this.#empties.has(given);
    const body = isNullable ? this.#empties.without(given) : given;
    const min = isNullable ? 0 : least;
    if (max === 1) return this.#node(NODE.split, [this.#compile(body, next), next]);
    if (max === Number.POSITIVE_INFINITY && min <= 1) {
      const again = this.#node(NODE.split, [next]);
      const start = this.#compile(body, again);
      this.#targets[again].push(start);
      return min === 0 ? again : start;
    }
    const round = this.#node(NODE.round, [this.#loops.length]);
    const enter = this.#node(NODE.enter, [this.#loops.length]);
    const at = this.#loops.push({ min, max, body: round, next }) - 1;
    this.#loops[at] = { min, max, body: this.#compile(body, round), next };
    return min === 0 ? this.#node(NODE.split, [enter, next]) : enter;
  }
}

/** Frames that each node needs; a node whose needs fall is a reason to look at the nodes before it again. */
function heightsOf({ kinds, targets, loops }: Omit<Program, "heights">): Float64Array {
  const heights = new Float64Array(kinds.length).fill(Number.POSITIVE_INFINITY);
  const before: number[][] = kinds.map(() => []);
  const nextNodes = (node: number): readonly number[] => {
    const own = targets[node];
    if (kinds[node] === NODE.bytes) return own.filter((_, i) => i % 3 === 2);
    if (kinds[node] === NODE.enter) return [loops[own[0]].body, loops[own[0]].next];
    return kinds[node] === NODE.round ? [] : own;
  };
  const evaluate = (node: number): number => {
    const next = nextNodes(node);
    if (kinds[node] === NODE.end || kinds[node] === NODE.round) return 0;
    if (kinds[node] === NODE.call || kinds[node] === NODE.enter)
      return Math.max(1 + heights[next[0]], heights[next[1]]);
    return next.reduce((least, other) => Math.min(least, heights[other]), Number.POSITIVE_INFINITY);
  };
  for (let node = 0; node < kinds.length; node++) for (const next of nextNodes(node)) before[next].push(node);
  const queue = kinds.map((_, node) => node);
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const height = evaluate(node);
    // What needs more than the limit can never be completed, like what needs infinitely much.
    if (!(height < heights[node]) || height > GRAMMAR_LIMITS.depth) continue;
    heights[node] = height;
    queue.push(...before[node]);
  }
  return heights;
}

/** @throws RequestError for a rule that is named but not defined. */
export function requireRules({ rules, root }: Grammar): void {
  for (const body of [root, ...rules.values()]) {
    const missing = [...namesIn(body)].find((name) => !rules.has(name));
    if (missing === undefined) continue;
    throw new RequestError({
      doing: "compile a grammar",
      expected: `a rule named "${missing.slice(0, 60)}"`,
      found: "none",
    });
  }
}
