/** Regular expressions as automata over characters, before they are made deterministic. */
import { type CodePoints, codeOf, contains } from "../code-points.ts";
import type { Expression } from "../expression.ts";
import { GRAMMAR_LIMITS, tooComplex } from "../limits.ts";

/** Nodes that are visited to find all states. */
const MAX_STEPS = 1 << 22;

/** The error of patterns that need too many states. */
export const tooMany = (): Error => tooComplex("combine patterns", "states", "regularStates");

/** An automaton with edges for characters and for nothing, built from the end (Thompson's construction). */
export class Nfa {
  readonly edges: [set: CodePoints, to: number][][] = [];
  readonly #free: number[][] = [];
  #steps = 0;

  node(): number {
    if (this.edges.length >= 8 * GRAMMAR_LIMITS.regularStates) throw tooMany();
    this.#free.push([]);
    return this.edges.push([]) - 1;
  }

  /** First node of the expression followed by `next`. */
  add(expression: Expression, next: number): number {
    switch (expression.kind) {
      case "class":
        return this.#edge(expression.set, next);
      case "literal":
        return Array.from(expression.text, codeOf).reduceRight(
          (after, code) => this.#edge([code, code], after),
          next,
        );
      case "sequence":
        return expression.parts.reduceRight((after, part) => this.add(part, after), next);
      case "choice":
        return this.#split(expression.options.map((option) => this.add(option, next)));
      case "repeat":
        return this.#repeat(expression, next);
      default:
        throw new Error(`Internal error: a ${expression.kind} in a regular expression`);
    }
  }

  #edge(set: CodePoints, to: number): number {
    const made = this.node();
    this.edges[made].push([set, to]);
    return made;
  }

  #split(targets: number[]): number {
    const made = this.node();
    this.#free[made].push(...targets);
    return made;
  }

  #repeat({ body, min, max }: Extract<Expression, { kind: "repeat" }>, next: number): number {
    let start = next;
    if (max === Number.POSITIVE_INFINITY) {
      start = this.#split([next]);
      this.#free[start].push(this.add(body, start));
    } else {
      for (let i = min; i < max; i++) start = this.#split([this.add(body, start), next]);
    }
    for (let i = 0; i < min; i++) start = this.add(body, start);
    return start;
  }

  /** All nodes that are reached without a character, in order. */
  closure(nodes: readonly number[]): number[] {
    const reached = new Set<number>();
    const open = [...nodes];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (reached.has(node)) continue;
      reached.add(node);
      if (++this.#steps > MAX_STEPS) throw tooMany();
      open.push(...this.#free[node]);
    }
    // Nodes without edges matter only at the end, which has none.
    return [...reached].filter((node) => node === 0 || this.edges[node].length > 0).sort((a, b) => a - b);
  }

  after(nodes: readonly number[], code: number): number[] {
    return nodes.flatMap((node) =>
      this.edges[node].flatMap(([set, to]) => (contains(set, code) ? [to] : [])),
    );
  }
}
