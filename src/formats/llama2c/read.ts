/** Opens llama2.c model files of versions 0, 1 and 2. */

import { platform } from "#platform";
import { ByteReader, type ByteSource } from "../../base/bytes.ts";
import { DISPOSE } from "../../base/dispose.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { sourceEntry } from "../source-entry.ts";
import type { TensorEntry, TensorFile } from "../tensor-file.ts";
import { decodeGroups } from "./groups.ts";
import {
  checkHeader,
  HEADER_FIELDS,
  type Llama2cHeader,
  MAGIC,
  type Place,
  placesOf,
  V0_HEADER_BYTES,
} from "./layout.ts";

export interface Llama2cFile extends TensorFile {
  readonly header: Llama2cHeader;
}

/**
 * Opens a llama2.c model file by path, or from a source, which the result then owns. Tensors have Meta's
 * names ("layers.0.attention.wq.weight") and are all F32: views of the file in versions 0 and 1; in version 2
 * the matrices are int8 groups in the file, and `bytes()` decodes them on every call.
 *
 * The file's length must match the header exactly. Throws FileError, FormatError or UnsupportedError (a later
 * version).
 */
export function openLlama2c(file: string | ByteSource): Llama2cFile {
  const source = typeof file === "string" ? platform.open(file) : file;
  try {
    const header = readHeader(source);
    const { places, byteLength } = placesOf(header);
    if (byteLength !== source.byteLength) throw wrongLength(source, byteLength);
    const tensors = new Map<string, TensorEntry>();
    for (const place of places) {
      if (place.kind !== "frequencies") tensors.set(place.name, entryOf(source, place, header.groupSize));
    }
    const dispose = () => source.dispose();
    return { path: source.name, byteLength, header, tensors, dispose, [DISPOSE]: dispose };
  } catch (error) {
    source.dispose();
    throw error;
  }
}

function entryOf(source: ByteSource, place: Place, groupSize = 1): TensorEntry {
  const { name, shape, offset, length } = place;
  if (place.kind === "f32") {
    return sourceEntry(source, { name, dtype: "F32", shape, byteLength: place.byteLength, offset });
  }
  const bytes = () => {
    const stored = source.bytes(offset, place.byteLength);
    return new Uint8Array(decodeGroups(stored, length, groupSize).buffer);
  };
  return { name, dtype: "F32", shape, byteLength: 4 * length, bytes };
}

function readHeader(source: ByteSource): Llama2cHeader {
  const reader = new ByteReader(source);
  const doing = `open "${source.name}" as a llama2.c model`;
  if (source.byteLength < V0_HEADER_BYTES) {
    throw new FormatError({
      doing,
      found: `the file has only ${source.byteLength} bytes`,
      fix: "fetch it again",
    });
  }
  const header = reader.u32() === MAGIC ? readNewHeader(reader, doing) : readV0Header(reader);
  checkHeader(doing, header);
  checkSize(source, header);
  return header;
}

function readFields(reader: ByteReader): Pick<Llama2cHeader, (typeof HEADER_FIELDS)[number]> {
  const [dim, ffnDim, nLayers, nHeads, nKvHeads, vocabSize, maxSeqLen] = HEADER_FIELDS.map(() =>
    reader.i32(),
  );
  return { dim, ffnDim, nLayers, nHeads, nKvHeads, vocabSize, maxSeqLen };
}

function readV0Header(reader: ByteReader): Llama2cHeader {
  reader.position = 0;
  const fields = readFields(reader);
  return { version: 0, ...fields, vocabSize: Math.abs(fields.vocabSize), tied: fields.vocabSize > 0 };
}

function readNewHeader(reader: ByteReader, doing: string): Llama2cHeader {
  const version = reader.i32();
  if (version !== 1 && version !== 2) {
    throw new UnsupportedError({ doing, expected: "version 1 or 2 after the magic", found: String(version) });
  }
  const fields = readFields(reader);
  const tied = reader.u8();
  if (tied > 1) throw new FormatError({ doing, expected: "a tied flag of 0 or 1", found: String(tied) });
  return { version, ...fields, tied: tied === 1, ...(version === 2 ? { groupSize: reader.i32() } : {}) };
}

/** Compares the lengths before the table of all layers' places is created. */
function checkSize(source: ByteSource, header: Llama2cHeader): void {
  const { places, byteLength } = placesOf({ ...header, nLayers: 1 });
  const perLayer = places
    .filter(({ name }) => name.startsWith("layers.0."))
    .reduce((sum, place) => sum + place.byteLength, 0);
  const total = byteLength + (header.nLayers - 1) * perLayer;
  if (total !== source.byteLength) throw wrongLength(source, total);
}

function wrongLength(source: ByteSource, expected: number): FormatError {
  return new FormatError({
    doing: `open "${source.name}" as a llama2.c model`,
    expected: `${expected} bytes, according to the header`,
    found: String(source.byteLength),
    fix: "the file is truncated, or is not a llama2.c model",
  });
}
