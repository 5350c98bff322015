/** The driver on real threads: work is shared, phases are separated, aborts end a program, everything is released. */
import { afterAll, describe, expect, it } from "vitest";
import { series } from "../../../../test/support/call-series.ts";
import { platform } from "../../../platform/node.ts";
import { openNative } from "../../../platform/node-native.ts";
import { startNativeThreads } from "../../../platform/node-native-threads.ts";
import { type Kernel, kernel } from "../../jit/builder.ts";
import { nativeTargets } from "../../jit/features.ts";
import { input, int, output } from "../../kernels/launch.ts";
import { CallTable, type PlacedLaunch } from "../program/call-table.ts";
import { nativeBackend } from "./native.ts";
import { NativeHost } from "./native-host.ts";

const machine = openNative();
const [target] = nativeTargets(machine);

describe.each([1, 2, 3, 4])("NativeHost with %i threads", (threadCount) => {
  const threads = startNativeThreads(threadCount);
  const host = new NativeHost(target, machine, threads);
  afterAll(async () => {
    host.dispose();
    await threads.exited;
  });
  const { floats, launches, expected } = series(host, 40);

  it("runs phase after phase over all elements, repeatedly", async () => {
    using table = new CallTable(host, launches);
    for (let run = 0; run < 20; run++) {
      floats().forEach((_, i, all) => {
        all[i] = i + run;
      });
      await table.run(new Map([["N", 5000]]));
      expect([...floats()]).toEqual(Array.from({ length: 5000 }, (_, i) => expected(i + run)));
    }
  });

  it("does not write beyond the step's size", async () => {
    using table = new CallTable(host, launches);
    floats().fill(7);
    await table.run(new Map([["N", 13]]));
    expect(new Set(floats().subarray(13))).toEqual(new Set([7]));
    await table.run(new Map([["N", 0]]));
  });

  it("stops at a barrier when the signal is raised, and can run again", async () => {
    const many = Array.from({ length: 3000 }, (_, i) => launches[i % 2]);
    using table = new CallTable(
      host,
      many.map((launch, i) => ({ ...launch, barrierBefore: i > 0 })),
    );
    const controller = new AbortController();
    const running = table.run(new Map([["N", 5000]]), controller.signal);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await table.run(new Map([["N", 5]]));
    await expect(table.run(new Map(), AbortSignal.abort(new Error("no")))).rejects.toThrow("no");
  });
});

/** A kernel that stores a number. */
const storing = (value: number): Kernel =>
  kernel(`test_store_${value}`, { output: "ptr", tokens: "int" }, (k, p) =>
    k.storeInt("i32", p.output, k.constant("int", value)),
  ) as unknown as Kernel;

it("calls and compiles a long kernel only in a step that needs it", async () => {
  const threads = startNativeThreads(1);
  using host = new NativeHost(target, machine, threads);
  using region = host.allocate(64);
  const [long, short] = [storing(1), storing(2)];
  const few = { kernel: short, tokens: [1, 3], fast: [1, 3] } as const;
  const launch: PlacedLaunch = {
    kernel: long,
    short: [few],
    arguments: { output, tokens: int("T") },
    inputs: [],
    outputs: [region.address],
    barrierBefore: false,
  };
  using table = new CallTable(host, [launch]);
  const step = async (tokens: number) => {
    await table.run(new Map([["T", tokens]]));
    return region.bytes()[0];
  };
  expect([await step(3), host.hasKernel(long)]).toEqual([2, false]);
  expect([await step(4), host.hasKernel(long)]).toEqual([1, true]);
  expect(await step(1)).toBe(2);
});

/** Copies a number. */
const copying = kernel("test_copy", { weight: "ptr", output: "ptr", tokens: "int" }, (k, p) =>
  k.storeInt("i32", p.output, k.loadInt("i32", p.weight)),
) as unknown as Kernel;

describe("a step like the last one", () => {
  const threads = startNativeThreads(1);
  const host = new NativeHost(target, machine, threads);
  afterAll(() => host.dispose());
  const like = { inputs: [0n], barrierBefore: false };
  const T = int("T");

  it("reads a weight where it has moved", async () => {
    using region = host.allocate(128);
    region.bytes().set([5], 0);
    region.bytes().set([6], 64);
    const place = { address: region.address, inFile: false };
    const weight = { input: 0, place };
    const outputs = [region.address + 32n];
    let moves = 0;
    using table = new CallTable(
      host,
      [{ ...like, kernel: copying, arguments: { weight: input(0), output, tokens: T }, weight, outputs }],
      () => moves,
    );
    const step = async () => {
      await table.run(new Map([["T", 1]]));
      return region.bytes()[32];
    };
    expect([await step(), await step()]).toEqual([5, 5]);
    place.address += 64n;
    moves++;
    expect(await step()).toBe(6);
  });

  it("replaces a slow kernel all the same", async () => {
    using region = host.allocate(64);
    const [fast, slow] = [storing(3), storing(4)];
    const short = [{ kernel: slow, tokens: [1, 9] }] as const;
    const outputs = [region.address];
    using table = new CallTable(host, [
      { ...like, kernel: fast, short, arguments: { output, tokens: T }, outputs },
    ]);
    const found: number[] = [];
    for (let step = 0; step < 6; step++) {
      await table.run(new Map([["T", 9]]));
      found.push(region.bytes()[0]);
    }
    expect(found).toEqual([4, 4, 4, 4, 3, 3]);
  });
});

describe("nativeBackend", () => {
  it.each([
    [1, /, 1 thread$/],
    [2, /, 2 threads$/],
  ])("says that it has %i", (threads, expected) => {
    const { native } = platform;
    using backend = nativeBackend(target.isa as "avx512" | "avx2", native, threads);
    expect(backend.description).toMatch(expected);
  });
});
