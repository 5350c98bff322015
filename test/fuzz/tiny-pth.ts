/** Small PyTorch and Hugging Face files as seeds: written by Cria, or by hand if Cria cannot write them. */

import { writePth } from "../../src/formats/pth/index.ts";
import { ZipWriter } from "../../src/formats/pth/zip-writer.ts";
import { writeSafetensors } from "../../src/formats/safetensors/index.ts";
import type { TensorEntry } from "../../src/formats/tensor-file.ts";
import { memorySink } from "../../src/platform/memory-sink.ts";
import type { FileSink } from "../../src/platform/platform.ts";
import { join, u64 } from "./raw-gguf.ts";

/** One character, one byte. */
const raw = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function written(write: (sink: FileSink) => void): Uint8Array {
  const sink = memorySink();
  write(sink);
  sink.commit();
  return sink.bytes();
}

function tensor(name: string, dtype: "F16" | "BF16" | "F32" | "I64" | "BOOL", shape: number[]): TensorEntry {
  const width = { F16: 2, BF16: 2, F32: 4, I64: 8, BOOL: 1 }[dtype];
  const byteLength = shape.reduce((product, dim) => product * dim, width);
  return {
    name,
    dtype,
    shape,
    byteLength,
    bytes: () => Uint8Array.from({ length: byteLength }, (_, i) => i),
  };
}

const TENSORS = [
  tensor("tok_embeddings.weight", "BF16", [6, 4]),
  tensor("layers.0.attention.wq.weight", "F16", [4, 4]),
  tensor("norm.weight", "F32", [4]),
  tensor("steps", "I64", []),
  tensor("mask", "BOOL", [0, 3]),
];

const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const storage = (type: string, key: string, length: number): string =>
  `(${text("storage")}ctorch\n${type}\n${text(key)}${text("cpu")}K${String.fromCharCode(length)}tQ`;
const window = (place: string, offset: number, shape: string, strides: string): string => {
  const hooks = "\x89ccollections\nOrderedDict\n)R";
  return `ctorch._utils\n_rebuild_tensor_v2\n(${place}K${String.fromCharCode(offset)}${shape}${strides}${hooks}tR`;
};

/** A training checkpoint: a parameter, a transposed and a shared window, settings, attributes. */
const TRAINING =
  `\x80\x02}q\0(${text("model")}ccollections\nOrderedDict\n)R(` +
  text("wq") +
  window(storage("FloatStorage", "0", 12), 0, "K\x03K\x04\x86", "K\x01K\x03\x86") +
  `${text("row")}ctorch._utils\n_rebuild_parameter\n` +
  `${window(storage("FloatStorage", "0", 12), 4, "K\x04\x85", "K\x01\x85")}\x88N\x87R` +
  `u}${text("_metadata")}Nsb${text("args")}}(${text("dim")}M\x20\x01${text("eps")}G>\xe4\xf8\xb5\x88\xe3\x68\xf1` +
  `${text("list")}](K\x01J\xff\xff\xff\xff\x8a\x09\0\0\0\0\0\0\0\0\x01e${text("self")}h\0uu.`;

function trainingArchive(): Uint8Array {
  return written((sink) => {
    const zip = new ZipWriter(sink);
    zip.add("ckpt/data.pkl", raw(TRAINING));
    zip.add("ckpt/data/0", new Uint8Array(48));
    zip.add("ckpt/version", raw("3\n"));
    zip.finish();
  });
}

function legacyFile(): Uint8Array {
  const magic = "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
  const system = `\x80\x02}(${text("protocol_version")}M\xe9\x03${text("little_endian")}\x88u.`;
  const keys = `\x80\x02]${text("0")}a.`;
  return join(raw(`${magic}\x80\x02M\xe9\x03.${system}${TRAINING}${keys}`), u64(12), new Uint8Array(48));
}

/** Protocol 4: a frame, short text, bytes, a set, a tuple, a name from the stack. */
const MODERN =
  "\x80\x04\x95\x30\0\0\0\0\0\0\0}\x94(\x8c\x01aC\x02hi\x8c\x01b\x8f(K\x01K\x02\x90\x8c\x01c(NN\x88t" +
  "\x8c\x01d\x8c\x0bcollections\x8c\x0bOrderedDict\x93)Ru.";

export const pthSeeds = (): Uint8Array[] => [
  written((sink) => writePth(sink, TENSORS)),
  trainingArchive(),
  legacyFile(),
];

export const pickleSeeds = (): Uint8Array[] => [raw(TRAINING), raw(MODERN)];

export const safetensorsSeeds = (): Uint8Array[] => [
  written((sink) => writeSafetensors(sink, TENSORS)),
  written((sink) =>
    writeSafetensors(sink, TENSORS.slice(0, 2), { metadata: { format: "pt", note: 'ü"\\' } }),
  ),
  written((sink) => writeSafetensors(sink, [], { metadata: {} })),
];

export const jsonSeeds = (): Uint8Array[] => [
  utf8(
    '{"architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "rms_norm_eps": 1e-06, "rope_scaling": null}',
  ),
  utf8('{"a": {"b": [1, -2.5, true, "\\u00fc\\"", {"c": {}}]}, "constructor": "x", "e": []}'),
  utf8('{"metadata": {"total_size": 12}, "weight_map": {"a": "m-1.bin", "b": "m-2.bin"}}'),
];
