/**
 * Just enough of the protobuf wire format (protobuf.dev/programming-guides/encoding) to read a message into
 * its fields and write it back byte for byte: fields keep their order, and unknown fields are preserved.
 */
import { FormatError } from "../base/errors.ts";

export type Field =
  | { readonly number: number; readonly wire: "varint"; readonly value: bigint }
  | { readonly number: number; readonly wire: "fixed64" | "bytes" | "fixed32"; readonly value: Uint8Array };

/** Constructors of fields, for writing. */
export const newField = {
  varint: (number: number, value: number | boolean): Field => ({
    number,
    wire: "varint",
    value: BigInt(value),
  }),
  bytes: (number: number, value: Uint8Array): Field => ({ number, wire: "bytes", value }),
  text: (number: number, value: string): Field => newField.bytes(number, utf8.encode(value)),
  float: (number: number, value: number): Field => ({
    number,
    wire: "fixed32",
    value: new Uint8Array(Float32Array.of(value).buffer),
  }),
};
const utf8 = new TextEncoder();

const WIRES = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

function broken(name: string, found: string): FormatError {
  const fix = "the file is truncated, damaged, or not a protobuf message";
  return new FormatError({ doing: `read "${name}"`, expected: "a protobuf message", found, fix });
}

class Wire {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #name: string;
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }
  get done(): boolean {
    return this.position >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.done) throw broken(this.#name, `a truncated number at byte ${this.position}`);
      const byte = this.#bytes[this.position++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw broken(this.#name, `a number of more than ten bytes at byte ${this.position}`);
  }

  take(length: bigint | number): Uint8Array {
    const left = this.#bytes.length - this.position;
    if (length > left) throw broken(this.#name, `a field of ${length} bytes where ${left} are left`);
    const start = this.position;
    this.position += Number(length);
    return this.#bytes.subarray(start, this.position);
  }
}

/** Fields of a message in the order of the file. Values of bytes fields are views. Throws FormatError. */
export function readMessage(bytes: Uint8Array, name: string): Field[] {
  const wire = new Wire(bytes, name);
  const fields: Field[] = [];
  while (!wire.done) {
    const tag = wire.varint();
    const number = Number(tag >> 3n);
    if (number === 0 || number > 0x1fff_ffff) throw broken(name, `the field number ${number}`);
    fields.push(readField(wire, number, Number(tag & 7n), name));
  }
  return fields;
}

function readField(wire: Wire, number: number, type: number, name: string): Field {
  switch (type) {
    case WIRES.varint:
      return { number, wire: "varint", value: wire.varint() };
    case WIRES.fixed64:
      return { number, wire: "fixed64", value: wire.take(8) };
    case WIRES.bytes:
      return { number, wire: "bytes", value: wire.take(wire.varint()) };
    case WIRES.fixed32:
      return { number, wire: "fixed32", value: wire.take(4) };
    default:
      throw broken(name, `the wire type ${type} in field ${number}`);
  }
}

function pushVarint(out: number[], value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

/** Bytes of a message. */
export function writeMessage(fields: readonly Field[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const field of fields) {
    const head: number[] = [];
    pushVarint(head, (BigInt(field.number) << 3n) | BigInt(WIRES[field.wire]));
    if (field.wire === "varint") pushVarint(head, field.value);
    if (field.wire === "bytes") pushVarint(head, BigInt(field.value.length));
    chunks.push(Uint8Array.from(head));
    if (field.wire !== "varint") chunks.push(field.value);
  }
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The last field with this number, which counts for fields that are not repeated. */
export function lastField(fields: readonly Field[], number: number): Field | undefined {
  return fields.findLast((field) => field.number === number);
}

/** A varint field as a signed 32-bit number, or `fallback` if it is absent. */
export function intField(fields: readonly Field[], number: number, fallback: number): number {
  const field = lastField(fields, number);
  return field?.wire === "varint" ? Number(BigInt.asIntN(32, field.value)) : fallback;
}

export function boolField(fields: readonly Field[], number: number, fallback: boolean): boolean {
  const field = lastField(fields, number);
  return field?.wire === "varint" ? field.value !== 0n : fallback;
}

export function floatField(fields: readonly Field[], number: number, fallback: number): number {
  const field = lastField(fields, number);
  if (field?.wire !== "fixed32") return fallback;
  return new DataView(field.value.buffer, field.value.byteOffset, 4).getFloat32(0, true);
}

export function bytesField(fields: readonly Field[], number: number): Uint8Array | undefined {
  const field = lastField(fields, number);
  return field?.wire === "bytes" ? field.value : undefined;
}
