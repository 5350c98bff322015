/** A parsed JSON document whose parts are checked when they are read. Every error names the place. */
import { FormatError } from "../base/errors.ts";
import { decodeUtf8, readJsonObject } from "../formats/hf/json.ts";

export type JsonObject = { readonly [key: string]: unknown };

/** Larger documents are refused before they are parsed. */
const MAX_BYTES = 256 * 2 ** 20;
/** A piece may be called "__proto__"; a vocabulary of 262,144 pieces with its merges has two million values. */
const LIMITS = { maxLength: MAX_BYTES, maxValues: 2 ** 24, allowProtoKey: true } as const;

export class JsonReader {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }

  /** Throws FormatError if the bytes are not a JSON object. */
  parse(bytes: Uint8Array): JsonObject {
    if (bytes.length > MAX_BYTES)
      throw this.broken("document", `at most ${MAX_BYTES} bytes`, `${bytes.length}`);
    return readJsonObject(decodeUtf8(bytes, this.#name), this.#name, LIMITS);
  }

  object(value: unknown, place: string): JsonObject {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
    throw this.broken(place, "an object", value);
  }
  list(value: unknown, place: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw this.broken(place, "a list", value);
  }
  string(value: unknown, place: string): string {
    if (typeof value === "string") return value;
    throw this.broken(place, "a string", value);
  }
  number(value: unknown, place: string): number {
    if (typeof value === "number" && !Number.isNaN(value)) return value;
    throw this.broken(place, "a number", value);
  }
  /** An id: a whole number from 0 to 2^31 - 1. */
  id(value: unknown, place: string): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
    throw this.broken(place, "an id", value);
  }
  /** True or false; absent and null are `fallback`. */
  flag(value: unknown, place: string, fallback: boolean): boolean {
    if (value === undefined || value === null) return fallback;
    if (typeof value === "boolean") return value;
    throw this.broken(place, "true or false", value);
  }

  broken(place: string, expected: string, value: unknown): FormatError {
    return new FormatError({
      doing: `read ${place} of "${this.#name}"`,
      expected,
      found: typeof value === "string" ? value.slice(0, 80) : shown(value, 80),
      fix: "the file is damaged or of another kind",
    });
  }
}

/** A value for messages, truncated to a length. */
export function shown(value: unknown, length = 200): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, length);
}

/** The object without the keys whose value is undefined. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
