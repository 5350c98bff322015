/** Shared by tests of hosts: a long series of calls with predictable results. */

import type { PlacedLaunch } from "../../src/engine/backend/program/call-table.ts";
import type { KernelHost } from "../../src/engine/backend/program/kernel-host.ts";
import { kernel } from "../../src/engine/jit/builder.ts";
import { f32, forEachTask, input, int, type Launch, output, tasks } from "../../src/engine/kernels/launch.ts";

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

/** Most elements of a series. */
const ELEMENTS = 5000;

/** `count` calls, alternating between two regions, the first being `floats`; `expected` maps an input to its result. */
export function series(host: KernelHost, count: number) {
  const [a, b] = [host.allocate(4 * ELEMENTS), host.allocate(4 * ELEMENTS)];
  const floats = (): Float32Array => {
    const bytes = a.bytes();
    return new Float32Array(bytes.buffer, bytes.byteOffset, ELEMENTS);
  };
  const launches = Array.from({ length: count }, (_, i): PlacedLaunch => {
    const [from, to] = i % 2 === 0 ? [a, b] : [b, a];
    const factor = i % 3 === 0 ? 0.5 : 1;
    return { ...step(factor), inputs: [from.address], outputs: [to.address], barrierBefore: i > 0 };
  });
  const expected = (x: number): number =>
    launches.reduce((y, _, i) => Math.fround(y * (i % 3 === 0 ? 0.5 : 1) + 1), x);
  return { floats, launches, expected };
}
