/** Converts callers' plain data to template values. Strings are marked as input, except the names of known roles. */
import { RequestError } from "../../../base/errors.ts";
import { type ChatMessage, KNOWN_ROLES } from "../types.ts";
import type { TemplateLimits } from "./budget.ts";
import { Text } from "./text.ts";
import { Dict, dictKey, Float, type Value } from "./values.ts";

export class InputReader {
  readonly #limits: TemplateLimits;
  #nodes = 0;
  #length = 0;
  /** Index of the message that is being read. */
  #message: number | undefined;

  constructor(limits: TemplateLimits) {
    this.#limits = limits;
  }

  /** Amount of data read so far. */
  get amount(): { readonly nodes: number; readonly length: number } {
    return { nodes: this.#nodes, length: this.#length };
  }

  /** @param where how errors name the value: `messages[3].content`. @throws RequestError. */
  read(value: unknown, where: string, depth = 0): Value {
    if (++this.#nodes > this.#limits.inputNodes)
      throw refuse(where, `at most ${this.#limits.inputNodes} values`, "more");
    if (depth > this.#limits.depth)
      throw refuse(where, `at most ${this.#limits.depth} levels of nesting`, "more");
    if (value === undefined || value === null || typeof value === "boolean") return value;
    if (typeof value === "string") return this.#text(value, where);
    if (typeof value === "number") return Number.isSafeInteger(value) ? value : new Float(value);
    if (Array.isArray(value))
      return value.map((element, i) => this.read(element, `${where}[${i}]`, depth + 1));
    if (typeof value !== "object" || !isPlain(value)) throw refuse(where, "plain data", describe(value));
    const entries = Object.entries(value).filter(([, element]) => element !== undefined);
    return new Dict(
      entries.map(([key, element]) => {
        return [this.#text(key, where), this.read(element, `${where}.${key}`, depth + 1)] as const;
      }),
    );
  }

  /** Reads message number `index` like other data, except the role. @param marks its strings know the index. */
  message(message: ChatMessage, index: number, marks: boolean): Dict {
    const where = `messages[${index}]`;
    this.#message = marks ? index : undefined;
    const read = this.read(message, where);
    this.#message = undefined;
    const role: unknown = (message as ChatMessage | null)?.role;
    if (!(read instanceof Dict) || typeof role !== "string") {
      throw refuse(where, "a message with a role", describe(message));
    }
    if (!KNOWN_ROLES.has(role)) return read;
    const own = [Text.of("role"), Text.of(role)] as const;
    return new Dict(Array.from(read.entries.values(), (pair) => (dictKey(pair[0]) === "role" ? own : pair)));
  }

  #text(value: string, where: string): Text {
    this.#length += value.length;
    if (this.#length > this.#limits.inputLength) {
      throw refuse(where, `at most ${this.#limits.inputLength} characters in all`, "more");
    }
    return Text.of(value, true, this.#message);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object without it" : `a ${typeof value}`;
}

function refuse(where: string, expected: string, found: string): RequestError {
  return new RequestError({ doing: `use the chat's ${where}`, expected, found });
}
