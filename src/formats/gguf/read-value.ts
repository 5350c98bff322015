/**
 * Reads metadata values. Counts are checked against the remaining bytes before anything of that size is
 * allocated, so memory is bounded by a small multiple of the file's size.
 */
import type { ByteReader } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { readStringBatch } from "./read-strings.ts";
import {
  type GgufArray,
  type GgufNumbers,
  type GgufNumberType,
  type GgufScalar,
  type GgufType,
  type GgufValue,
  ggufTypeFromId,
  NUMBER_TYPES,
} from "./value.ts";

/** Maximum nesting of arrays. The format allows deeper nesting, but no file uses it. */
const MAX_ARRAY_DEPTH = 4;
/**
 * An array inside an array costs a JavaScript object for as little as 12 bytes of file, so their number is
 * limited.
 */
const MAX_NESTED_ARRAYS = 4096;

/**
 * The state of reading: the bytes, the version (which determines widths), and the number of nested arrays.
 */
export class GgufReader {
  readonly bytes: ByteReader;
  readonly version: number;
  #nestedArrays = 0;

  constructor(bytes: ByteReader, version: number) {
    this.bytes = bytes;
    this.version = version;
  }

  /** A count or length: 32 bits in version 1, 64 since; checked against the rest of the file. */
  count(minBytes: number, what: string): number {
    const low = this.bytes.u32();
    const high = this.version === 1 ? 0 : this.bytes.u32();
    const value = high * 2 ** 32 + low; // rounded beyond 2^53, which no file reaches
    if (value * minBytes <= this.bytes.remaining) return value;
    return this.bytes.count((BigInt(high) << 32n) + BigInt(low), minBytes, what);
  }

  /** A string, and its bytes if they are not valid UTF-8. */
  string(): { value: string; raw?: Uint8Array } {
    const length = this.count(1, "bytes of text");
    const start = this.bytes.position;
    const value = this.bytes.text(length);
    if (!value.includes("\ufffd")) return { value };
    this.bytes.position = start;
    const raw = this.bytes.bytes(length);
    return sameBytes(encoder.encode(value), raw) ? { value } : { value, raw };
  }

  value(type: GgufType): GgufValue {
    if (type === "array") return this.#array(1);
    if (type === "string") return { type, ...this.string() };
    return this.#scalar(type);
  }

  #scalar(type: GgufNumberType): GgufScalar {
    if (type === "u64") return { type, value: this.bytes.u64() };
    if (type === "i64") return { type, value: this.bytes.i64() };
    if (type === "bool") return { type, value: this.#boolean() };
    return { type, value: this.bytes[type]() };
  }

  #boolean(): boolean {
    const byte = this.bytes.u8();
    if (byte <= 1) return byte === 1;
    throw this.damaged("a bool of 0 or 1", String(byte));
  }

  #array(depth: number): GgufArray {
    const of = this.type();
    if (of === "string") return this.#strings();
    if (of === "array") return this.#arrays(depth);
    const { byteLength } = NUMBER_TYPES[of];
    const count = this.count(byteLength, `values of type ${of}`);
    return { type: "array", of, value: this.#numbers(of, count) };
  }

  #numbers(of: GgufNumberType, count: number): GgufNumbers {
    const { byteLength, array: TypedArray } = NUMBER_TYPES[of];
    const copy = this.bytes.bytes(count * byteLength); // has its own buffer, so it is aligned
    const value = new TypedArray(copy.buffer as ArrayBuffer, 0, count);
    if (of !== "bool") return value;
    const wrong = copy.find((byte) => byte > 1);
    if (wrong !== undefined) throw this.damaged("bools of 0 or 1", String(wrong));
    return value;
  }

  #strings(): GgufArray {
    const lengthBytes = this.version === 1 ? 4 : 8;
    const count = this.count(lengthBytes, "strings");
    const value: string[] = [];
    const raw = new Map<number, Uint8Array>();
    while (value.length < count) {
      const oneByOne = readStringBatch(this.bytes, value, { count, lengthBytes });
      for (let i = 0; i < oneByOne; i++) {
        const string = this.string();
        if (string.raw !== undefined) raw.set(value.length, string.raw);
        value.push(string.value);
      }
    }
    return { type: "array", of: "string", value, ...(raw.size === 0 ? {} : { raw }) };
  }

  #arrays(depth: number): GgufArray {
    if (depth >= MAX_ARRAY_DEPTH) {
      throw this.damaged(`arrays at most ${MAX_ARRAY_DEPTH} deep`, "deeper ones");
    }
    const count = this.count(this.version === 1 ? 8 : 12, "arrays");
    this.#nestedArrays += count;
    if (this.#nestedArrays > MAX_NESTED_ARRAYS) {
      throw this.damaged(`at most ${MAX_NESTED_ARRAYS} arrays inside arrays`, `${this.#nestedArrays}`);
    }
    const value: GgufArray[] = [];
    for (let i = 0; i < count; i++) value.push(this.#array(depth + 1));
    return { type: "array", of: "array", value };
  }

  /** The type number that comes before a value. */
  type(): GgufType {
    const id = this.bytes.u32();
    const type = ggufTypeFromId(id);
    if (type === undefined) throw this.damaged("a value type from 0 to 12", String(id));
    return type;
  }

  damaged(expected: string, found: string): FormatError {
    return new FormatError({
      doing: `read the header of "${this.bytes.source.name}"`,
      expected,
      found: `${found} before byte ${this.bytes.position}`,
      fix: "the file is damaged or hostile",
    });
  }
}

const encoder = new TextEncoder();

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
