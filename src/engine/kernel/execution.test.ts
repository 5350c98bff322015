/** Kernels calling kernels, kernels of several threads meeting at barriers, and what the processor says it can do. */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { DeviceError } from "../../base/errors.ts";
import type { NativeMachine } from "../../platform/native.ts";
import { openNative } from "../../platform/node-native.ts";
import { kernel, writeArguments } from "./builder.ts";
import { compileModule, instantiateKernels, isShared, mapKernels } from "./execution.ts";
import { detectFeatures, nativeTargets } from "./features.ts";
import { wasm } from "./target.ts";

function nativeOrUndefined(): NativeMachine | undefined {
  try {
    return openNative();
  } catch (error) {
    expect(error).toBeInstanceOf(DeviceError);
    return undefined;
  }
}
const native = nativeOrUndefined();
const targets = native === undefined ? [] : nativeTargets(native);
if (targets.length === 0) console.info("kernel execution: this machine runs no native kernels");

/** cell += amount, then fills registers, so that the caller notices if they are not kept. */
const addTo = kernel("add_to", { cell: "ptr", amount: "int" }, (k, p) => {
  const [cell, amount] = [p.cell, p.amount];
  const junk = Array.from({ length: 11 }, (_, i) => k.mul(amount, i + 3));
  k.storeInt("i64", cell, k.add(k.loadInt("i64", cell), amount));
  for (const [i, value] of junk.entries()) k.storeInt("i64", { base: cell, disp: 64 + 8 * i }, value);
});

/** Calls `kernel` on each of `count` blocks with many values alive around the call. */
const callAll = kernel("call_all", { callee: "ptr", blocks: "ptr", count: "int", out: "ptr" }, (k, p) => {
  const [callee, count] = [p.callee, p.count];
  const block = k.variable(p.blocks);
  const alive = Array.from({ length: 8 }, (_, i) => k.add(count, 1000 * i));
  k.loop(0, count, 1, () => {
    k.call(callee, block);
    k.advance(block, 16);
  });
  const out = p.out;
  for (const [i, value] of alive.entries()) k.storeInt("i64", { base: out, disp: 8 * i }, value);
});

const COUNT = 5;
/** Lays out five argument blocks for addTo at 0, the cell at 1024, results at 2048, callAll's block at 3072. */
function arrange(view: DataView, base: number, callee: number | bigint): number {
  for (let i = 0; i < COUNT; i++) writeArguments(addTo, view, 16 * i, { cell: base + 1024, amount: 10 ** i });
  writeArguments(callAll, view, 3072, { callee, blocks: base, count: COUNT, out: base + 2048 });
  return base + 3072;
}
function checkCalls(view: DataView): void {
  expect(view.getBigInt64(1024, true)).toBe(11111n);
  for (let i = 0; i < 8; i++) expect(view.getBigInt64(2048 + 8 * i, true)).toBe(BigInt(COUNT + 1000 * i));
}

/** Each thread adds 1 to a count, waits for all, and checks that it sees what every other wrote before. */
const barrier = kernel(
  "barrier",
  { cells: "ptr", count: "ptr", threads: "int", thread: "int", rounds: "int", failures: "ptr" },
  (k, p) => {
    const [cells, threads, thread, failures] = [p.cells, p.threads, p.thread, p.failures];
    const one = k.constant("int", 1);
    const goal = k.variable(k.constant("int", 0));
    k.loop(0, p.rounds, 1, (round) => {
      k.storeInt("i64", { base: cells, index: thread, scale: 8 }, round);
      const meet = (): void => {
        goal.set(k.add(goal, threads));
        k.atomicAdd(p.count, one);
        k.while(
          () => k.is(k.atomicLoad(p.count), "<", goal),
          () => k.pause(),
        );
      };
      meet();
      k.loop(0, threads, 1, (other) => {
        const seen = k.loadInt("i64", { base: cells, index: other, scale: 8 });
        k.if(k.is(seen, "!=", round), () => void k.atomicAdd(failures, one));
      });
      meet();
    });
  },
);

describe.each(targets)("native kernels on $name", (target) => {
  const machine = native as NativeMachine;

  it("call each other with their registers kept", () => {
    using memory = machine.allocate(4096);
    using kernels = mapKernels(machine, target, [addTo.build(target), callAll.build(target)]);
    const view = new DataView(memory.buffer);
    kernels.run(1, arrange(view, Number(memory.address), kernels.addresses[0]));
    checkCalls(view);
  });

  it("see each other's writes across barriers of two threads", async () => {
    using memory = machine.allocate(4096);
    using kernels = mapKernels(machine, target, [barrier.build(target)]);
    const view = new DataView(memory.buffer);
    const base = Number(memory.address);
    const rounds = 20000;
    for (const thread of [0, 1])
      writeArguments(barrier, view, 1024 + 64 * thread, {
        cells: base,
        count: base + 256,
        threads: 2,
        thread,
        rounds,
        failures: base + 512,
      });
    // The worker loads a library before it calls a raw address, as every thread must.
    const worker = new Worker(
      `const { workerData } = require("node:worker_threads");
       const koffi = require("koffi");
       koffi.load(null);
       koffi.decode(workerData.code, koffi.proto("void (int64_t block)"))(workerData.block);`,
      { eval: true, workerData: { code: kernels.addresses[0], block: BigInt(base + 1024 + 64) } },
    );
    const done = new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
    await new Promise((resolve) => worker.once("online", resolve));
    kernels.run(0, base + 1024);
    expect(await done).toBe(0);
    expect(view.getInt32(256, true)).toBe(4 * rounds);
    expect(view.getInt32(512, true)).toBe(0);
  });
});

describe("WebAssembly kernels", () => {
  it.each([false, true])("call each other through the table (shared memory: %s)", (shared) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
    expect(isShared(memory)).toBe(shared);
    const programs = [addTo.build(wasm()), callAll.build(wasm())];
    const kernels = instantiateKernels(compileModule(programs, shared), ["add_to", "call_all"], { memory });
    const view = new DataView(memory.buffer);
    kernels.run(1, arrange(view, 0, kernels.slots[0]));
    checkCalls(view);
  });

  it("of two modules call each other through one table", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const table = new WebAssembly.Table({ element: "anyfunc", initial: 0 });
    const callee = instantiateKernels(compileModule([addTo.build(wasm())], false), ["add_to"], {
      memory,
      table,
    });
    const caller = instantiateKernels(compileModule([callAll.build(wasm())], false), ["call_all"], {
      memory,
      table,
    });
    expect(caller.slots).toEqual([1]);
    const view = new DataView(memory.buffer);
    caller.run(0, arrange(view, 0, callee.slots[0]));
    checkCalls(view);
  });

  it("see each other's writes across barriers of two threads", async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const module = compileModule([barrier.build(wasm())], true);
    const view = new DataView(memory.buffer);
    const rounds = 20000;
    for (const thread of [0, 1])
      writeArguments(barrier, view, 1024 + 64 * thread, {
        cells: 0,
        count: 256,
        threads: 2,
        thread,
        rounds,
        failures: 512,
      });
    const worker = new Worker(
      `const { workerData: { module, memory } } = require("node:worker_threads");
       const table = new WebAssembly.Table({ element: "anyfunc", initial: 0 });
       new WebAssembly.Instance(module, { env: { memory, table } }).exports.barrier(1024 + 64);`,
      { eval: true, workerData: { module, memory } },
    );
    const done = new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
    await new Promise((resolve) => worker.once("online", resolve));
    instantiateKernels(module, ["barrier"], { memory }).run(0, 1024);
    expect(await done).toBe(0);
    expect(view.getInt32(256, true)).toBe(4 * rounds);
    expect(view.getInt32(512, true)).toBe(0);
  });
});

describe("detectFeatures", () => {
  const cpuinfo = (() => {
    try {
      return readFileSync("/proc/cpuinfo", "utf8");
    } catch {
      return undefined;
    }
  })();

  it.skipIf(native === undefined || cpuinfo === undefined)("agrees with what Linux lists", () => {
    const flags = new Set(
      /^flags\s*:(.*)$/m
        .exec(cpuinfo as string)?.[1]
        .trim()
        .split(" "),
    );
    const all = (...names: string[]): boolean => names.every((name) => flags.has(name));
    const features = detectFeatures(native as NativeMachine);
    const avx512 = all("avx2", "fma", "f16c", "bmi2", "avx512f", "avx512bw", "avx512dq", "avx512vl");
    expect(features).toEqual({
      name: /^model name\s*:\s*(.*)$/m.exec(cpuinfo as string)?.[1].trim(),
      avx2: all("avx2", "fma", "f16c", "bmi2"),
      avxVnni: all("avx_vnni"),
      avx512,
      avx512Vnni: avx512 && all("avx512_vnni"),
      avx512Bf16: avx512 && all("avx512_bf16"),
    });
  });
});
