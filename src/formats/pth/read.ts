/** Opens files of torch.save: .pth, .pt, .bin. Nothing in the file is ever executed. */

import type { ByteSource } from "../../base/bytes.ts";
import { DISPOSE } from "../../base/dispose.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { openIndexed } from "../hf/weight-index.ts";
import type { TensorEntry, TensorFile } from "../tensor-file.ts";
import { LEGACY_MAGIC, placeLegacyStorages, readLegacyObject } from "./legacy.ts";
import { readPickle } from "./pickle-reader.ts";
import type { PickleValue, StorageRef } from "./pickle-values.ts";
import { findStateDict, type StateDict } from "./state-dict.ts";
import { type StoragePlace, tensorEntry } from "./strided.ts";
import { readZip, requireStored, type ZipEntry } from "./zip-reader.ts";

export interface PthFile extends TensorFile {
  /** Everything that was saved, including settings and counters, with tensors as descriptions. */
  readonly root: PickleValue;
  /** The key of `root` under which the tensors were found; absent if `root` itself holds them. */
  readonly modelKey?: string;
}

interface Content {
  readonly root: PickleValue;
  readonly state: StateDict;
  readonly place: (storage: StorageRef) => StoragePlace;
}

function fail(source: ByteSource, expected: string, found: string, fix?: string): never {
  const doing = `open "${source.name}" as a PyTorch checkpoint`;
  throw new FormatError({ doing, expected, found, ...(fix === undefined ? {} : { fix }) });
}

function unsupported(source: ByteSource, found: string, fix: string): never {
  throw new UnsupportedError({ doing: `open "${source.name}" as a PyTorch checkpoint`, found, fix });
}

const PICKLE_NAME = "data.pkl";

/** The archive's top folder: "archive/", or the file's name. */
function archiveRoot(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>): string {
  const names = [...entries.keys()];
  if (names.length > 0 && names.every((name) => name.endsWith(".npy"))) {
    unsupported(source, "a NumPy archive (.npz)", "save the arrays as safetensors");
  }
  const roots = names
    .filter((name) => name.endsWith(`/${PICKLE_NAME}`))
    .map((name) => name.slice(0, -PICKLE_NAME.length));
  if (roots.length !== 1) {
    fail(source, `one ${PICKLE_NAME} in the archive`, `${roots.length}`, "this is not a file of torch.save");
  }
  const [root] = roots;
  if (entries.has(`${root}constants.pkl`)) {
    unsupported(source, "a TorchScript program", "save the model's state_dict() with torch.save");
  }
  return root;
}

function checkByteOrder(source: ByteSource, entry: ZipEntry | undefined): void {
  if (entry === undefined) return;
  const { dataOffset, byteLength } = requireStored(source, entry);
  const order = new TextDecoder().decode(source.bytes(dataOffset, Math.min(byteLength, 16)));
  if (order === "big")
    unsupported(source, "a file of a big-endian machine", "save it on a little-endian one");
  if (order !== "little") fail(source, 'the byte order "little" or "big"', JSON.stringify(order));
}

function readArchive(source: ByteSource): Content {
  const entries = readZip(source);
  const folder = archiveRoot(source, entries);
  checkByteOrder(source, entries.get(`${folder}byteorder`));
  const pickle = requireStored(source, entries.get(`${folder}${PICKLE_NAME}`) as ZipEntry);
  const { value } = readPickle(source, pickle.dataOffset, pickle.dataOffset + pickle.byteLength);
  return {
    root: value,
    state: findStateDict(value, source.name),
    place: ({ key }) => {
      const entry = entries.get(`${folder}data/${key}`);
      if (entry === undefined) return fail(source, `the data of storage ${JSON.stringify(key)}`, "none");
      const { dataOffset, byteLength } = requireStored(source, entry);
      return { offset: dataOffset, byteLength };
    },
  };
}

/** A file that starts with a pickle: the legacy form, or other pickled data. */
function readPickles(source: ByteSource): Content {
  const first = readPickle(source);
  if (first.value !== LEGACY_MAGIC) {
    findStateDict(first.value, source.name); // throws with a description of the pickle if it holds no tensors
    fail(source, "the magic number of torch.save", "tensors in a bare pickle, without their data");
  }
  const object = readLegacyObject(source, first.end);
  const state = findStateDict(object.root, source.name);
  const places = placeLegacyStorages(source, object, state);
  return { root: object.root, state, place: ({ key }) => places.get(key) as StoragePlace };
}

const ZIP_MAGIC = 0x04034b50;
const TAR_MAGIC_OFFSET = 257;

function readContent(source: ByteSource): Content {
  const head = source.bytes(0, Math.min(source.byteLength, 512));
  if (head.byteLength < 4) return fail(source, "a file of torch.save", `${head.byteLength} bytes`);
  const magic = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true);
  if (magic === ZIP_MAGIC) return readArchive(source);
  if (head[0] === 0x80) return readPickles(source);
  const tar = new TextDecoder().decode(head.subarray(TAR_MAGIC_OFFSET, TAR_MAGIC_OFFSET + 5));
  if (tar === "ustar") {
    const fix = "load it with PyTorch and save it again with torch.save";
    unsupported(source, "the tar form that torch.save wrote before version 0.1.10", fix);
  }
  return fail(source, "a ZIP archive or a pickle", `a file that starts with 0x${magic.toString(16)}`);
}

/**
 * Tensors may share storages (tied weights) and repeat values (stride 0, from `expand`), so a small file can
 * describe more data than any disk holds. Their total size is limited to this multiple of the file's size.
 */
const MAX_GROWTH = 8;

function checkTotal(source: ByteSource, tensors: Iterable<TensorEntry>): void {
  let total = 0;
  for (const { byteLength } of tensors) total += byteLength;
  if (total <= MAX_GROWTH * source.byteLength) return;
  fail(
    source,
    `tensors of at most ${MAX_GROWTH} times the file's ${source.byteLength} bytes`,
    `${total} bytes`,
  );
}

/**
 * Opens a checkpoint of torch.save, ZIP or legacy form. The state dict is the dict under "model",
 * "state_dict", "model_state_dict" or "module" (the first that holds tensors), else the root. Contiguous
 * tensors are views of the file, others are gathered when their bytes are requested. The result owns the
 * source and disposes it; if opening fails the source stays the caller's.
 * @throws FormatError if the file is malformed or wants to run code; UnsupportedError for other things that
 *   PyTorch, NumPy or pickle write.
 */
export function openPth(source: ByteSource): PthFile {
  const { root, state, place } = readContent(source);
  const tensors = new Map<string, TensorEntry>();
  for (const [name, tensor] of state.tensors) {
    tensors.set(name, tensorEntry(source, name, tensor, place(tensor.storage)));
  }
  checkTotal(source, tensors.values());
  return {
    path: source.name,
    byteLength: source.byteLength,
    tensors,
    root,
    ...(state.key === undefined ? {} : { modelKey: state.key }),
    dispose: () => source.dispose(),
    [DISPOSE]: () => source.dispose(),
  };
}

/**
 * Opens the shards that `pytorch_model.bin.index.json` names.
 * @param index the text of the index file; `path` its name for messages.
 * @param openShard opens a file next to the index; it receives only plain names.
 */
export function openShardedPth(
  index: string,
  path: string,
  openShard: (fileName: string) => ByteSource,
): TensorFile {
  return openIndexed(index, path, (fileName) => {
    const source = openShard(fileName);
    try {
      return openPth(source);
    } catch (error) {
      source.dispose();
      throw error;
    }
  });
}
