/**
 * A string that records where its characters come from: the template, or the caller's input. Every string inside
 * the evaluator is a Text. So whatever the template does to a message (trimming, cutting, joining, writing as JSON),
 * the result still knows which characters a user wrote. That prevents "<|eot_id|>" in a message from becoming an end
 * token.
 */

/** A run of characters of one origin. */
export interface Run {
  readonly text: string;
  readonly input: boolean;
  /** Index of the message that the characters come from. */
  readonly message?: number | undefined;
}

export class Text {
  readonly runs: readonly Run[];
  readonly length: number;
  #value: string | undefined;
  #starts: Uint32Array | undefined;
  #hasPairs: boolean | undefined;

  constructor(runs: readonly Run[]) {
    this.runs = runs;
    this.length = runs.reduce((sum, run) => sum + run.text.length, 0);
  }

  /** The characters; joined on first use. */
  get value(): string {
    this.#value ??= this.runs.length === 1 ? this.runs[0].text : this.runs.map((run) => run.text).join("");
    return this.#value;
  }

  /** Whether characters outside the basic plane occur; computed once. */
  get hasPairs(): boolean {
    this.#hasPairs ??= /[\ud800-\udbff]/.test(this.value);
    return this.#hasPairs;
  }
  /** False until `hasPairs` has been computed. */
  get isMeasured(): boolean {
    return this.#hasPairs !== undefined;
  }

  static of(text: string, input = false, message?: number): Text {
    return text === "" ? EMPTY : new Text([{ text, input, message }]);
  }

  static concat(parts: readonly Text[]): Text {
    const runs: Run[] = [];
    for (const part of parts) for (const run of part.runs) appendRun(runs, run);
    return runs.length === 0 ? EMPTY : new Text(runs);
  }

  /** By UTF-16 offsets, 0 ≤ from ≤ to ≤ length. */
  slice(from: number, to: number = this.length): Text {
    if (from >= to) return EMPTY;
    if (from === 0 && to === this.length) return this;
    const runs: Run[] = [];
    for (let i = this.#runAt(from); i < this.runs.length; i++) {
      const { text, ...origin } = this.runs[i];
      const start = this.#starts?.[i] ?? 0;
      if (start >= to) break;
      const part = text.slice(Math.max(0, from - start), Math.min(text.length, to - start));
      runs.push({ text: part, ...origin });
    }
    return new Text(runs);
  }

  /** Index of the run that holds the character at an offset: a part of a long text must not cost a full scan. */
  #runAt(offset: number): number {
    if (this.runs.length === 1) return 0;
    if (this.#starts === undefined) {
      this.#starts = new Uint32Array(this.runs.length);
      for (let i = 1; i < this.runs.length; i++)
        this.#starts[i] = this.#starts[i - 1] + this.runs[i - 1].text.length;
    }
    let low = 0;
    for (let high = this.runs.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Maps the characters of each run; a run keeps its origin. */
  map(change: (text: string) => string): Text {
    return Text.concat(this.runs.map(({ text, input, message }) => Text.of(change(text), input, message)));
  }

  /** Strips characters of `set` (white space if undefined) from the ends. */
  strip(set: string | undefined, left: boolean, right: boolean): Text {
    const drop = (c: string): boolean => (set === undefined ? isPythonSpace(c) : set.includes(c));
    let from = 0;
    let to = this.length;
    if (left) while (from < to && drop(this.value[from])) from++;
    if (right) while (to > from && drop(this.value[to - 1])) to--;
    return this.slice(from, to);
  }

  /** Parts between occurrences of `separator` (not empty), at most `limit` cuts. */
  split(separator: string, limit = Infinity): Text[] {
    const parts: Text[] = [];
    let from = 0;
    while (parts.length < limit) {
      const at = this.value.indexOf(separator, from);
      if (at < 0) break;
      parts.push(this.slice(from, at));
      from = at + separator.length;
    }
    parts.push(this.slice(from));
    return parts;
  }
}

const EMPTY = new Text([]);

function appendRun(runs: Run[], run: Run): void {
  const last = runs[runs.length - 1];
  const isSame = last?.input === run.input && last.message === run.message;
  if (isSame) runs[runs.length - 1] = { ...run, text: last.text + run.text };
  else if (run.text !== "") runs.push(run);
}

/** White space as Python's str.strip knows it; JavaScript's \s differs in U+001C–1F, U+0085 and U+FEFF. */
export function isPythonSpace(c: string): boolean {
  if (c > " " && c < "\u0080") return false;
  return c !== "\ufeff" && (/\s/.test(c) || (c >= "\u001c" && c <= "\u001f") || c === "\u0085");
}
