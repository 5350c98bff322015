/**
 * Regular languages as deterministic automata over characters, for conditions that must hold together: a pattern and a
 * length, two patterns, a look-ahead, "any name except these". The result is an expression again.
 */
import { ANY, type CodePoints, codeOf, contains, intersect, subtract, union } from "../code-points.ts";
import { choice, EMPTY, type Expression, rule, sequence } from "../expression.ts";
import { GRAMMAR_LIMITS, tooComplex } from "../limits.ts";
import type { RuleTable } from "../rule-table.ts";
import { Nfa, tooMany } from "./nfa.ts";

/** No text continues there. */
const DEAD = -1;

export interface Dfa {
  /** Disjoint sets that together are the alphabet; other characters lead nowhere. */
  readonly sets: readonly CodePoints[];
  /** By state and set: the next state, or DEAD. State 0 is the start. */
  readonly next: readonly (readonly number[])[];
  readonly accepts: readonly boolean[];
}

/** @throws RequestError if it needs too many states. The expression must not contain rules. */
export function dfaOf(expression: Expression): Dfa {
  const nfa = new Nfa();
  const end = nfa.node();
  const start = nfa.add(expression, end);
  const sets = partition(nfa.edges.flatMap((edges) => edges.map(([set]) => set)));
  const states: number[][] = [];
  const numbers = new Map<string, number>();
  const numberOf = (nodes: number[]): number => {
    if (nodes.length === 0) return DEAD;
    const key = nodes.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (states.length >= GRAMMAR_LIMITS.regularStates) throw tooMany();
    numbers.set(key, states.length);
    return states.push(nodes) - 1;
  };
  numberOf(nfa.closure([start]));
  const next: number[][] = [];
  for (let state = 0; state < states.length; state++) {
    next.push(sets.map((set) => numberOf(nfa.closure(nfa.after(states[state], set[0])))));
  }
  return { sets, next, accepts: states.map((nodes) => nodes.includes(end)) };
}

/** The texts for which `keep` is true of being in `a` and being in `b`. `keep(false, false)` must be false. */
export function combine(a: Dfa, b: Dfa, keep: (inA: boolean, inB: boolean) => boolean): Dfa {
  const alphabet = commonSets(a, b);
  const pairs: [number, number][] = [[0, 0]];
  const numbers = new Map<string, number>([["0,0", 0]]);
  const isDead = (x: number, y: number): boolean => (x === DEAD && y === DEAD) || !couldKeep(x, y);
  const couldKeep = (x: number, y: number): boolean =>
    (x !== DEAD && y !== DEAD) || (x !== DEAD ? keep(true, false) : keep(false, true));
  const numberOf = (x: number, y: number): number => {
    if (isDead(x, y)) return DEAD;
    const key = `${x},${y}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (pairs.length >= GRAMMAR_LIMITS.regularStates) throw tooMany();
    numbers.set(key, pairs.length);
    return pairs.push([x, y]) - 1;
  };
  const step = ({ next }: Dfa, state: number, set: number): number =>
    state === DEAD || set === DEAD ? DEAD : next[state][set];
  const next: number[][] = [];
  for (let i = 0; i < pairs.length; i++) {
    const [x, y] = pairs[i];
    next.push(alphabet.map(({ inA, inB }) => numberOf(step(a, x, inA), step(b, y, inB))));
  }
  const accepts = pairs.map(([x, y]) => keep(x !== DEAD && a.accepts[x], y !== DEAD && b.accepts[y]));
  return { sets: alphabet.map(({ set }) => set), next, accepts };
}

/** Texts of both. */
export const both = (a: Dfa, b: Dfa): Dfa => combine(a, b, (inA, inB) => inA && inB);
/** Texts of `a` that are not in `b`. */
export const except = (a: Dfa, b: Dfa): Dfa => combine(a, b, (inA, inB) => inA && !inB);

/** Every text. */
export const ANY_TEXT: Dfa = { sets: [ANY], next: [[0]], accepts: [true] };

/** Whether the text is in the language. */
export function accepts({ sets, next, accepts: isEnd }: Dfa, text: string): boolean {
  let state = 0;
  for (const character of text) {
    const set = sets.findIndex((each) => contains(each, codeOf(character)));
    state = set < 0 ? DEAD : next[state][set];
    if (state === DEAD) return false;
  }
  return isEnd[state];
}

/** Whether no text is in the language. */
export function isNothing(dfa: Dfa): boolean {
  return !liveStates(dfa).has(0);
}

/** Number of characters of the shortest text; Infinity without any. */
export function shortestOf({ next, accepts: isEnd }: Dfa): number {
  let states = new Set([0]);
  const seen = new Set(states);
  for (let length = 0; states.size > 0; length++) {
    if ([...states].some((state) => isEnd[state])) return length;
    const reached = [...states].flatMap((state) => next[state]);
    states = new Set(reached.filter((state) => state !== DEAD && !seen.has(state)));
    for (const state of states) seen.add(state);
  }
  return Number.POSITIVE_INFINITY;
}

/** Texts that may be longer count as endless. */
const MAX_LENGTH = 1000;

/** Number of characters of the longest text; Infinity if there is none, or if it is not worth knowing. */
export function longestOf(dfa: Dfa): number {
  const live = liveStates(dfa);
  const known = new Map<number, number>();
  const open = new Set<number>();
  const visit = (state: number): number => {
    if (open.has(state) || open.size > MAX_LENGTH) return Number.POSITIVE_INFINITY;
    const found = known.get(state);
    if (found !== undefined) return found;
    open.add(state);
    const targets = [...new Set(dfa.next[state])].filter((target) => live.has(target));
    const longest = Math.max(
      dfa.accepts[state] ? 0 : Number.NEGATIVE_INFINITY,
      ...targets.map((each) => visit(each) + 1),
    );
    open.delete(state);
    known.set(state, longest);
    return longest;
  };
  return visit(0);
}

/**
 * The language as an expression: one rule per state.
 * @param write the expression of one character of a set.
 */
export function expressionOf(dfa: Dfa, write: (set: CodePoints) => Expression, rules: RuleTable): Expression {
  const live = liveStates(dfa);
  if (!live.has(0)) return choice();
  const names = dfa.next.map((_, state) => (live.has(state) ? rules.reserve("text") : ""));
  dfa.next.forEach((targets, state) => {
    const byTarget = new Map<number, CodePoints>();
    targets.forEach((target, at) => {
      if (live.has(target)) byTarget.set(target, union(byTarget.get(target) ?? [], dfa.sets[at]));
    });
    const options = [...byTarget].map(([target, set]) => sequence(write(set), rule(names[target])));
    if (live.has(state)) rules.set(names[state], choice(...options, ...(dfa.accepts[state] ? [EMPTY] : [])));
  });
  return rule(names[0]);
}

/** States from which a text can be completed. */
function liveStates({ next, accepts: isEnd }: Dfa): Set<number> {
  const before: number[][] = next.map(() => []);
  next.forEach((targets, state) => {
    for (const target of targets) if (target !== DEAD) before[target].push(state);
  });
  const live = new Set<number>();
  const queue = next.flatMap((_, state) => (isEnd[state] ? [state] : []));
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    if (live.has(state)) continue;
    live.add(state);
    queue.push(...before[state]);
  }
  return live;
}

/** Disjoint sets such that every given set is a union of some of them. */
function partition(given: readonly CodePoints[]): CodePoints[] {
  const unique = [...new Map(given.map((set) => [set.join(), set])).values()];
  let parts: CodePoints[] = [];
  for (const set of unique) {
    const rest = parts.reduce((left, part) => subtract(left, part), set);
    parts = parts
      .flatMap((part) => [intersect(part, set), subtract(part, set)])
      .filter(({ length }) => length > 0);
    if (rest.length > 0) parts.push(rest);
    if (parts.length > GRAMMAR_LIMITS.regularSets)
      throw tooComplex("combine patterns", "sets of characters", "regularSets");
  }
  return parts;
}

interface CommonSet {
  readonly set: CodePoints;
  /** Numbers of the sets of each automaton that contain it. */
  readonly inA: number;
  readonly inB: number;
}

function commonSets(a: Dfa, b: Dfa): CommonSet[] {
  const inBoth = a.sets.flatMap((x, inA) => b.sets.map((y, inB) => ({ set: intersect(x, y), inA, inB })));
  const rest = (own: readonly CodePoints[], other: readonly CodePoints[]): CodePoints[] =>
    own.map((set) => other.reduce((left, each) => subtract(left, each), set));
  const onlyA = rest(a.sets, b.sets).map((set, inA) => ({ set, inA, inB: DEAD }));
  const onlyB = rest(b.sets, a.sets).map((set, inB) => ({ set, inA: DEAD, inB }));
  return [...inBoth, ...onlyA, ...onlyB].filter(({ set }) => set.length > 0);
}
