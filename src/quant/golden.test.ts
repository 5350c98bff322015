/**
 * Agreement with ggml, bit for bit: fixtures/golden-decode.json describes the hashed data and their
 * generation.
 */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { randomBlocks, randomRows } from "../../test/support/quant-blocks.ts";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { type DType, dtypeInfo } from "../base/dtypes.ts";
import { openGguf } from "../formats/gguf/index.ts";
import golden from "./fixtures/golden-decode.json" with { type: "json" };
import { codecs, decode, decodeBlocks, encode } from "./index.ts";

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const lengthOf = (shape: readonly number[]): number => shape.reduce((length, dim) => length * dim, 1);

describe("pseudo-random blocks", () => {
  it.each(Object.entries(golden.blocks) as [DType, string][])(
    "%s decodes to ggml's values",
    (dtype, hash) => {
      const { blockLength } = dtypeInfo(dtype);
      const count = blockLength === 1 ? 4096 : 64;
      expect(sha256(bytesOf(decode(dtype, randomBlocks(dtype, count, 7), count * blockLength)))).toBe(hash);
    },
  );

  it("covers every block type", () => {
    const blockTypes = (Object.keys(codecs) as DType[]).filter(
      (name) => dtypeInfo(name).kind === "quantised",
    );
    expect(Object.keys(golden.blocks)).toEqual(expect.arrayContaining(blockTypes));
  });

  it.each(Object.keys(golden.blocks) as DType[])("%s gives the same values to a Float64Array", (dtype) => {
    const length = 4 * dtypeInfo(dtype).blockLength;
    const blocks = randomBlocks(dtype, 4, 8);
    const wide = new Float64Array(length);
    decodeBlocks(dtype, blocks, 0, wide, 0, length);
    expect([...wide]).toEqual([...decode(dtype, blocks, length)]);
  });
});

describe("pseudo-random rows", () => {
  it.each(Object.entries(golden.rows) as [DType, string][])("%s encodes to ggml's bytes", (dtype, hash) => {
    expect(sha256(encode(dtype, randomRows(64, 11), 64))).toBe(hash);
  });
});

describe.skipIf(!sharedData)("llama.cpp's files", () => {
  it.each(Object.entries(golden.files))("%s decodes to ggml's values", (name, expected) => {
    using file = openGguf(sharedPath(`golden/${name}`));
    const hashes = new Map<DType, ReturnType<typeof createHash>>();
    for (const tensor of file.tensors.values()) {
      const values = decode(tensor.dtype, tensor.bytes(), lengthOf(tensor.shape));
      const hash = hashes.get(tensor.dtype) ?? createHash("sha256");
      hashes.set(tensor.dtype, hash.update(bytesOf(values)));
    }
    expect(Object.fromEntries([...hashes].map(([dtype, hash]) => [dtype, hash.digest("hex")]))).toEqual(
      expected,
    );
  });

  it.each(["Q4_0", "Q8_0", "F16", "BF16"] as const)("%s: encoding the F32 file gives its bytes", (dtype) => {
    using source = openGguf(sharedPath("golden/tiny-F32.gguf"));
    using target = openGguf(sharedPath(`golden/tiny-${dtype}.gguf`));
    let compared = 0;
    for (const [name, tensor] of target.tensors) {
      const from = source.tensors.get(name);
      if (tensor.dtype !== dtype || from === undefined) continue;
      const values = decode(from.dtype, from.bytes(), lengthOf(from.shape));
      expect(sha256(encode(dtype, values, from.shape.at(-1)!)), name).toBe(sha256(tensor.bytes()));
      compared++;
    }
    expect(compared).toBeGreaterThan(10);
  });
});
