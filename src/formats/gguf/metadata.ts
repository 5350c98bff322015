/** The metadata of one GGUF file: a map of typed values, with getters that check the type. */
import { FormatError } from "../../base/errors.ts";
import type { GgufNumbers, GgufValue } from "./value.ts";

/**
 * Every `getX(key)` throws FormatError if the key is absent or its value is of another type; every `findX`
 * returns undefined if the key is absent and throws on another type.
 */
export class GgufMetadata extends Map<string, GgufValue> {
  /** Name of the file, for messages. */
  readonly path: string;

  constructor(path: string, entries?: Iterable<readonly [string, GgufValue]>) {
    super();
    this.path = path;
    for (const [key, value] of entries ?? []) this.set(key, value);
  }

  findString(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    return value.type === "string" ? value.value : this.#wrongType(key, "a string", value);
  }

  /** Any integer or float as a number. A 64-bit integer beyond 2^53 is refused instead of rounded. */
  findNumber(key: string): number | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (typeof value.value === "number") return value.value;
    if (typeof value.value !== "bigint") return this.#wrongType(key, "a number", value);
    const number = Number(value.value);
    return Number.isSafeInteger(number)
      ? number
      : this.#wrong(key, "a number up to 2^53", String(value.value));
  }

  /** A number that must be a non-negative integer. */
  findCount(key: string): number | undefined {
    const number = this.findNumber(key);
    if (number === undefined || (Number.isSafeInteger(number) && number >= 0)) return number;
    return this.#wrong(key, "a whole number, not negative", String(number));
  }

  findBoolean(key: string): boolean | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    return value.type === "bool" ? value.value : this.#wrongType(key, "true or false", value);
  }

  findStrings(key: string): readonly string[] | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (value.type === "array" && value.of === "string") return value.value;
    return this.#wrongType(key, "an array of strings", value);
  }

  /** An array of any number type (bool as 0 and 1), in the typed array of that type. */
  findNumbers(key: string): GgufNumbers | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (value.type === "array" && value.of !== "string" && value.of !== "array") return value.value;
    return this.#wrongType(key, "an array of numbers", value);
  }

  getString(key: string): string {
    return this.findString(key) ?? this.#missing(key);
  }
  getNumber(key: string): number {
    return this.findNumber(key) ?? this.#missing(key);
  }
  getCount(key: string): number {
    return this.findCount(key) ?? this.#missing(key);
  }
  getBoolean(key: string): boolean {
    return this.findBoolean(key) ?? this.#missing(key);
  }
  getStrings(key: string): readonly string[] {
    return this.findStrings(key) ?? this.#missing(key);
  }
  getNumbers(key: string): GgufNumbers {
    return this.findNumbers(key) ?? this.#missing(key);
  }

  #missing(key: string): never {
    throw new FormatError({
      doing: `read metadata "${key}" of "${this.path}"`,
      found: "the file has no such key",
      fix: "the file was made for another purpose, or by a program that omits the key",
    });
  }
  #wrongType(key: string, expected: string, value: GgufValue): never {
    return this.#wrong(key, expected, value.type === "array" ? `an array of ${value.of}` : value.type);
  }
  #wrong(key: string, expected: string, found: string): never {
    throw new FormatError({
      doing: `read metadata "${key}" of "${this.path}"`,
      expected,
      found,
      fix: "the file is damaged or was made by a faulty program",
    });
  }
}
