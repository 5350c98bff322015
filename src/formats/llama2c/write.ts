/** Writes llama2.c model files of versions 0, 1 and 2, tensor by tensor. */
import { ConfigError, DtypeError, ShapeError } from "../../base/errors.ts";
import type { FileSink } from "../../platform/platform.ts";
import type { TensorEntry } from "../tensor-file.ts";
import { encodeGroups } from "./groups.ts";
import {
  checkHeader,
  HEADER_BYTES,
  HEADER_FIELDS,
  type Llama2cHeader,
  MAGIC,
  type Place,
  placesOf,
  V0_HEADER_BYTES,
} from "./layout.ts";

export interface Llama2cContent {
  /** `groupSize` may be omitted in version 2: `fitGroupSize` then chooses it. */
  readonly header: Llama2cHeader;
  /** F32 tensors under Meta's names; others are ignored. */
  readonly tensors: ReadonlyMap<string, Pick<TensorEntry, "dtype" | "shape" | "bytes">>;
}

/**
 * The largest of 64, 32, … 1 that divides both widths. Upstream checks only `dim`; its program then misreads
 * rows of `ffnDim` values if they are not a whole number of groups.
 */
export function fitGroupSize({ dim, ffnDim }: Pick<Llama2cHeader, "dim" | "ffnDim">): number {
  let groupSize = 64;
  while (dim % groupSize !== 0 || ffnDim % groupSize !== 0) groupSize /= 2;
  return groupSize;
}

/**
 * Writes a whole file to the sink, which the caller then commits. Version 2 loses precision (int8 in groups).
 * Throws ConfigError (a tensor is missing), ShapeError, DtypeError (not F32), FormatError (impossible header).
 */
export function writeLlama2c(sink: FileSink, content: Llama2cContent): void {
  const { version, groupSize } = content.header;
  const fitted = version === 2 ? { groupSize: groupSize ?? fitGroupSize(content.header) } : {};
  const header: Llama2cHeader = { ...content.header, ...fitted };
  checkHeader("write a llama2.c model", header);
  sink.write(encodeHeader(header));
  for (const place of placesOf(header).places) {
    if (place.kind === "frequencies") {
      sink.write(asBytes(rotaryTables(header)));
      continue;
    }
    const values = valuesOf(place, content.tensors.get(place.name));
    if (place.kind === "f32") {
      sink.write(asBytes(values));
      continue;
    }
    const { q, scales } = encodeGroups(values, header.groupSize ?? 1);
    sink.write(asBytes(q));
    sink.write(asBytes(scales));
  }
}

function asBytes({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function encodeHeader(header: Llama2cHeader): Uint8Array {
  const bytes = new Uint8Array(header.version === 0 ? V0_HEADER_BYTES : HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const i32 = (value: number) => {
    view.setInt32(at, value, true);
    at += 4;
  };
  if (header.version !== 0) {
    i32(MAGIC);
    i32(header.version);
  }
  for (const field of HEADER_FIELDS) {
    i32(header.version === 0 && field === "vocabSize" && !header.tied ? -header.vocabSize : header[field]);
  }
  if (header.version !== 0) view.setUint8(at++, header.tied ? 1 : 0);
  if (header.version === 2) i32(header.groupSize ?? 1);
  return bytes;
}

function valuesOf(
  place: Place,
  tensor: Pick<TensorEntry, "dtype" | "shape" | "bytes"> | undefined,
): Float32Array {
  const doing = `write tensor "${place.name}" to a llama2.c model`;
  if (tensor === undefined) throw new ConfigError({ doing, found: "the model has no such tensor" });
  if (tensor.dtype !== "F32") {
    throw new DtypeError({ doing, expected: "F32", found: tensor.dtype, fix: "convert it to F32 first" });
  }
  if (tensor.shape.join() !== place.shape.join()) {
    throw new ShapeError({
      doing,
      expected: `shape [${place.shape.join(", ")}]`,
      found: `[${tensor.shape.join(", ")}]`,
    });
  }
  const bytes = tensor.bytes();
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, place.length);
}

/**
 * cos and sin of position · 10000^(−2i / headDim), which v0 files contain and current readers skip. Rounded
 * to f32 at each step, as upstream computes them.
 */
function rotaryTables({ dim, nHeads, maxSeqLen }: Llama2cHeader): Float32Array {
  const headDim = dim / nHeads;
  const half = headDim / 2;
  const table = new Float32Array(2 * maxSeqLen * half);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(1 / Math.fround(10000 ** Math.fround((2 * i) / headDim)));
    for (let position = 0; position < maxSeqLen; position++) {
      const angle = Math.fround(position * frequency);
      table[position * half + i] = Math.cos(angle);
      table[(maxSeqLen + position) * half + i] = Math.sin(angle);
    }
  }
  return table;
}
