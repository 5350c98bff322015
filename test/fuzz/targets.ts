/**
 * The fuzz targets: one row per reader of untrusted files. To add one, write its seeds (small valid files made by Cria,
 * of every kind that the reader supports) and its `run`.
 */
import type { ByteSource } from "../../src/base/bytes.ts";
import { ggufValue, openGguf, writeGguf } from "../../src/formats/gguf/index.ts";
import { decodeUtf8, readJsonSource, readWeightIndex } from "../../src/formats/hf/index.ts";
import { openLlama2c } from "../../src/formats/llama2c/index.ts";
import { openPth, readPickle } from "../../src/formats/pth/index.ts";
import { openSafetensors } from "../../src/formats/safetensors/index.ts";
import type { TensorFile } from "../../src/formats/tensor-file.ts";
import { memorySink } from "../../src/platform/memory-sink.ts";
import { adapterSeeds, conversationSeeds, useAdapter, useConversations } from "./adapters.ts";
import { grammarSeeds, useGrammar } from "./grammars.ts";
import { modelSeeds, useModel } from "./models.ts";
import { f32, join, rawGguf, text, u8, u32, u64 } from "./raw-gguf.ts";
import { templateSeeds, useTemplate } from "./templates.ts";
import { tinyLlama2c } from "./tiny-llama2c.ts";
import { jsonSeeds, pickleSeeds, pthSeeds, safetensorsSeeds } from "./tiny-pth.ts";
import { tokenizerSeeds, useTokenizer } from "./tokenizers.ts";
import { peerSeeds, readPeer, readTorrent, torrentSeeds } from "./torrents.ts";

/** Records a stage that a case reached. */
export type Reach = (stage: string) => void;
/** Counts the reads of a source that a case opens itself. */
export type Watch = (source: ByteSource) => ByteSource;

export interface Target {
  readonly name: string;
  /** Valid files of a few kilobytes each. Must be deterministic. */
  seeds(): Uint8Array[];
  /**
   * Reads the file as a user would. If it is a tensor file, returns the tensors; the harness then reads
   * the bytes of each. May throw a CriaError and nothing else.
   */
  run(source: ByteSource, reach: Reach, watch: Watch): TensorFile | undefined | Promise<undefined>;
  /** Number of leading bytes that are changed as often as all others together. Default 256. */
  readonly head?: number;
  /** Bytes of arrays that a case may use in addition to its files. Default: half a MiB. */
  readonly workBytes?: number;
  /** True if no two tensors may share bytes. */
  readonly isDisjoint?: boolean;
  /** Makes a damaged file pass early checks such as checksums. */
  repair?(bytes: Uint8Array): Uint8Array;
}

/** Every value type, three tensors; written by hand, because Cria writes only version 3. */
function ggufOfVersion(version: number): Uint8Array {
  const count = version === 1 ? u32 : u64;
  const string = (value: string) => text(value, version);
  return rawGguf({
    version,
    metadata: [
      ["general.architecture", 8, string("llama")],
      ["general.alignment", 4, u32(32)],
      ["llama.block_count", 4, u32(2)],
      ["f32", 6, f32(1e-5)],
      ["bool", 7, u8(1)],
      ["u64", 10, u64(1)],
      ["f64", 12, u64(2n ** 62n)],
      ["tokens", 9, join(u32(8), count(4), string("<unk>"), string("a"), string("Ġb"), string("😀"))],
      ["types", 9, join(u32(5), count(3), u32(1), u32(2), u32(3))],
      ["flags", 9, join(u32(7), count(2), u8(0), u8(1))],
      ["nested", 9, join(u32(9), count(2), u32(0), count(1), u8(5), u32(8), count(1), string("x"))],
    ],
    tensors: [
      { name: "token_embd.weight", dims: [8, 4] },
      { name: "blk.0.attn_q.weight", dims: [32, 2], type: 2, offset: 128 },
      { name: "output_norm.weight", dims: [8], type: 1, offset: 192 },
    ],
    data: Uint8Array.from({ length: 224 }, (_, i) => i),
  });
}

function ggufShard(): Uint8Array {
  const sink = memorySink();
  const tensor = {
    name: "t",
    dtype: "Q8_0",
    shape: [2, 64],
    byteLength: 136,
    bytes: () => new Uint8Array(136),
  } as const;
  const split = {
    "split.no": ggufValue.u16(0),
    "split.count": ggufValue.u16(1),
    "split.tensors.count": ggufValue.i32(1),
  };
  writeGguf(sink, { metadata: Object.entries(split), tensors: [tensor], alignment: 64 });
  sink.commit();
  return sink.bytes();
}

export const TARGETS: readonly Target[] = [
  {
    name: "gguf",
    seeds: () => [ggufOfVersion(1), ggufOfVersion(2), ggufOfVersion(3), ggufShard(), rawGguf({})],
    run: (source) => openGguf(source),
    isDisjoint: true,
  },
  {
    name: "llama2c",
    seeds: () => [
      tinyLlama2c({ version: 0 }),
      tinyLlama2c({ version: 0, tied: false }),
      tinyLlama2c({ version: 1, tied: false }),
      tinyLlama2c({ version: 2 }),
    ],
    run: (source) => openLlama2c(source),
    isDisjoint: true,
    repair: fitLlama2cLength,
  },
  {
    name: "safetensors",
    seeds: safetensorsSeeds,
    run: (source) => openSafetensors(source),
    isDisjoint: true,
  },
  { name: "pth", seeds: pthSeeds, run: (source) => openPth(source) },
  { name: "pickle", seeds: pickleSeeds, run: (source) => checkPickle(readPickle(source)) },
  { name: "hf-json", seeds: jsonSeeds, run: readJson },
  { name: "tokenizer", seeds: tokenizerSeeds, run: useTokenizer, head: 1024, workBytes: 2 << 20 },
  { name: "template", seeds: templateSeeds, run: useTemplate },
  { name: "grammar", seeds: grammarSeeds, run: useGrammar, workBytes: 64 << 20 },
  { name: "torrent", seeds: torrentSeeds, run: readTorrent, head: 1024 },
  { name: "adapter", seeds: adapterSeeds, run: useAdapter },
  { name: "conversations", seeds: conversationSeeds, run: useConversations },
  { name: "peer", seeds: peerSeeds, run: readPeer, head: 400 },
  { name: "model", seeds: modelSeeds, run: useModel, head: 4096, workBytes: 32 << 20 },
];

/** A pickle's value must have no holes: a hole would fail only when used. */
function checkPickle(root: unknown): undefined {
  const seen = new Set<unknown>();
  const rest: unknown[] = [root];
  while (rest.length > 0) {
    const value = rest.pop();
    if (value === undefined) throw new Error("the pickle's value has a hole");
    if (typeof value !== "object" || value === null || seen.has(value) || ArrayBuffer.isView(value)) continue;
    seen.add(value);
    const inside: readonly unknown[] = Symbol.iterator in value ? [...(value as Iterable<unknown>)] : [];
    for (const part of [...inside, ...Object.values(value)].slice(0, 1000)) rest.push(part);
  }
}

/** Consumers may traverse settings recursively, so the reader must limit their depth. */
function checkDepth(json: unknown): void {
  const most = 64;
  const rest: (readonly [value: unknown, depth: number])[] = [[json, 1]];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [value, depth] = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth > most) throw new Error(`an accepted file has more than ${most} levels`);
    for (const part of Object.values(value)) rest.push([part, depth + 1]);
  }
}

/** A settings file, which may be an index. */
function readJson(source: ByteSource): undefined {
  const json = readJsonSource(source);
  checkDepth(json);
  if (!Object.hasOwn(json, "weight_map")) return;
  readWeightIndex(decodeUtf8(source.bytes(0, source.byteLength), source.name), source.name);
}

/** These files have no fields except the header, which must match the file's length or is refused at once. */
function fitLlama2cLength(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength % 2 === 1) return bytes; // leave some unchanged
  const original = [0, 1, 2].map((version) => tinyLlama2cLength(version as 0 | 1 | 2));
  const length = original.find((wanted) => Math.abs(wanted - bytes.byteLength) < 256);
  if (length === undefined) return bytes;
  const fitted = new Uint8Array(length);
  fitted.set(bytes.subarray(0, length));
  return fitted;
}

const lengths = new Map<number, number>();
function tinyLlama2cLength(version: 0 | 1 | 2): number {
  const length = lengths.get(version) ?? tinyLlama2c({ version }).byteLength;
  lengths.set(version, length);
  return length;
}

/** Readers with faults that only an outside observer can see: `fuzz` must find them. Not among the targets. */
export const FAULTY_TARGETS: readonly Target[] = [
  {
    name: "faulty: hangs",
    seeds: () => [Uint8Array.of(1)],
    run: () => {
      for (;;);
    },
  },
  {
    name: "faulty: eats all memory",
    seeds: () => [Uint8Array.of(1)],
    run: () => {
      for (const eaten: object[] = []; ; ) eaten.push(new Array(1_000_000).fill(0.5));
    },
  },
];
