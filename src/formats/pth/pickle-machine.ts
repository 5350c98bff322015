/**
 * The state of reading one pickle: a stack, marks in it, a memo, and the limits on their sizes. The
 * instructions are in pickle-opcodes.ts.
 */
import type { ByteReader } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { describeValue, isKind, type PickleDict, type PickleValue } from "./pickle-values.ts";

/** Limits for one pickle. A 405B checkpoint takes about 40,000 instructions. */
export const PICKLE_LIMITS = {
  byteLength: 1 << 28,
  instructions: 8_000_000,
  stack: 1_000_000,
  memo: 1_000_000,
  stringBytes: 1 << 24,
  /** Of an arbitrary-precision integer; the longest that torch writes has 10. */
  integerBytes: 256,
  /** Of a module's or attribute's name. */
  lineBytes: 512,
} as const;

export class PickleMachine {
  readonly reader: ByteReader;
  /** Of the file, for messages. */
  readonly file: string;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(reader: ByteReader) {
    this.reader = reader;
    this.file = reader.source.name;
  }

  fail(expected: string, found: string): never {
    throw new FormatError({
      doing: `read the pickle of "${this.file}"`,
      expected,
      found: `${found} (at byte ${this.reader.position})`,
      fix: "the file is damaged or hostile",
    });
  }

  get depth(): number {
    return this.#stack.length;
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= PICKLE_LIMITS.stack) this.fail(`at most ${PICKLE_LIMITS.stack} values`, "more");
    this.#stack.push(value);
  }

  /** The top of the stack. A mark hides what is below it. */
  top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.fail("a value on the stack", "none");
    return this.#stack[this.#stack.length - 1];
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  /** The last `count` values, in the order they were pushed. */
  popMany(count: number): PickleValue[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) this.fail(`${count} values`, "fewer");
    return this.#stack.splice(this.#stack.length - count, count);
  }

  popText(what: string): string {
    const value = this.pop();
    return typeof value === "string" ? value : this.fail(what, describeValue(value));
  }

  mark(): void {
    if (this.#marks.length >= PICKLE_LIMITS.stack) this.fail(`at most ${PICKLE_LIMITS.stack} marks`, "more");
    this.#marks.push(this.#stack.length);
  }

  /** Removes the last mark and returns everything pushed after it. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) this.fail("a mark on the stack", "none");
    return this.#stack.splice(mark);
  }

  memoize(index: number = this.#memo.size): void {
    if (index >= PICKLE_LIMITS.memo) this.fail(`a memo index below ${PICKLE_LIMITS.memo}`, `${index}`);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.fail("a memo index that was set", `${index}`);
    this.push(value);
  }

  /** Adds key, value, key, value … to the dict on top. */
  setItems(pairs: readonly PickleValue[]): void {
    const dict = this.top();
    if (!isKind(dict, "dict")) this.fail("a dict to fill", describeValue(dict));
    if (pairs.length % 2 !== 0) this.fail("keys and values in pairs", `${pairs.length} of them`);
    for (let i = 0; i < pairs.length; i += 2) this.#setItem(dict, pairs[i], pairs[i + 1]);
  }

  #setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void {
    const hashable = typeof key !== "object" || key === null || isKind(key, "tuple");
    if (!hashable) this.fail("a key that Python can hash", describeValue(key));
    // Python keeps the last duplicate; no pickler writes duplicates, and other readers might keep the first.
    if (dict.entries.has(key)) this.fail("each key once", `${describeValue(key)} twice`);
    dict.entries.set(key, value);
  }

  appendItems(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!isKind(list, "list")) this.fail("a list to extend", describeValue(list));
    for (const item of items) list.items.push(item);
  }

  /** A length or size from the file, after checking that it is within limits and that many bytes follow. */
  length(value: number | bigint, what: string, most: number = PICKLE_LIMITS.stringBytes): number {
    if (value > most) this.fail(`${what} of at most ${most} bytes`, `${value}`);
    return this.reader.count(value, 1, what);
  }

  /** The characters up to the next line feed. */
  line(): string {
    const codes: number[] = [];
    for (let code = this.reader.u8(); code !== 0x0a; code = this.reader.u8()) {
      if (codes.push(code) > PICKLE_LIMITS.lineBytes) this.fail("a name that ends", "a very long one");
    }
    return new TextDecoder().decode(Uint8Array.from(codes));
  }

  /** The pickle's value, after the last instruction. */
  result(): PickleValue {
    if (this.#marks.length > 0 || this.#stack.length !== 1) {
      this.fail("one value at the end", `${this.#stack.length} and ${this.#marks.length} marks`);
    }
    return this.#stack[0];
  }
}
