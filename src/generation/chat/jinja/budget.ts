/**
 * Limits on the cost of rendering. A template comes with a model file and may be hostile: nested loops, doubling
 * strings, endless macros. Every evaluated node costs a step. Every string costs its length when it is read or made,
 * plus the memory of each run (stretch of one origin) and each element. Both budgets can run out.
 */
import { TemplateError } from "../../../base/errors.ts";

/** Cost of copying a run of text, of making a string, and of an element of a list. */
const COSTS = { run: 32, string: 64, element: 4 } as const;

export interface TemplateLimits {
  /** Characters of the template's source. Real ones reach 15,000. */
  readonly sourceLength: number;
  /** White space characters in a row in the source: the parser rescans such a run from each of its characters. */
  readonly spaceRun: number;
  /** Evaluated nodes, loop iterations and compared elements; plus 200 for each value of the input. */
  readonly steps: number;
  /** Characters and elements read or made; plus 64 for each character of the input. */
  readonly work: number;
  /** Characters of the rendered text. */
  readonly outputLength: number;
  /** Nesting depth of macros, and of data. */
  readonly depth: number;
  /** Strings, numbers, lists and dicts in messages, tools and variables. */
  readonly inputNodes: number;
  /** Characters in messages, tools and variables. */
  readonly inputLength: number;
}

/** Enough for ten thousand messages; a hostile template ends within about two seconds. */
export const TEMPLATE_LIMITS: TemplateLimits = {
  sourceLength: 131072,
  spaceRun: 512,
  steps: 1_000_000,
  work: 2 ** 25,
  outputLength: 2 ** 24,
  depth: 64,
  inputNodes: 1_000_000,
  inputLength: 2 ** 24,
};

export class Budget {
  readonly limits: TemplateLimits;
  readonly #name: string;
  #steps = 0;
  #work = 0;
  #depth = 0;

  /** @param input size of the data to render. */
  constructor(name: string, limits: TemplateLimits, input = { nodes: 0, length: 0 }) {
    this.#name = name;
    const { steps, work } = limits;
    this.limits = { ...limits, steps: steps + 200 * input.nodes, work: work + 64 * input.length };
  }

  /** Spends one step, and `characters` units of work. */
  readonly step = (characters = 0): void => {
    if (++this.#steps > this.limits.steps) throw this.exceeded(`${this.limits.steps} steps`);
    if (characters > 0) this.spend(characters);
  };

  /** Call before making the characters or elements. */
  spend(amount: number): void {
    this.#work += amount;
    if (!(this.#work <= this.limits.work)) throw this.exceeded(`${this.limits.work} characters of work`);
  }

  /** Pays for reading a text from end to end. */
  look(text: { readonly length: number; readonly runs: readonly unknown[] }): void {
    this.spend(text.length + (text.runs.length > 1 ? COSTS.run * text.runs.length : 0));
  }
  /** Pays for making `count` strings from parts of a text. */
  strings(count: number): void {
    this.spend(COSTS.string * count);
  }
  /** Pays for concatenating `count` list elements or runs of text. */
  elements(count: number): void {
    this.spend(COSTS.element * count);
  }

  /** Runs `inner` one level deeper. */
  nest<T>(inner: () => T): T {
    if (++this.#depth > this.limits.depth) throw this.exceeded(`a depth of ${this.limits.depth}`);
    try {
      return inner();
    } finally {
      this.#depth--;
    }
  }

  exceeded(limit: string): TemplateError {
    return new TemplateError({
      doing: `render the chat template "${this.#name}"`,
      expected: `no more than ${limit}`,
      found: "more",
      fix: "the template may be hostile; choose a built-in template, or raise the limit if you trust it",
    });
  }
}
