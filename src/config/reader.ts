/**
 * Reads the keys of an untrusted configuration one by one and checks their types. Keys that were never read
 * are unknown to Cria, and are reported.
 */
import { ConfigError } from "../base/errors.ts";

const MAX_REPORTED_KEYS = 20;

export class ConfigReader {
  /** File or folder, for messages. */
  readonly name: string;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #used = new Set<string>();
  readonly warnings: string[] = [];

  constructor(name: string, values: ReadonlyMap<string, unknown>) {
    this.name = name;
    this.#values = values;
  }

  static ofObject(name: string, values: Readonly<Record<string, unknown>>): ConfigReader {
    return new ConfigReader(name, new Map(Object.entries(values)));
  }

  /** The raw value; null counts as absent. */
  get(key: string): unknown {
    this.#used.add(key);
    return this.#values.get(key) ?? undefined;
  }

  /** True if the key exists, even if it is null. */
  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Marks known keys that do not affect the computation. */
  ignore(keys: Iterable<string>): void {
    for (const key of keys) this.#used.add(key);
  }

  number(key: string): number | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === "number") return value;
    if (typeof value === "bigint" && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) {
      return Number(value);
    }
    this.fail(key, "a number", value);
  }

  requiredNumber(key: string): number {
    return this.number(key) ?? this.fail(key, "a number", "none");
  }

  boolean(key: string): boolean | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === "boolean") return value;
    this.fail(key, "true or false", value);
  }

  string(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === "string") return value;
    this.fail(key, "text", value);
  }

  numbers(key: string): number[] | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const list =
      Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as number[]) : undefined;
    if (list?.every((item) => typeof item === "number")) return list;
    this.fail(key, "a list of numbers", value);
  }

  /** A token id or a list of them. */
  ids(key: string): number[] {
    const value = this.get(key);
    if (value === undefined) return [];
    return Array.isArray(value) ? (this.numbers(key) as number[]) : [this.number(key) as number];
  }

  /** A nested object with the same checks; its keys are reported as "outer.inner". */
  nested(key: string): ConfigReader | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      this.fail(key, "an object", value);
    return ConfigReader.ofObject(this.name, value as Record<string, unknown>);
  }

  fail(key: string, expected: string, value: unknown): never {
    throw new ConfigError({
      doing: `configure the model from "${this.name}"`,
      expected: `${expected} for ${key}`,
      found: typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : describe(value),
      fix: "the configuration is damaged or does not describe a LLaMA-family model",
    });
  }

  /**
   * Adds one warning that lists the keys that were never read. `mine` limits it to keys that should be known.
   */
  warnOfUnknown(mine: (key: string) => boolean = () => true): void {
    const unknown = [...this.#values.keys()].filter((key) => !this.#used.has(key) && mine(key));
    if (unknown.length === 0) return;
    const more = unknown.length > MAX_REPORTED_KEYS ? ` and ${unknown.length - MAX_REPORTED_KEYS} more` : "";
    const shown = unknown.slice(0, MAX_REPORTED_KEYS).map((key) => JSON.stringify(key.slice(0, 80)));
    this.warnings.push(`"${this.name}" has settings that Cria does not know: ${shown.join(", ")}${more}`);
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return value !== null && typeof value === "object" ? "an object" : String(value);
}
