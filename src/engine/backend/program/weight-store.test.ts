/**
 * Packing: in batches, with progress, stoppable, once for all users of a weight. The host of these tests writes
 * nothing.
 */
import { describe, expect, it } from "vitest";
import { DeviceError } from "../../../base/errors.ts";
import type { BoundTensor } from "../../graph/bindings.ts";
import { type Kernel, kernel } from "../../jit/builder.ts";
import { avx2 } from "../../jit/target.ts";
import { input, output, type Packing, tasks } from "../../kernels/launch.ts";
import type { KernelHost, Region } from "./kernel-host.ts";
import { WeightStore, type WeightUser } from "./weight-store.ts";

const MIB = 1 << 20;
const PACK = kernel("pack", { source: "ptr", out: "ptr", tasks: "ptr" }, () => {}) as unknown as Kernel;

function packing(byteLength: number, isSlowInFile = false): Packing {
  return {
    input: 1,
    layout: "test",
    byteLength,
    rows: 64,
    groupRows: 16,
    isSlowInFile,
    launch: { kernel: PACK, arguments: { source: input(0), out: output, tasks } },
  };
}

/** A host with memory of any size, of which only small pieces can be read; `run` takes a while. */
function fakeHost() {
  const live = new Set<bigint>();
  const state = { running: false, runs: 0 };
  let next = 1n << 32n;
  const allocate = (byteLength: number): Region => {
    const address = next;
    next += 1n << 32n;
    live.add(address);
    const memory = new ArrayBuffer(byteLength <= MIB ? byteLength : 0);
    const dispose = (): void => void live.delete(address);
    return {
      address,
      byteLength,
      bytes: (offset = 0, length = memory.byteLength - offset) => new Uint8Array(memory, offset, length),
      dispose,
      [Symbol.dispose]: dispose,
    };
  };
  const host = {
    target: avx2(),
    threadCount: 2,
    yieldAddress: 0n,
    spins: 1n,
    runsOnCaller: false,
    readsMappedMemory: true,
    allocate,
    kernel: () => 1n,
    async run() {
      state.running = true;
      await new Promise((done) => setTimeout(done, 1));
      state.running = false;
      state.runs++;
    },
    dispose() {},
  };
  return { host: host as unknown as KernelHost, live, state };
}

function tensor(released: () => void = () => {}): BoundTensor {
  return {
    dtype: "F32",
    shape: [1, 1],
    byteLength: 4,
    bytes: new Uint8Array(4),
    address: 64n,
    release: released,
  };
}

describe("WeightStore", () => {
  it("packs a small batch, then batches that shrink, and reports progress", async () => {
    const { host, state } = fakeHost();
    const user = new WeightStore(host).user();
    for (let i = 0; i < 64; i++) user.packed(tensor(), packing(4 * MIB));
    const progress: (readonly number[])[] = [];
    await user.prepare({ onProgress: (done, total) => progress.push([done, total]) });
    expect(progress.at(-1)).toEqual([256 * MIB, 256 * MIB]);
    const sizes = progress.map(([done], i) => done - (progress[i - 1]?.[0] ?? 0));
    expect(sizes.length).toBe(state.runs);
    expect(sizes.slice(0, 2)).toEqual([16 * MIB, 60 * MIB]);
    expect(sizes.every((size, i) => i < 2 || size <= sizes[i - 1])).toBe(true);
    expect(sizes.at(-1)).toBeLessThanOrEqual(16 * MIB);
  });

  it("packs weights that are larger than a batch first, one by one", async () => {
    const { host } = fakeHost();
    const user = new WeightStore(host).user();
    for (const size of [8, 600, 8, 600, 8]) user.packed(tensor(), packing(size * MIB));
    const progress: number[] = [];
    await user.prepare({ onProgress: (done) => progress.push(done / MIB) });
    expect(progress).toEqual([600, 1200, 1216, 1224]);
  });

  it("lets the main thread work while a batch is packed, and waits for the threads if that fails", async () => {
    const { host, state } = fakeHost();
    const store = new WeightStore(host);
    const user = store.user();
    for (let i = 0; i < 8; i++) user.packed(tensor(), packing(8 * MIB));
    const seen: boolean[] = [];
    await user.prepare({}, () => seen.push(state.running));
    expect(seen.length).toBe(state.runs);
    expect(seen).not.toContain(false);
    user.packed(tensor(), packing(8 * MIB));
    const fails = () => {
      throw new Error("no kernel");
    };
    await expect(user.prepare({}, fails)).rejects.toThrow("no kernel");
    expect(state.running).toBe(false);
  });

  it("gives a batch its pages before it is packed, while the one before is packed", async () => {
    const { host, state } = fakeHost();
    const filled = new Map<bigint, number>();
    const fillPages = {
      advise: () => {},
      populate: async (address: bigint) => void filled.set(address >> 32n, state.runs),
    };
    const user = new WeightStore(Object.assign(host, { fillPages })).user();
    const addresses = [600, 601, 602].map((size) => user.packed(tensor(), packing(size * MIB)).address);
    await user.prepare();
    // Each is a batch of its own; the first is packed at once.
    expect(addresses.map((address) => filled.get(address >> 32n))).toEqual([undefined, 0, 1]);
  });

  it("stops between batches, and continues with the rest", async () => {
    const { host } = fakeHost();
    let released = 0;
    const user = new WeightStore(host).user();
    for (let i = 0; i < 16; i++)
      user.packed(
        tensor(() => released++),
        packing(16 * MIB),
      );
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error("enough"));
    await expect(user.prepare({ signal: stop.signal, onProgress })).rejects.toThrow("enough");
    expect(released).toBe(1);
    const left: number[] = [];
    await user.prepare({ onProgress: (_, total) => left.push(total) });
    expect(left[0]).toBe(15 * 16 * MIB);
    expect(released).toBe(16);
  });

  it("packs a weight once for all its users, and frees it with the last", async () => {
    const { host, live, state } = fakeHost();
    const store = new WeightStore(host);
    const [first, second] = [store.user(), store.user()];
    const shared = tensor();
    const { address } = first.packed(shared, packing(128 * MIB));
    expect(second.packed(shared, packing(128 * MIB)).address).toBe(address);
    await first.prepare();
    await second.prepare();
    expect(state.runs).toBe(1);
    first.dispose();
    expect(live.has(address)).toBe(true);
    second.dispose();
    expect(live.has(address)).toBe(false);
  });

  it("does not pack weights whose users are gone", async () => {
    const { host, state } = fakeHost();
    const store = new WeightStore(host);
    const user = store.user();
    user.packed(tensor(), packing(8 * MIB));
    user.dispose();
    await store.user().prepare();
    expect(state.runs).toBe(0);
  });

  describe("with kernels that read the file's layout", () => {
    /** Runs a step of some milliseconds. */
    const step = (
      user: WeightUser,
      { several = true, signal, ms = 8 }: { several?: boolean; signal?: AbortSignal; ms?: number } = {},
    ) => user.around(() => new Promise<void>((done) => setTimeout(done, ms)), { several, signal });
    /** The steps after which packing begins. */
    const begin = async (user: WeightUser): Promise<void> => {
      for (let i = 0; i < 4; i++) await step(user);
    };

    it("packs nothing for some steps, then some before each, each weight once", async () => {
      const { host, live, state } = fakeHost();
      const user = new WeightStore(host).user();
      let released = 0;
      const weights = Array.from({ length: 4 }, () => tensor(() => released++));
      const places = weights.map((weight) => user.packed(weight, packing(8 * MIB), true));
      expect(places).toEqual(weights.map(() => ({ address: 64n, inFile: true })));
      await user.prepare();
      await begin(user);
      expect([live.size, state.runs, released]).toEqual([0, 0, 0]);
      const left: number[] = [];
      for (let i = 0; i < 20; i++) {
        await step(user);
        left.push(places.filter(({ inFile }) => inFile).length);
      }
      expect(left[0]).toBeLessThan(4);
      expect(left.at(-1)).toBe(0);
      expect(places.every(({ address }) => address !== 64n)).toBe(true);
      expect(released).toBe(4);
      user.dispose();
      expect(live.size).toBe(0);
    });

    it("packs after some steps with several tokens in a row, or after many steps that read small pages of the file", async () => {
      const packedAfter = async (bytesInHugePages: number, severals: readonly boolean[]): Promise<number> => {
        const { host } = fakeHost();
        const user = new WeightStore({ ...host, fileBytesInHugePages: () => bytesInHugePages }).user();
        const weights = Array.from({ length: 40 }, () => ({ ...tensor(), byteLength: 8 * MIB }));
        const places = weights.map((weight) => user.packed(weight, packing(8 * MIB), true));
        for (const several of severals) await step(user, { several, ms: 1 });
        return places.filter(({ inFile }) => !inFile).length;
      };
      const steps = (pattern: readonly boolean[]) => [...pattern, ...pattern, ...pattern];
      const [prompts, texts] = [steps([true, true, true, false]), steps([true, true, true, true])];
      expect(await packedAfter(160 * MIB, prompts)).toBe(0);
      expect(await packedAfter(160 * MIB, texts)).toBeGreaterThan(0);
      expect(await packedAfter(0, prompts)).toBe(0);
      const many = Array.from({ length: 258 }, () => false);
      expect(await packedAfter(160 * MIB, many)).toBe(0);
      expect(await packedAfter(159 * MIB, many)).toBeGreaterThan(0);
    });

    it("packs first and at once what steps read slowly, also from huge pages of the file", async () => {
      const { host } = fakeHost();
      const user = new WeightStore({ ...host, fileBytesInHugePages: () => 160 * MIB }).user();
      const places = [false, true, false].map((slow) => user.packed(tensor(), packing(8 * MIB, slow), true));
      for (let i = 0; i < 10; i++) await step(user, { several: false });
      expect(places.map(({ inFile }) => inFile)).toEqual([true, false, true]);
    });

    it("packs a large weight in pieces, and releases the file's pages of each", async () => {
      const { host, state } = fakeHost();
      const user = new WeightStore(host).user();
      const released: (number | undefined)[][] = [];
      const large: BoundTensor = {
        ...tensor(),
        byteLength: 45 * MIB,
        release: (offset, length) => void released.push([offset, length]),
      };
      const place = user.packed(large, packing(48 * MIB), true);
      await begin(user);
      await step(user);
      expect(state.runs).toBe(4);
      const pieces = [0, 12, 24, 36].map((at) => [at * MIB, Math.min(12, 45 - at) * MIB]);
      expect(released).toEqual(pieces);
      expect(place.inFile).toBe(false);
    });

    it("packs a weight before the next step if another kernel needs it packed", async () => {
      const { host } = fakeHost();
      const store = new WeightStore(host);
      const [patient, other] = [store.user(), store.user()];
      const shared = tensor();
      const place = patient.packed(shared, packing(8 * MIB), true);
      expect(other.packed(shared, packing(8 * MIB))).toBe(place);
      await other.prepare();
      expect(place.inFile).toBe(false);
      expect(place.address).not.toBe(64n);
    });

    it("goes on reading the file if there is no memory to pack", async () => {
      const { host, state } = fakeHost();
      const allocate = (byteLength: number): Region => {
        if (byteLength < MIB) return host.allocate(byteLength);
        refused++;
        throw new DeviceError({ doing: "allocate", found: "the system refused" });
      };
      let refused = 0;
      const user = new WeightStore(Object.assign(Object.create(host), { allocate })).user();
      const place = user.packed(tensor(), packing(8 * MIB), true);
      await begin(user);
      await step(user);
      expect(refused).toBe(1);
      expect(place).toEqual({ address: 64n, inFile: true });
      expect(state.runs).toBe(0);
    });

    it("can be asked again for a weight that is not mapped, after memory was refused", async () => {
      const { host } = fakeHost();
      let refusals = 1;
      const allocate = (byteLength: number): Region => {
        if (byteLength >= MIB && refusals-- > 0)
          throw new DeviceError({ doing: "allocate", found: "the system refused" });
        return host.allocate(byteLength);
      };
      const store = new WeightStore(Object.assign(Object.create(host), { allocate }));
      const copied: BoundTensor = { ...tensor(), address: undefined };
      expect(() => store.user().packed(copied, packing(8 * MIB), true)).toThrow(DeviceError);
      const user = store.user();
      const place = user.packed(copied, packing(8 * MIB), true);
      expect(place.address).not.toBe(0n);
      user.dispose();
    });

    it("packs again what a stopped step did not finish", async () => {
      const { host } = fakeHost();
      const user = new WeightStore(host).user();
      const place = user.packed(tensor(), packing(8 * MIB), true);
      await begin(user);
      await expect(step(user, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
      expect(place).toEqual({ address: 64n, inFile: true });
      await user.prepare();
      expect(place.inFile).toBe(false);
    });

    it("forgets weights whose users are gone", async () => {
      const { host, live } = fakeHost();
      const store = new WeightStore(host);
      const [gone, user] = [store.user(), store.user()];
      gone.packed(tensor(), packing(8 * MIB), true);
      gone.dispose();
      await begin(user);
      await step(user);
      expect(live.size).toBe(0);
    });
  });
});
