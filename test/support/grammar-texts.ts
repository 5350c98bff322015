/** Texts of a grammar, without a model: whether one belongs to it, and random ones. */
import type { Random } from "../../src/base/random.ts";
import { Automaton, type State } from "../../src/generation/grammar/automaton.ts";
import type { Grammar } from "../../src/generation/grammar/index.ts";
import { compileProgram } from "../../src/generation/grammar/program.ts";

/** Follows texts through one grammar. */
export class TextChecker {
  readonly #automaton: Automaton;

  constructor(grammar: Grammar) {
    this.#automaton = new Automaton(compileProgram(grammar));
  }

  /** Whether the whole text belongs to the grammar. */
  accepts(text: string): boolean {
    return this.#end(text)?.accepts === true;
  }

  /** Whether some text of the grammar begins so. */
  begins(text: string): boolean {
    return this.#end(text) !== undefined;
  }

  #end(text: string): State | undefined {
    this.#automaton.beginWork();
    let state = this.#automaton.start.id;
    for (const byte of new TextEncoder().encode(text)) {
      state = this.#automaton.step(state, byte);
      if (state < 0) return undefined;
    }
    return this.#automaton.state(state);
  }

  /** A random text; undefined if it does not end within `limit` bytes. @param fatal throws for bytes that are not UTF-8. */
  sample(random: Random, limit = 600, fatal = true): string | undefined {
    const bytes: number[] = [];
    let state = this.#automaton.start;
    while (bytes.length <= limit) {
      this.#automaton.beginWork();
      const next = this.#next(state, random);
      if (next === undefined) return new TextDecoder("utf-8", { fatal }).decode(Uint8Array.from(bytes));
      bytes.push(next);
      state = this.#automaton.state(this.#automaton.step(state.id, next));
    }
    return undefined;
  }

  /** Prefers characters that close something, so that texts end. */
  #next(state: State, random: Random): number | undefined {
    const all = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => this.#automaton.step(state.id, byte) > 0,
    );
    if (state.accepts && (all.length === 0 || random.u32() % 4 === 0)) return undefined;
    if (all.length === 0) throw new Error("the grammar has a place without an end");
    const closing = all.filter((byte) => '"}],'.includes(String.fromCharCode(byte)));
    const plain = all.filter((byte) => byte >= 0x20 && byte < 0x7f);
    if (closing.length > 0 && random.u32() % 3 === 0) return closing[random.u32() % closing.length];
    const pool = plain.length > 0 && random.u32() % 16 > 0 ? plain : all;
    return pool[random.u32() % pool.length];
  }
}

/** Changes one character of a text: drops, doubles or replaces it. */
export function mutate(text: string, random: Random): string {
  const characters = Array.from(text);
  const at = random.u32() % Math.max(1, characters.length);
  const others = Array.from('0159-."{}[]:, aZ\\ntrue');
  const changes = [
    [],
    [characters[at] ?? "x", characters[at] ?? "x"],
    [others[random.u32() % others.length]],
    [others[random.u32() % others.length], characters[at] ?? ""],
  ];
  characters.splice(at, 1, ...changes[random.u32() % changes.length]);
  return characters.join("");
}
