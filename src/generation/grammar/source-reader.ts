/** Reads the source of a grammar or pattern character by character, with limits and errors that show the place. */
import { RequestError } from "../../base/errors.ts";
import { codeOf } from "./code-points.ts";
import { GRAMMAR_LIMITS, tooComplex } from "./limits.ts";

export class SourceReader {
  readonly #characters: readonly string[];
  readonly #what: string;
  #at = 0;
  #depth = 0;

  /** @param what the source, for messages: "the grammar". */
  constructor(source: string, what: string) {
    if (source.length > GRAMMAR_LIMITS.sourceLength)
      throw tooComplex(`read ${what}`, "characters", "sourceLength");
    this.#characters = Array.from(source);
    this.#what = what;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#characters.length;
  }
  get place(): number {
    return this.#at;
  }
  /** The next character, or "" at the end. */
  get next(): string {
    return this.#characters[this.#at] ?? "";
  }

  /** Whether the text stands at this place. */
  sees(text: string): boolean {
    return this.ahead(Array.from(text).length) === text;
  }

  /** The next characters. */
  ahead(count: number): string {
    return this.#characters.slice(this.#at, this.#at + count).join("");
  }

  /** Takes the text if it stands here. */
  takes(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#at += Array.from(text).length;
    return true;
  }

  take(): string {
    if (this.isAtEnd) throw this.wrong("more");
    return this.#characters[this.#at++];
  }

  /** Takes characters while they match. */
  takeWhile(fits: RegExp): string {
    let taken = "";
    while (!this.isAtEnd && fits.test(this.next)) taken += this.take();
    return taken;
  }

  expect(text: string): void {
    if (!this.takes(text)) throw this.wrong(JSON.stringify(text));
  }

  /** A code point of exactly `digits` hexadecimal digits. */
  takeHex(digits: number): number {
    const text = this.ahead(digits);
    if (text.length !== digits || !/^[0-9A-Fa-f]+$/.test(text))
      throw this.wrong(`${digits} hexadecimal digits`);
    this.#at += digits;
    return this.checkCode(Number.parseInt(text, 16));
  }

  /** @throws RequestError for a number that is no character. */
  checkCode(code: number): number {
    if (code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return code;
    throw this.wrong("a Unicode character", `U+${code.toString(16).toUpperCase()}`);
  }

  /** The code point of the next character, which is taken. */
  takeCode(): number {
    return this.checkCode(codeOf(this.take()));
  }

  takeNumber(): number {
    const digits = this.takeWhile(/[0-9]/);
    if (digits === "") throw this.wrong("a number");
    return Number(digits);
  }

  /** Reads something nested in itself. */
  nested<Result>(read: () => Result): Result {
    if (++this.#depth > GRAMMAR_LIMITS.sourceDepth)
      throw tooComplex(`read ${this.#what}`, "nested parts", "sourceDepth");
    const result = read();
    this.#depth--;
    return result;
  }

  wrong(expected: string, found?: string): RequestError {
    const here = this.isAtEnd ? "its end" : JSON.stringify(this.ahead(20));
    return new RequestError({
      doing: `read ${this.#what}`,
      expected,
      found: `${found ?? here} at character ${this.#at + 1}`,
    });
  }
}

/** The counts in braces: {n}, {n,} or {n,m}, after the opening brace. */
export function readCounts(reader: SourceReader, space = ""): [min: number, max: number] {
  const skip = (): void => void (space !== "" && reader.takeWhile(new RegExp(space)));
  skip();
  const hasMin = /[0-9]/.test(reader.next);
  const min = hasMin ? reader.takeNumber() : 0;
  skip();
  if (reader.takes("}")) {
    if (!hasMin) throw reader.wrong("a number");
    return [min, min];
  }
  reader.expect(",");
  skip();
  const max = /[0-9]/.test(reader.next) ? reader.takeNumber() : Number.POSITIVE_INFINITY;
  skip();
  reader.expect("}");
  if (min > max) throw reader.wrong("a greatest count of at least the least", `{${min},${max}}`);
  return [min, max];
}
