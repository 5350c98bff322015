/** Weights that steps read from the mapped file, and that are packed between steps: the bits never change. */
import { describe, expect, it } from "vitest";
import { availableBackends } from "../../../../test/support/backends.ts";
import { randomBlocks } from "../../../../test/support/random-blocks.ts";
import type { DType } from "../../../base/dtypes.ts";
import { dtypeInfo } from "../../../base/dtypes.ts";
import { Random } from "../../../base/random.ts";
import { openNative } from "../../../platform/node-native.ts";
import type { BoundTensor } from "../../graph/bindings.ts";
import { Graph } from "../../graph/graph.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import type { Backend } from "../backend.ts";

const LAYERS = 6;
const SIZE = 256;
const machine = openNative();

/** Layers of products, whose weights are in memory with an address if `isMapped`. */
async function layers(
  backend: Backend,
  dtype: DType,
  isMapped: boolean,
  { count = LAYERS, rows = SIZE }: { readonly count?: number; readonly rows?: number } = {},
) {
  const random = new Random(7);
  const graph = new Graph();
  const tokens = graph.symbol("T", 64);
  let x = graph.input("x", [tokens, SIZE], "F32");
  const params = new Map<string, BoundTensor>();
  const released = new Set<string>();
  for (let layer = 0; layer < count; layer++) {
    const name = `w${layer}`;
    x = matmul(x, graph.param(name, [rows, SIZE], dtype), "NT");
    const blocks = randomBlocks(random, dtype, (rows * SIZE) / dtypeInfo(dtype).blockLength);
    const memory = machine.allocate(blocks.byteLength);
    const bytes = new Uint8Array(memory.buffer, 0, blocks.byteLength);
    bytes.set(blocks);
    params.set(name, {
      dtype,
      shape: [rows, SIZE],
      bytes,
      ...(isMapped ? { address: memory.address } : {}),
      release: () => released.add(name),
    });
  }
  const program = await backend.compile({ graph, outputs: { y: x } }, { params, states: new Map() });
  const step = async (count: number) => {
    const values = Float32Array.from({ length: count * SIZE }, (_, i) => Math.sin(i));
    const { y } = await program.run({ x: values }, { T: count });
    return [...y];
  };
  return { program, step, released };
}

const native = (await availableBackends()).filter(({ name }) => name.startsWith("avx"));

describe.each(native)("weights in the file's layout on $name", ({ start }) => {
  it.each(["Q4_0", "Q8_0", "Q4_K", "Q6_K"] as const)(
    "%s: every step gives the bits of packed weights, until all are packed",
    async (dtype) => {
      using backend = await start(2);
      using other = await start(2);
      const packed = await layers(backend, dtype, false);
      const mapped = await layers(other, dtype, true);
      const [one, many] = [await packed.step(1), await packed.step(40)];
      expect(packed.released.size).toBe(LAYERS);
      await mapped.program.prepare();
      expect(await mapped.step(1)).toEqual(one);
      expect(mapped.released.size).toBe(0); // the first step did not wait for packing
      let steps = 0;
      while (mapped.released.size < LAYERS && steps++ < 1000) {
        expect(await mapped.step(1)).toEqual(one);
        expect(await mapped.step(40)).toEqual(many);
      }
      expect(mapped.released.size).toBe(LAYERS);
      expect(await mapped.step(1)).toEqual(one);
      packed.program.dispose();
      mapped.program.dispose();
    },
  );

  it.each(["F16", "BF16", "F32"] as const)("%s: weights stay in the file", async (dtype) => {
    using backend = await start(2);
    using other = await start(2);
    const copied = await layers(backend, dtype, false);
    const mapped = await layers(other, dtype, true);
    const [one, many] = [await copied.step(1), await copied.step(40)];
    expect(copied.released.size).toBe(LAYERS);
    for (let steps = 0; steps < 3; steps++) {
      expect(await mapped.step(1)).toEqual(one);
      expect(await mapped.step(40)).toEqual(many);
    }
    expect(mapped.released.size).toBe(0);
    copied.program.dispose();
    mapped.program.dispose();
  });

  it("Q8_0: a weight of 17 MB is packed in pieces", async () => {
    using backend = await start(2);
    using other = await start(2);
    const size = { count: 1, rows: Math.ceil((17 << 20) / 1.0625 / SIZE) + 3 };
    const packed = await layers(backend, "Q8_0", false, size);
    const mapped = await layers(other, "Q8_0", true, size);
    const one = await packed.step(1);
    for (let steps = 0; mapped.released.size === 0 && steps < 300; steps++)
      expect(await mapped.step(1)).toEqual(one);
    expect(mapped.released.size).toBe(1);
    expect(await mapped.step(1)).toEqual(one);
    packed.program.dispose();
    mapped.program.dispose();
  });
});
