import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TINY, tinyLlama2c, tinyTensors } from "../../../test/fuzz/tiny-llama2c.ts";
import { sharedData, sharedPath } from "../../../test/support/shared-data.ts";
import { bufferSource } from "../../base/bytes.ts";
import {
  ConfigError,
  CriaError,
  DtypeError,
  FormatError,
  ShapeError,
  UnsupportedError,
} from "../../base/errors.ts";
import { memorySink } from "../../platform/memory-sink.ts";
import { openGguf } from "../gguf/index.ts";
import { decodeGroups, encodeGroups } from "./groups.ts";
import { openLlama2c } from "./read.ts";
import { fitGroupSize, type Llama2cContent, writeLlama2c } from "./write.ts";

const open = (bytes: Uint8Array) => openLlama2c(bufferSource(bytes, "tiny.bin"));
const floats = (bytes: Uint8Array) => new Float32Array(new Uint8Array(bytes).buffer);
function written(content: Llama2cContent): Uint8Array {
  const sink = memorySink();
  writeLlama2c(sink, content);
  sink.commit();
  return sink.bytes();
}

describe.each([true, false])("a model with tied: %s", (tied) => {
  it.each([0, 1] as const)("is preserved by version %i bit for bit", (version) => {
    const header = { ...TINY, version, tied };
    const tensors = tinyTensors(header);
    using file = open(tinyLlama2c(header));
    expect(file.header).toEqual(header);
    expect(file.tensors.has("output.weight")).toBe(!tied);
    expect(file.tensors.size).toBe(tensors.size - (tied ? 1 : 0));
    for (const [name, { shape, byteLength, dtype, bytes }] of file.tensors) {
      expect(dtype).toBe("F32");
      expect(shape, name).toEqual(tensors.get(name)!.shape);
      expect(bytes().byteLength).toBe(byteLength);
      expect(bytes()).toEqual(tensors.get(name)!.bytes());
    }
  });

  it("is preserved by version 2 within half a step of each group's scale", () => {
    const header = { ...TINY, version: 2 as const, tied };
    const tensors = tinyTensors(header);
    using file = open(tinyLlama2c(header));
    expect(file.header).toEqual({ ...header, groupSize: 8 }); // 24 = 3 · 8
    for (const [name, entry] of file.tensors) {
      const wanted = floats(tensors.get(name)!.bytes());
      const got = floats(entry.bytes());
      expect(got.length).toBe(wanted.length);
      expect(entry.byteLength).toBe(4 * wanted.length);
      const isNorm = name.includes("norm");
      for (let start = 0; start < wanted.length; start += 8) {
        const group = wanted.subarray(start, start + 8);
        const step = isNorm ? 0 : Math.max(...group.map(Math.abs)) / 127;
        for (const [i, value] of group.entries())
          expect(Math.abs(got[start + i] - value)).toBeLessThanOrEqual(step * 0.501);
      }
    }
  });
});

describe("the sizes of files", () => {
  it("are those of export.py", () => {
    const { dim, ffnDim, nLayers, vocabSize, maxSeqLen, nHeads } = TINY;
    const matrices = vocabSize * dim + nLayers * (2 * dim * dim + (2 * dim * dim) / 2 + 3 * dim * ffnDim);
    const norms = (2 * nLayers + 1) * dim;
    const tables = (maxSeqLen * dim) / nHeads;
    expect(tinyLlama2c({ version: 0 }).byteLength).toBe(28 + 4 * (matrices + norms + tables));
    expect(tinyLlama2c({ version: 1 }).byteLength).toBe(256 + 4 * (matrices + norms));
    expect(tinyLlama2c({ version: 2 }).byteLength).toBe(256 + 4 * norms + matrices + (4 * matrices) / 8);
  });
});

describe("groups of int8", () => {
  it("reach ±127, keep zeros and round ties to even", () => {
    const values = Float32Array.of(127, -127, 0.5, 1.5, 2.5, -0.5, -1.5, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const { q, scales } = encodeGroups(values, 8);
    expect([...q]).toEqual([127, -127, 0, 2, 2, 0, -2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...scales]).toEqual([1, 0]);
    const bytes = new Uint8Array(24);
    bytes.set(new Uint8Array(q.buffer));
    bytes.set(new Uint8Array(scales.buffer), 16);
    expect([...decodeGroups(bytes, 16, 8)].slice(0, 3)).toEqual([127, -127, 0]);
  });

  it("fit both widths", () => {
    expect(fitGroupSize({ dim: 4096, ffnDim: 11008 })).toBe(64);
    expect(fitGroupSize({ dim: 288, ffnDim: 768 })).toBe(32);
    expect(fitGroupSize({ dim: 64, ffnDim: 172 })).toBe(4);
  });
});

/** Headers that openLlama2c must refuse, as changes of a valid file of version 1 (i32 at an offset). */
const HOSTILE: [string, number, number][] = [
  ["dim 0", 8, 0],
  ["dim -16", 8, -16],
  ["dim that heads do not divide", 8, 15],
  ["2^31 - 1 layers", 16, 0x7fffffff],
  ["one layer more", 16, 3],
  ["no heads", 20, 0],
  ["odd head width", 20, 16],
  ["kv heads that do not divide the heads", 24, 3],
  ["vocabulary of 2^31 - 1", 28, 0x7fffffff],
  ["negative vocabulary", 28, -10],
  ["no context", 32, 0],
  ["tied flag 2", 36, 2],
  ["untied without weights", 36, 0],
];

describe("a hostile file is refused:", () => {
  it.each(HOSTILE)("%s", (_, offset, value) => {
    const bytes = tinyLlama2c();
    open(bytes).dispose();
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(offset, value, true);
    expect(() => open(bytes)).toThrow(FormatError);
  });

  it("group sizes of 0, below 0 and not dividing", () => {
    for (const groupSize of [0, -8, 7]) {
      const bytes = tinyLlama2c({ version: 2 });
      new DataView(bytes.buffer, bytes.byteOffset).setInt32(37, groupSize, true);
      expect(() => open(bytes)).toThrow(/groupSize|whole groups/);
    }
  });

  it("a later version", () => {
    const bytes = tinyLlama2c();
    bytes[4] = 3;
    expect(() => open(bytes)).toThrow(UnsupportedError);
  });

  it.each([0, 1, 2] as const)("version %i with any byte missing or one too many", (version) => {
    const bytes = tinyLlama2c({ version });
    for (const length of [0, 3, 4, 27, 28, 100, 255, 256, bytes.byteLength - 1]) {
      expect(() => open(bytes.subarray(0, length)), `${length} bytes`).toThrow(CriaError);
    }
    const longer = new Uint8Array(bytes.byteLength + 1);
    longer.set(bytes);
    expect(() => open(longer)).toThrow(/according to the header/);
  });
});

describe("writeLlama2c", () => {
  it("refuses tensors that are missing, of another type or shape", () => {
    const tensors = tinyTensors(TINY);
    const replace = (name: string, changes: object) =>
      new Map([...tensors, [name, { ...tensors.get(name)!, ...changes }]]);
    const write = (given: Llama2cContent["tensors"]) => written({ header: TINY, tensors: given });
    expect(() => write(new Map())).toThrow(ConfigError);
    expect(() => write(replace("norm.weight", { dtype: "F16" }))).toThrow(DtypeError);
    expect(() => write(replace("norm.weight", { shape: [4, 4] }))).toThrow(ShapeError);
    expect(() => written({ header: { ...TINY, nHeads: 3 }, tensors })).toThrow(FormatError);
  });
});

describe.skipIf(!sharedData)("stories260K", () => {
  const checkpoint = (name: string) => sharedPath(`checkpoints/${name}`);

  it("is the same in version 0, version 1 and GGUF, bit for bit", () => {
    using v0 = openLlama2c(checkpoint("stories260K.bin"));
    using v1 = openLlama2c(checkpoint("stories260K-v1.bin"));
    using gguf = openGguf(checkpoint("stories260Ktok512.gguf"));
    expect(v0.header).toMatchObject({
      dim: 64,
      ffnDim: 172,
      nLayers: 5,
      nHeads: 8,
      nKvHeads: 4,
      vocabSize: 512,
    });
    expect({ ...v1.header, version: 0 }).toEqual(v0.header);
    const ggufName = (name: string) =>
      Object.entries({
        "tok_embeddings.": "token_embd.",
        "layers.": "blk.",
        "attention.wq.": "attn_q.",
        "attention.wk.": "attn_k.",
        "attention.wv.": "attn_v.",
        "attention.wo.": "attn_output.",
        "feed_forward.w1.": "ffn_gate.",
        "feed_forward.w2.": "ffn_down.",
        "feed_forward.w3.": "ffn_up.",
        attention_norm: "attn_norm",
      }).reduce((text, [from, to]) => text.replace(from, to), name.replace(/^norm/, "output_norm"));
    expect(v0.tensors.size).toBe(5 * 9 + 2);
    for (const [name, tensor] of v0.tensors) {
      const bytes = Buffer.from(tensor.bytes());
      expect(bytes.equals(v1.tensors.get(name)!.bytes()), name).toBe(true);
      const twin = gguf.tensors.get(ggufName(name));
      expect(twin?.shape, name).toEqual(tensor.shape);
      expect(bytes.equals(twin!.bytes()), name).toBe(true);
    }
  });

  it("is written back byte for byte, as upstream's exporter wrote it", () => {
    using v0 = openLlama2c(checkpoint("stories260K.bin"));
    const as = (version: 1 | 2, options = {}) =>
      written({ header: { ...v0.header, version, ...options }, tensors: v0.tensors });
    expect(Buffer.compare(as(1), readFileSync(checkpoint("stories260K-v1.bin")))).toBe(0);
    expect(Buffer.compare(as(2, { groupSize: 8 }), readFileSync(checkpoint("stories260K-q8.bin")))).toBe(0);
  });

  it("is written back in version 0 except for the last bits of the unused rotary tables", () => {
    const original = readFileSync(checkpoint("stories260K.bin"));
    using v0 = openLlama2c(checkpoint("stories260K.bin"));
    const again = written({ header: v0.header, tensors: v0.tensors });
    expect(again.byteLength).toBe(original.byteLength);
    const tables = original.byteLength - 2 * 512 * 4 * 4;
    expect(Buffer.compare(again.subarray(0, tables), original.subarray(0, tables))).toBe(0);
    const wanted = floats(original.subarray(tables));
    for (const [i, value] of floats(again.subarray(tables)).entries()) {
      expect(Math.abs(value - wanted[i])).toBeLessThan(1e-6);
    }
  });

  it("is within a percent of itself in int8", () => {
    using v0 = openLlama2c(checkpoint("stories260K.bin"));
    using v2 = openLlama2c(checkpoint("stories260K-q8.bin"));
    expect([...v2.tensors.keys()].sort()).toEqual([...v0.tensors.keys()].sort());
    for (const [name, tensor] of v0.tensors) {
      const wanted = floats(tensor.bytes());
      const got = floats(v2.tensors.get(name)!.bytes());
      const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      for (const [i, value] of got.entries()) expect(Math.abs(value - wanted[i])).toBeLessThan(largest / 200);
    }
  });
});
