/**
 * The driver on WebAssembly threads and on the calling thread: the same work, aborts, failures, everything is
 * released.
 */
import { afterAll, describe, expect, it } from "vitest";
import { series } from "../../../../test/support/call-series.ts";
import { wasmPlatform } from "../../../platform/node-wasm.ts";
import type { WasmThreads } from "../../../platform/wasm.ts";
import { kernel } from "../../jit/builder.ts";
import { wasm } from "../../jit/target.ts";
import { input } from "../../kernels/launch.ts";
import { CallTable } from "../program/call-table.ts";
import { wasmBackend } from "./wasm.ts";
import { WasmHost } from "./wasm-host.ts";

/** Accesses an address outside the memory. */
const FAULT = kernel("test_fault", { input: "ptr" }, (k, p) => {
  k.storeF32(k.variable(p.input), k.constant("f32", 1));
});

function startHost(threads: number): { host: WasmHost; exited: () => Promise<void> } {
  if (threads === 0) return { host: new WasmHost(wasm()), exited: () => Promise.resolve() };
  let started: WasmThreads | undefined;
  const host = new WasmHost(wasm(), (memory) => {
    started = wasmPlatform.startThreads(threads, memory);
    return started;
  });
  return { host, exited: () => (started as WasmThreads).exited };
}

describe.each([0, 1, 2, 3, 4])("WasmHost with %i threads (0: on the calling thread)", (threadCount) => {
  const { host, exited } = startHost(threadCount);
  afterAll(async () => {
    host.dispose();
    await exited();
  });
  const { floats, launches, expected } = series(host, 40);

  it("runs phase after phase over all elements, repeatedly", async () => {
    expect(host.threadCount).toBe(Math.max(1, threadCount));
    using table = new CallTable(host, launches);
    for (let run = 0; run < 20; run++) {
      floats().forEach((_, i, all) => {
        all[i] = i + run;
      });
      await table.run(new Map([["N", 5000]]));
      expect([...floats()]).toEqual(Array.from({ length: 5000 }, (_, i) => expected(i + run)));
    }
  });

  it("lets two programs alternate while the memory grows", async () => {
    using one = new CallTable(host, launches);
    const other = series(host, 20);
    using big = host.allocate(50 << 20);
    using two = new CallTable(host, other.launches);
    floats().fill(3);
    other.floats().fill(4);
    await Promise.all([one.run(new Map([["N", 5000]])), two.run(new Map([["N", 5000]]))]);
    expect(new Set(floats())).toEqual(new Set([expected(3)]));
    expect(new Set(other.floats())).toEqual(new Set([other.expected(4)]));
    expect(big.bytes()[123]).toBe(0);
  });

  it("does not write beyond the step's size", async () => {
    using table = new CallTable(host, launches);
    floats().fill(7);
    await table.run(new Map([["N", 13]]));
    expect(new Set(floats().subarray(13))).toEqual(new Set([7]));
    await table.run(new Map([["N", 0]]));
  });

  it("stops when the signal is raised, can run again, and does not block the event loop", async () => {
    const many = Array.from({ length: 6000 }, (_, i) => ({ ...launches[i % 2], barrierBefore: i > 0 }));
    using table = new CallTable(host, many);
    const controller = new AbortController();
    const running = table.run(new Map([["N", 5000]]), controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await expect(running).rejects.toThrow("enough");
    await table.run(new Map([["N", 5]]));
    await expect(table.run(new Map(), AbortSignal.abort(new Error("no")))).rejects.toThrow("no");
  });

  it("frees memory", () => {
    const before = host.usedBytes;
    new CallTable(host, launches).dispose();
    expect(host.usedBytes).toBe(before);
  });
});

it("is notified by message without Atomics.waitAsync", async () => {
  const waitAsync = Reflect.get(Atomics, "waitAsync");
  Reflect.deleteProperty(Atomics, "waitAsync");
  const { host, exited } = startHost(2);
  try {
    const { floats, launches, expected } = series(host, 8);
    using table = new CallTable(host, launches);
    for (let run = 0; run < 5; run++) {
      floats().fill(run);
      await table.run(new Map([["N", 5000]]));
      expect(new Set(floats())).toEqual(new Set([expected(run)]));
    }
  } finally {
    Object.defineProperty(Atomics, "waitAsync", { value: waitAsync, configurable: true, writable: true });
    host.dispose();
  }
  await exited();
});

describe("a kernel that fails", () => {
  it("ends the threads with an error instead of waiting forever", async () => {
    const { host, exited } = startHost(2);
    const outside = 0xfffffff0n;
    const fault = { kernel: FAULT, arguments: { input: input(0) }, outputs: [0n] };
    using table = new CallTable(host, [{ ...fault, inputs: [outside], barrierBefore: false }]);
    await expect(table.run(new Map())).rejects.toThrow(/WebAssembly on a thread.*out of bounds/);
    await expect(table.run(new Map())).rejects.toThrow(/WebAssembly on a thread/);
    await exited();
    host.dispose();
    await expect(host.run(1n, [0n, 0n])).rejects.toThrow(/disposed/);
  });
});

describe("wasmBackend", () => {
  it("reports why it has one thread if memory cannot be shared", () => {
    const startThreads = (): never => expect.unreachable("no threads are to be started");
    using backend = wasmBackend({ withoutThreads: "no headers", startThreads }, 2);
    expect(backend.passedOver).toEqual(["WebAssembly runs on one thread only: no headers"]);
    expect(backend.description).toMatch(/1 thread$/);
  });
});

describe("wasmBackend in Node", () => {
  it("multiplies bytes by relaxed SIMD, which Node 20 has behind a flag", () => {
    const backend = wasmBackend(wasmPlatform, 1);
    backend.dispose();
    const isHere = process.arch === "x64" || Number(process.versions.node.split(".")[0]) >= 22;
    expect(backend.description.includes("with relaxed dot products")).toBe(isHere);
  });
});
