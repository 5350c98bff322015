/**
 * The format of torch.save before version 1.6, and today with _use_new_zipfile_serialization=False: five
 * pickles and the storages, one after another.
 *
 *     magic · protocol 1001 · {little_endian, …} · object · [storage keys] · (i64 length in values · data)*
 */
import { type ByteSource, checkRange } from "../../base/bytes.ts";
import { dtypeInfo } from "../../base/dtypes.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { readPickle } from "./pickle-reader.ts";
import { describeValue, isKind, type PickleValue, type StorageRef } from "./pickle-values.ts";
import type { StateDict } from "./state-dict.ts";
import type { StoragePlace } from "./strided.ts";

export const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

export interface LegacyObject {
  readonly root: PickleValue;
  /** The keys of the storages in the order of their data. */
  readonly keys: readonly string[];
  /** Offset of the first storage's length. */
  readonly dataStart: number;
}

function fail(source: ByteSource, expected: string, found: string): never {
  throw new FormatError({ doing: `read the PyTorch file "${source.name}"`, expected, found });
}

/** The pickles after the magic number, which ends at `start`. */
export function readLegacyObject(source: ByteSource, start: number): LegacyObject {
  const protocol = readPickle(source, start);
  if (protocol.value !== LEGACY_PROTOCOL)
    fail(source, `format ${LEGACY_PROTOCOL}`, describeValue(protocol.value));
  const system = readPickle(source, protocol.end);
  if (!isKind(system.value, "dict")) fail(source, "a dict about the machine", describeValue(system.value));
  if (system.value.entries.get("little_endian") !== true) {
    throw new UnsupportedError({ doing: `read "${source.name}"`, found: "a file of a big-endian machine" });
  }
  const root = readPickle(source, system.end);
  const keys = readPickle(source, root.end);
  if (!isKind(keys.value, "list")) fail(source, "a list of storage keys", describeValue(keys.value));
  const names = keys.value.items.map((key) => {
    return typeof key === "string" ? key : fail(source, "storage keys that are text", describeValue(key));
  });
  return { root: root.value, keys: names, dataStart: keys.end };
}

/** Every storage that the object mentions, by key, with its type: the data itself contains only lengths. */
function storagesOf(root: PickleValue): Map<string, StorageRef> {
  const found = new Map<string, StorageRef>();
  const seen = new Set<PickleValue>();
  const waiting: PickleValue[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array || seen.has(value))
      continue;
    seen.add(value);
    if (value.kind === "tensor") waiting.push(value.storage);
    else if (value.kind === "storage") found.set(value.key, value);
    else if (value.kind === "dict") {
      for (const item of value.entries.values()) waiting.push(item);
    } else if (value.kind !== "global") {
      for (const item of value.items) waiting.push(item);
    }
  }
  return found;
}

/** The place of each storage. Throws FormatError if one is unknown, listed twice, missing or truncated. */
export function placeLegacyStorages(
  source: ByteSource,
  { root, keys, dataStart }: LegacyObject,
  { tensors }: StateDict,
): Map<string, StoragePlace> {
  const storages = storagesOf(root);
  const places = new Map<string, StoragePlace>();
  let at = dataStart;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined || places.has(key)) {
      fail(
        source,
        "keys of storages that the object uses, without duplicates",
        JSON.stringify(key.slice(0, 60)),
      );
    }
    checkRange(source.name, source.byteLength, at, 8);
    const prefix = source.bytes(at, 8);
    const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigInt64(0, true);
    if (length !== BigInt(storage.length)) fail(source, `${storage.length} values in "${key}"`, `${length}`);
    const byteLength = storage.length * dtypeInfo(storage.dtype).blockBytes;
    checkRange(
      source.name,
      source.byteLength,
      at + 8,
      byteLength,
      `read storage "${key}" of "${source.name}"`,
    );
    places.set(key, { offset: at + 8, byteLength });
    at += 8 + byteLength;
  }
  for (const { storage } of tensors.values()) {
    if (!places.has(storage.key)) fail(source, `the data of storage "${storage.key}"`, "none");
  }
  return places;
}
