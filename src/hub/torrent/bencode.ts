/**
 * Bencode, the encoding of .torrent files and of messages of trackers and peers (BEP 3). The decoder accepts only
 * well-formed input and allocates no more than the input is long: nesting and the number of values are bounded.
 */
import { FormatError } from "../../base/errors.ts";
import { LIMITS } from "./limits.ts";

export type Bencode = number | Uint8Array | readonly Bencode[] | BencodeDictionary;
/** Keys are bytes, one character each: texts outside ASCII are not decoded. */
export type BencodeDictionary = ReadonlyMap<string, Bencode>;

/** What can be encoded. Texts become UTF-8; undefined entries are left out. */
export type Encodable =
  | number
  | string
  | Uint8Array
  | EncodedBencode
  | readonly Encodable[]
  | { readonly [key: string]: Encodable | undefined };

/** Bytes that are bencode already and are copied as they are. */
export class EncodedBencode {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

export interface Decoded {
  readonly value: Bencode;
  /** Where the value ends. */
  readonly end: number;
  /** The bytes of each value, if the outermost value is a dictionary. */
  readonly spans: ReadonlyMap<string, Uint8Array>;
}

const CODE = { zero: 48, nine: 57, colon: 58, minus: 45, dictionary: 100, end: 101, integer: 105, list: 108 };
/** Digits of the largest exact integer. */
const MAX_DIGITS = 16;
/** Digits of a text's length. */
const MAX_LENGTH_DIGITS = 10;

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #values = 0;
  at = 0;
  readonly spans = new Map<string, Uint8Array>();

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  #fail(expected: string, found = `something else at byte ${this.at}`): never {
    throw new FormatError({ doing: `read ${this.#what}`, expected, found, fix: "it is damaged or hostile" });
  }

  value(depth: number): Bencode {
    if (++this.#values > LIMITS.bencodeValues) this.#fail(`at most ${LIMITS.bencodeValues} values`, "more");
    if (depth > LIMITS.bencodeDepth) this.#fail(`at most ${LIMITS.bencodeDepth} levels`, "more");
    switch (this.#bytes[this.at]) {
      case CODE.integer:
        return this.#integer();
      case CODE.list:
        return this.#list(depth);
      case CODE.dictionary:
        return this.#dictionary(depth);
      default:
        return this.#text();
    }
  }

  /** Decimal digits up to `end`, which is skipped. No leading zeros, no minus zero. */
  #digits(end: number, maxDigits: number, isSigned: boolean): number {
    const negative = isSigned && this.#bytes[this.at] === CODE.minus;
    if (negative) this.at++;
    const start = this.at;
    let value = 0;
    for (; this.#bytes[this.at] !== end; this.at++) {
      const code = this.#bytes[this.at];
      const isDigit = code >= CODE.zero && code <= CODE.nine;
      if (!isDigit || this.at - start >= maxDigits) this.#fail("a bencoded value");
      value = value * 10 + (code - CODE.zero);
    }
    const count = this.at - start;
    const isPlain =
      count > 0 && (count === 1 || this.#bytes[start] !== CODE.zero) && !(negative && value === 0);
    if (!isPlain || !Number.isSafeInteger(value)) this.#fail("an exact integer in its shortest form");
    this.at++;
    return negative ? -value : value;
  }

  #integer(): number {
    this.at++;
    return this.#digits(CODE.end, MAX_DIGITS, true);
  }

  #text(): Uint8Array {
    const length = this.#digits(CODE.colon, MAX_LENGTH_DIGITS, false);
    const left = this.#bytes.length - this.at;
    if (length > left) this.#fail(`a text inside the ${left} bytes that are left`, `${length} bytes`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #list(depth: number): Bencode[] {
    const list: Bencode[] = [];
    for (this.at++; this.#bytes[this.at] !== CODE.end; ) list.push(this.value(depth + 1));
    this.at++;
    return list;
  }

  #dictionary(depth: number): BencodeDictionary {
    const dictionary = new Map<string, Bencode>();
    for (this.at++; this.#bytes[this.at] !== CODE.end; ) {
      const key = latin1(this.#text());
      if (dictionary.has(key)) this.#fail("each key once", `"${key.slice(0, 40)}" again`);
      const start = this.at;
      dictionary.set(key, this.value(depth + 1));
      if (depth === 0) this.spans.set(key, this.#bytes.subarray(start, this.at));
    }
    this.at++;
    return dictionary;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * Decodes the value at the start of `bytes`; more may follow.
 * @param what names the input in errors: `"model.torrent"`. @throws FormatError
 */
export function decodePrefix(bytes: Uint8Array, what: string): Decoded {
  const decoder = new Decoder(bytes, what);
  const value = decoder.value(0);
  return { value, end: decoder.at, spans: decoder.spans };
}

/** Decodes `bytes`, which hold one dictionary and nothing else. @throws FormatError */
export function decodeDictionary(
  bytes: Uint8Array,
  what: string,
): Decoded & { readonly value: BencodeDictionary } {
  const { value, end, spans } = decodePrefix(bytes, what);
  if (value instanceof Map && end === bytes.length) return { value, end, spans };
  throw new FormatError({
    doing: `read ${what}`,
    expected: "one bencoded dictionary",
    found: value instanceof Map ? `${bytes.length - end} bytes after it` : "another value",
    fix: "check that it is the right file",
  });
}

const encoder = new TextEncoder();

export function encodeBencode(value: Encodable): Uint8Array {
  const parts: Uint8Array[] = [];
  append(parts, value);
  return concat(parts);
}

function append(parts: Uint8Array[], value: Encodable): void {
  if (typeof value === "number") parts.push(encoder.encode(`i${value}e`));
  else if (typeof value === "string") append(parts, encoder.encode(value));
  else if (value instanceof Uint8Array) parts.push(encoder.encode(`${value.length}:`), value);
  else if (value instanceof EncodedBencode) parts.push(value.bytes);
  else if (Array.isArray(value)) {
    parts.push(encoder.encode("l"));
    for (const entry of value) append(parts, entry);
    parts.push(encoder.encode("e"));
  } else appendDictionary(parts, value as { readonly [key: string]: Encodable | undefined });
}

/** Keys are sorted as bytes. Cria writes only ASCII keys, whose characters sort alike. */
function appendDictionary(
  parts: Uint8Array[],
  value: { readonly [key: string]: Encodable | undefined },
): void {
  parts.push(encoder.encode("d"));
  for (const key of Object.keys(value).sort()) {
    const entry = value[key];
    if (entry === undefined) continue;
    append(parts, key);
    append(parts, entry);
  }
  parts.push(encoder.encode("e"));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
