/**
 * Writes GGUF files field by field, valid or not. Cria's writer writes only version 3 and refuses invalid files, so
 * hostile and old files are made with this.
 */

export type Field = Uint8Array;

export function u8(value: number): Field {
  return Uint8Array.of(value);
}
export function u32(value: number): Field {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
export function u64(value: number | bigint): Field {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}
export function f32(value: number): Field {
  return new Uint8Array(Float32Array.of(value).buffer);
}

export function join(...fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + field.byteLength, 0));
  let at = 0;
  for (const field of fields) {
    bytes.set(field, at);
    at += field.byteLength;
  }
  return bytes;
}

/** Counts and lengths are u32 in version 1, u64 since. */
export function counts(version: number): (value: number | bigint) => Field {
  return version === 1 ? (value) => u32(Number(value)) : u64;
}

export function text(value: string | Uint8Array, version = 3): Field {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return join(counts(version)(bytes.byteLength), bytes);
}

export interface RawTensor {
  readonly name: string;
  /** In file order: innermost first. */
  readonly dims?: readonly (number | bigint)[];
  readonly nDims?: number;
  readonly type?: number;
  readonly offset?: number | bigint;
}

export interface RawGguf {
  readonly magic?: string;
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly metadataCount?: number | bigint;
  /** Each: key, type number, the value's fields. */
  readonly metadata?: readonly (readonly [string, number, Field])[];
  readonly tensors?: readonly RawTensor[];
  readonly alignment?: number;
  readonly data?: Uint8Array;
}

/** A file of these parts; counts default to the lengths of the lists. */
export function rawGguf(parts: RawGguf): Uint8Array {
  const { version = 3, metadata = [], tensors = [], alignment = 32, data = new Uint8Array(0) } = parts;
  const count = counts(version & 0xffff);
  const tensorFields = tensors.map(({ name, dims = [1], nDims = dims.length, type = 0, offset = 0 }) =>
    join(text(name, version), u32(nDims), ...dims.map(count), u32(type), u64(offset)),
  );
  const head = join(
    new TextEncoder().encode(parts.magic ?? "GGUF"),
    u32(version),
    count(parts.tensorCount ?? tensors.length),
    count(parts.metadataCount ?? metadata.length),
    ...metadata.map(([key, type, value]) => join(text(key, version), u32(type), value)),
    ...tensorFields,
  );
  return join(head, new Uint8Array((alignment - (head.byteLength % alignment)) % alignment), data);
}
