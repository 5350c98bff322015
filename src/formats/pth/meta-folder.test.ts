import { describe, expect, it } from "vitest";
import { writtenBy } from "../../../test/support/memory-sink.ts";
import { type ByteSource, bufferSource } from "../../base/bytes.ts";
import { FormatError, ShapeError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { TensorEntry } from "../tensor-file.ts";
import { openMetaFolder } from "./meta-folder.ts";
import { type ShardAxis, shardAxis, shardTensor } from "./model-parallel.ts";
import { writePth } from "./write.ts";

const DIM = 64;
const FFN = 96;
const VOCAB = 40;
const random = new Random(11);

function tensor(name: string, shape: number[]): TensorEntry {
  const byteLength = 2 * shape.reduce((product, dim) => product * dim, 1);
  const data = Uint8Array.from({ length: byteLength }, () => random.below(256));
  return { name, dtype: "BF16", shape, byteLength, bytes: () => data };
}

/** A model with grouped heads in Meta's names. */
const MODEL: TensorEntry[] = [
  tensor("tok_embeddings.weight", [VOCAB, DIM]),
  ...[0, 1].flatMap((layer) => [
    tensor(`layers.${layer}.attention.wq.weight`, [DIM, DIM]),
    tensor(`layers.${layer}.attention.wk.weight`, [DIM / 4, DIM]),
    tensor(`layers.${layer}.attention.wv.weight`, [DIM / 4, DIM]),
    tensor(`layers.${layer}.attention.wo.weight`, [DIM, DIM]),
    tensor(`layers.${layer}.feed_forward.w1.weight`, [FFN, DIM]),
    tensor(`layers.${layer}.feed_forward.w2.weight`, [DIM, FFN]),
    tensor(`layers.${layer}.feed_forward.w3.weight`, [FFN, DIM]),
    tensor(`layers.${layer}.attention_norm.weight`, [DIM]),
    tensor(`layers.${layer}.ffn_norm.weight`, [DIM]),
  ]),
  tensor("norm.weight", [DIM]),
  tensor("output.weight", [VOCAB, DIM]),
];
const ROPE = tensor("rope.freqs", [8]);

function shards(parts: number, embeddingAxis: ShardAxis = 1, model = MODEL): ByteSource[] {
  return Array.from({ length: parts }, (_, part) => {
    const entries = [...model, ROPE].map((entry) => {
      return shardTensor(entry, entry.name, part, parts, { embeddingAxis });
    });
    const content = writtenBy((sink) => writePth(sink, entries));
    return bufferSource(content, `llama/consolidated.${String(part).padStart(2, "0")}.pth`);
  });
}

describe("openMetaFolder", () => {
  it.each([1, 2, 4, 8])("merge(shard(x)) = x for %i workers, embeddings by width and by rows", (parts) => {
    for (const axis of [0, 1] as const) {
      const sources = shards(parts, axis);
      const file = openMetaFolder(sources.toReversed(), { dim: DIM });
      expect([...file.tensors.keys()]).toEqual(MODEL.map(({ name }) => name));
      for (const { name, shape, bytes } of MODEL) {
        const merged = file.tensors.get(name);
        expect(merged, name).toMatchObject({ shape, dtype: "BF16", byteLength: bytes().length });
        expect(merged?.bytes(), `${name} axis ${axis}`).toEqual(bytes());
      }
    }
  });

  it("splits merged tensors again, 4 workers to 8 through files", () => {
    const merged = openMetaFolder(shards(4), { dim: DIM });
    const again = shards(8, 1, [...merged.tensors.values()]);
    const direct = shards(8);
    for (let part = 0; part < 8; part++) {
      expect(again[part].bytes(0, again[part].byteLength)).toEqual(
        direct[part].bytes(0, direct[part].byteLength),
      );
    }
  });

  it("disposes all shards", () => {
    const disposed: string[] = [];
    const sources = shards(2).map((source) => ({
      ...source,
      dispose: () => void disposed.push(source.name),
    }));
    openMetaFolder(sources, { dim: DIM }).dispose();
    expect(disposed).toHaveLength(2);
  });

  it("says which shards are missing", () => {
    const all = shards(4);
    const open = (...indices: number[]) => {
      return () =>
        openMetaFolder(
          indices.map((index) => all[index]),
          { dim: DIM },
        );
    };
    expect(open(0)).toThrow(
      /4 shards.*missing: consolidated.01.pth, consolidated.02.pth, consolidated.03.pth/,
    );
    expect(open(0, 1, 3)).toThrow(/missing: consolidated.02.pth/);
    expect(open(1, 2, 3)).toThrow(/missing: consolidated.00.pth/);
    expect(open(0, 1, 2)).toThrow(/missing: consolidated.03.pth/);
    expect(open()).toThrow(/no .pth file/);
    expect(open(0, 1, 2, 2)).toThrow(/consolidated.02.pth twice/);
    const five = bufferSource(all[0].bytes(0, all[0].byteLength), "llama/consolidated.04.pth");
    expect(() => openMetaFolder([...all, five], { dim: DIM })).toThrow(/too many: consolidated.04.pth/);
    const other = bufferSource(all[0].bytes(0, all[0].byteLength), "llama/model.pth");
    expect(() => openMetaFolder([other], { dim: DIM })).toThrow(/consolidated.NN.pth/);
    expect(() => openMetaFolder(all, { dim: Number.NaN })).toThrow(/"dim" of params.json/);
  });

  it("refuses shards of different checkpoints", () => {
    const [first, second] = shards(2);
    const swapped = MODEL.map((entry) =>
      entry.name === "norm.weight" ? tensor("norm.weight", [DIM / 2]) : entry,
    );
    expect(() => openMetaFolder([first, shards(2, 1, swapped)[1]], { dim: DIM })).toThrow(
      /shards of tensor "norm.weight"/,
    );
    const fewer = MODEL.filter(({ name }) => name !== "norm.weight");
    expect(() => openMetaFolder([first, shards(2, 1, fewer)[1]], { dim: DIM })).toThrow(/01.pth" without it/);
    expect(() => openMetaFolder([shards(2, 1, fewer)[0], second], { dim: DIM })).toThrow(
      /00.pth" without it/,
    );
    expect(() => openMetaFolder([first, shards(2, 1, fewer)[1]], { dim: DIM })).toThrow(FormatError);
  });
});

describe("shardTensor", () => {
  it("splits each kind along the dim of feature A8", () => {
    const axes = MODEL.filter(({ name }) => !name.startsWith("layers.1")).map(({ name }) => [
      name,
      shardAxis(name),
    ]);
    expect(axes).toEqual([
      ["tok_embeddings.weight", 1],
      ["layers.0.attention.wq.weight", 0],
      ["layers.0.attention.wk.weight", 0],
      ["layers.0.attention.wv.weight", 0],
      ["layers.0.attention.wo.weight", 1],
      ["layers.0.feed_forward.w1.weight", 0],
      ["layers.0.feed_forward.w2.weight", 1],
      ["layers.0.feed_forward.w3.weight", 0],
      ["layers.0.attention_norm.weight", undefined],
      ["layers.0.ffn_norm.weight", undefined],
      ["norm.weight", undefined],
      ["output.weight", 0],
    ]);
  });

  it("takes columns for dim 1 and rows for dim 0", () => {
    const data = Uint8Array.from({ length: 16 }, (_, i) => i);
    const entry: TensorEntry = { name: "x", dtype: "U8", shape: [4, 4], byteLength: 16, bytes: () => data };
    expect([...shardTensor(entry, "layers.0.attention.wo.weight", 1, 2).bytes()]).toEqual([
      2, 3, 6, 7, 10, 11, 14, 15,
    ]);
    expect([...shardTensor(entry, "layers.0.attention.wq.weight", 1, 2).bytes()]).toEqual([
      8, 9, 10, 11, 12, 13, 14, 15,
    ]);
    expect(shardTensor(entry, "norm.weight", 1, 2)).toMatchObject({ name: "norm.weight", shape: [4, 4] });
  });

  it("refuses sizes that do not divide", () => {
    const entry = tensor("layers.0.attention.wq.weight", [6, 4]);
    expect(() => shardTensor(entry, entry.name, 0, 4)).toThrow(ShapeError);
    expect(() => shardTensor(entry, entry.name, 2, 2)).toThrow(/part 2/);
    expect(() => shardTensor(tensor("v", [4]), "layers.0.attention.wo.weight", 0, 2)).toThrow(/a dim 1/);
  });
});
