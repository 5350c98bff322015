/** Kernels that call kernels, barriers between the kernels of several threads, and detection of processor features. */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { DeviceError } from "../../base/errors.ts";
import type { NativeMachine } from "../../platform/native.ts";
import { openNative } from "../../platform/node-native.ts";
import { kernel, writeArguments } from "./builder.ts";
import { compileModule, instantiateKernels, isShared, mapKernels } from "./execution.ts";
import { detectFeatures, nativeTargets } from "./features.ts";
import type { Program } from "./ir.ts";
import { type Target, TUNINGS, wasm } from "./target.ts";
import { Assembler, mem } from "./x64/assembler.ts";
import { compileX64 } from "./x64/lower.ts";

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
if (targets.length === 0) console.info("kernel execution: this machine cannot run native kernels");

/** cell += amount, then overwrites registers, so that the caller notices if they are not preserved. */
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

/** Each thread adds 1 to a count, waits for all, and checks that it sees the earlier writes of all others. */
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

  it("call each other and preserve registers", () => {
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
    const rounds = 2000;
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

/**
 * A function of the System V convention that calls one of the Windows convention: block holds the address of the
 * code, the address of its arguments, and 160 bytes for xmm6 to xmm15, which are loaded before the call and stored
 * after it through rdi. The callee must preserve all of them.
 */
function windowsThunk(): Uint8Array {
  const asm = new Assembler();
  const [RCX, RDX, RSP, RSI, RDI] = [1, 2, 4, 6, 7];
  asm.push(RSI);
  asm.general("lea", mem(RSP, -32), RSP);
  for (let i = 0; i < 10; i++) asm.vector("vmovups", 128, [6 + i, mem(RDI, 16 + 16 * i)]);
  for (let i = 0; i < 10; i++) asm.vector("vpaddd", 128, [6 + i, 6 + i, 6 + i]);
  asm.general("mov", mem(RDI, 8), RCX);
  asm.general("mov", mem(RDI), RDX);
  asm.general("mov", RDI, RSI);
  asm.general("call", RDX);
  for (let i = 0; i < 10; i++) asm.vector("vmovups.st", 128, [mem(RDI, 16 + 16 * i), 6 + i]);
  asm.general("mov.st", mem(RDI, 8), RSI);
  asm.general("lea", mem(RSP, 32), RSP);
  asm.pop(RSI);
  asm.ret();
  return asm.finish().bytes;
}

/** Sixteen vectors alive at once, so that every register that must be preserved on Windows is overwritten. */
const busyVectors = kernel("busy_vectors", { x: "ptr", out: "ptr" }, (k, p) => {
  const [x, out] = [p.x, p.out];
  const all = Array.from({ length: 16 }, (_, i) => k.load("i32v", { base: x, disp: 4 * i }));
  for (const [i, v] of all.entries()) k.store({ base: out, disp: 64 * i }, v);
});

describe.runIf(native?.convention === "sysv").each(targets)(
  "code for Windows, called from here, on $name",
  (own) => {
    const machine = native as NativeMachine;
    const target: Target = { ...own, convention: "win64" };

    function callAsWindows(program: Program, setUp: (view: DataView, base: number) => void): DataView {
      using thunk = machine.code(windowsThunk());
      using code = machine.code(compileX64(program, target).bytes);
      const memory = machine.allocate(8192);
      const view = new DataView(memory.buffer);
      const base = Number(memory.address);
      setUp(view, base);
      view.setBigInt64(4096, code.address, true);
      view.setBigInt64(4096 + 8, BigInt(base + 3072), true);
      for (let i = 0; i < 40; i++) view.setInt32(4096 + 16 + 4 * i, 1000 + i, true);
      machine.callable(thunk.address)(base + 4096);
      for (let i = 0; i < 40; i++) expect(view.getInt32(4096 + 16 + 4 * i, true)).toBe(2 * (1000 + i));
      expect(view.getBigInt64(4096 + 8, true)).toBe(BigInt(base + 4096));
      return view;
    }

    it("preserves xmm6 to xmm15, rsi and rdi", () => {
      const view = callAsWindows(busyVectors.build(target), (memory, base) => {
        for (let i = 0; i < 64; i++) memory.setInt32(4 * i, 7 * i, true);
        writeArguments(busyVectors, memory, 3072, { x: base, out: base + 1024 });
      });
      for (let i = 0; i < 16; i++) expect(view.getInt32(1024 + 64 * i, true)).toBe(7 * i);
    });

    it("calls other kernels", () => {
      using callee = machine.code(compileX64(addTo.build(target), target).bytes);
      checkCalls(callAsWindows(callAll.build(target), (view, base) => arrange(view, base, callee.address)));
    });
  },
);

describe.skipIf(native === undefined || process.platform !== "linux")("native code pages", () => {
  const permissionsAt = (address: bigint): string | undefined =>
    readFileSync("/proc/self/maps", "utf8")
      .split("\n")
      .map((line) => /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line))
      .find((match) => match && BigInt(`0x${match[1]}`) <= address && address < BigInt(`0x${match[2]}`))?.[3];

  it("can be executed and read, not written, and are unmapped after dispose", () => {
    const code = (native as NativeMachine).code(Uint8Array.of(0xc3));
    expect(permissionsAt(code.address)).toBe("r-xp");
    expect(code.byteLength).toBe(1);
    code.dispose();
    code.dispose(); // a second time does nothing
    expect(permissionsAt(code.address)).not.toBe("r-xp");
  });

  it("and memory are freed", () => {
    const machine = native as NativeMachine;
    // The system gives an address that is free again to the next request, so 1,000 rounds need few.
    // (The count of the process's mappings also moves with the garbage collector.)
    const addresses = { code: new Set<bigint>(), memory: new Set<bigint>() };
    for (let i = 0; i < 1000; i++) {
      using code = machine.code(Uint8Array.of(0xc3));
      using memory = machine.allocate(1 << 16);
      machine.callable(code.address)(memory.address);
      addresses.code.add(code.address);
      addresses.memory.add(memory.address);
    }
    expect(addresses.code.size).toBeLessThan(100);
    expect(addresses.memory.size).toBeLessThan(100);
  });

  it.skipIf(native?.joinPages === undefined)("become huge pages with unchanged contents", async () => {
    const machine = native as NativeMachine;
    const byteLength = 16 << 20;
    using memory = machine.allocate(byteLength, "streamed");
    const words = new Uint32Array(memory.buffer);
    words.forEach((_, i) => {
      words[i] = i * 2654435761;
    });
    const { address } = memory;
    await machine.joinPages?.(address + 4096n, byteLength - 8192); // neither end on a huge page
    expect(words.every((word, i) => word === (i * 2654435761) >>> 0)).toBe(true);
    await machine.joinPages?.(address, 4096); // less than one
  });

  it("refuse absurd sizes with a DeviceError", () => {
    const machine = native as NativeMachine;
    expect(() => machine.allocate(2 ** 52)).toThrow(DeviceError);
    expect(() => machine.allocate(Number.MAX_VALUE)).toThrow(DeviceError);
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
    const rounds = 2000;
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

  it.skipIf(native === undefined || cpuinfo === undefined)("agrees with the flags that Linux lists", () => {
    const flags = new Set(
      /^flags\s*:(.*)$/m
        .exec(cpuinfo as string)?.[1]
        .trim()
        .split(" "),
    );
    const all = (...names: string[]): boolean => names.every((name) => flags.has(name));
    const features = detectFeatures(native as NativeMachine);
    const fact = (name: string) =>
      new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(cpuinfo as string)?.[1].trim();
    const avx512 = all("avx2", "fma", "f16c", "bmi2", "avx512f", "avx512bw", "avx512dq", "avx512vl");
    expect(features).toEqual({
      // Some virtual machines give the system another name than programs.
      name: flags.has("hypervisor") ? expect.stringMatching(/^[ -~]{1,48}$/) : fact("model name"),
      amdFamily: fact("vendor_id") === "AuthenticAMD" ? Number(fact("cpu family")) : undefined,
      avx2: all("avx2", "fma", "f16c", "bmi2"),
      avxVnni: all("avx_vnni"),
      avx512,
      avx512Vnni: avx512 && all("avx512_vnni"),
      avx512Bf16: avx512 && all("avx512_bf16"),
      amxInt8: avx512 && all("amx_tile", "amx_int8"),
      amxBf16: avx512 && all("amx_tile", "amx_int8", "amx_bf16"),
    });
  });

  it.skipIf(native === undefined)("chooses the tuning of targets by the processor's family", () => {
    const machine = native as NativeMachine;
    const features = detectFeatures(machine);
    const tuningsOf = (amdFamily: number | undefined) =>
      nativeTargets(machine, { ...features, amdFamily }).map(({ tuning }) => tuning);
    const targets = nativeTargets(machine);
    expect(tuningsOf(26)).toEqual(targets.map(() => TUNINGS.zen5));
    for (const other of [25, undefined]) expect(tuningsOf(other)).toEqual(targets.map(() => TUNINGS.common));
  });
});
