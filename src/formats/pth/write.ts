/** Writes checkpoints that torch.load can open, also with weights_only=True and mmap=True. */
import { dtypeInfo } from "../../base/dtypes.ts";
import { ConfigError, DtypeError } from "../../base/errors.ts";
import type { FileSink } from "../../platform/platform.ts";
import { type TensorEntry, wholeBytes } from "../tensor-file.ts";
import { storageClassOf } from "./pickle-globals.ts";
import { pickleStateDict, type TensorDescription } from "./pickle-writer.ts";
import { ZipWriter } from "./zip-writer.ts";

/** The "version" that torch.save writes since 1.6. */
const ARCHIVE_VERSION = "3\n";

function describe(tensor: TensorEntry, index: number): TensorDescription {
  const { name, dtype, shape, byteLength } = tensor;
  const storageClass = storageClassOf(dtype);
  if (storageClass !== undefined) {
    return { name, storageClass, key: `${index}`, shape, length: byteLength / dtypeInfo(dtype).blockBytes };
  }
  throw new DtypeError({
    doing: `write tensor "${name}" as .pth`,
    expected: "a type that PyTorch's storages have",
    found: dtype,
    fix: dtypeInfo(dtype).kind === "quantised" ? "decode it to F16 or BF16 first" : "convert it first",
  });
}

/**
 * Writes a state dict: a plain dict of contiguous tensors, each with its own storage, in the order given. One
 * tensor's bytes are in memory at a time. The sink's owner commits it.
 * @throws DtypeError for types that PyTorch's storages lack, ConfigError for duplicate names.
 */
export function writePth(sink: FileSink, tensors: Iterable<TensorEntry>): void {
  const list = [...tensors];
  const names = new Set<string>();
  for (const { name } of list) {
    if (names.has(name))
      throw new ConfigError({ doing: "write .pth", found: `the tensor name "${name}" twice` });
    names.add(name);
  }
  const zip = new ZipWriter(sink);
  const encoder = new TextEncoder();
  zip.add("archive/data.pkl", pickleStateDict(list.map(describe)));
  zip.add("archive/byteorder", encoder.encode("little"));
  for (const [index, tensor] of list.entries()) {
    const bytes = wholeBytes(tensor);
    zip.add(`archive/data/${index}`, bytes);
  }
  zip.add("archive/version", encoder.encode(ARCHIVE_VERSION));
  zip.finish();
}
