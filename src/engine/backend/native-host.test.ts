/** The driver on real threads: work is shared, phases are kept apart, aborts end a program, nothing lingers. */
import { afterAll, describe, expect, it } from "vitest";
import { openNative } from "../../platform/node-native.ts";
import { startNativeThreads } from "../../platform/node-native-threads.ts";
import { kernel } from "../kernel/builder.ts";
import { nativeTargets } from "../kernel/features.ts";
import { f32, forEachTask, input, int, type Launch, output, tasks } from "../kernels/launch.ts";
import { CallTable, type PlacedLaunch } from "./call-table.ts";
import { NativeHost } from "./native-host.ts";

/** out[i] = in[i] · factor + 1, a task per element. */
const STEP = kernel(
  "test_step",
  { input: "ptr", output: "ptr", tasks: "ptr", count: "int", factor: "f32" },
  (k, p) => {
    const from = k.variable(p.input);
    const to = k.variable(p.output);
    const factor = k.variable(p.factor);
    forEachTask(k, p.tasks, p.count, (task) => {
      const value = k.loadF32({ base: from, index: task, scale: 4 });
      k.storeF32({ base: to, index: task, scale: 4 }, k.fma(value, factor, k.constant("f32", 1)));
    });
  },
);

const step = (factor: number): Launch => ({
  kernel: STEP,
  arguments: { input: input(0), output, tasks, count: int("N"), factor: f32(factor) },
});

const machine = openNative();
const [target] = nativeTargets(machine);

describe.each([1, 2, 3, 4])("NativeHost with %i threads", (threadCount) => {
  const threads = startNativeThreads(threadCount);
  const host = new NativeHost(target, machine, threads);
  afterAll(async () => {
    host.dispose();
    await threads.exited;
  });
  const [a, b] = [host.allocate(4 * 5000), host.allocate(4 * 5000)];
  const floats = (region: typeof a): Float32Array => {
    const bytes = region.bytes();
    return new Float32Array(bytes.buffer, bytes.byteOffset, 5000);
  };
  const launches = Array.from({ length: 40 }, (_, i): PlacedLaunch => {
    const [from, to] = i % 2 === 0 ? [a, b] : [b, a];
    return {
      ...step(i % 3 === 0 ? 0.5 : 1),
      inputs: [from.address],
      output: to.address,
      barrierBefore: i > 0,
    };
  });
  const expected = (x: number): number =>
    launches.reduce((y, _, i) => Math.fround(y * (i % 3 === 0 ? 0.5 : 1) + 1), x);

  it("runs phase after phase over all elements, again and again", async () => {
    using table = new CallTable(host, launches);
    for (let run = 0; run < 20; run++) {
      floats(a).forEach((_, i, all) => {
        all[i] = i + run;
      });
      await table.run(new Map([["N", 5000]]));
      expect([...floats(a)]).toEqual(Array.from({ length: 5000 }, (_, i) => expected(i + run)));
    }
  });

  it("leaves alone what lies beyond the step's size", async () => {
    using table = new CallTable(host, launches);
    floats(a).fill(7);
    await table.run(new Map([["N", 13]]));
    expect(new Set(floats(a).subarray(13))).toEqual(new Set([7]));
    await table.run(new Map([["N", 0]]));
  });

  it("stops at a barrier when the signal is raised, and runs again after", async () => {
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
