import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { SPREAD_SOURCE } from "./node-spread-threads.ts";

interface Spreading {
  arrive(count: number): void;
  leave(): void;
}
type Func = (definition: string) => (...args: never[]) => number;
const spreading = new Function(`${SPREAD_SOURCE} return spreading;`)() as (
  libc: { func: Func },
  seats: Int32Array,
  index: number,
) => Spreading;

/** A machine whose thread is on `processor` and may use those of `allowed`. */
function machine(processor: number, allowed: number) {
  const asked: number[] = [];
  const functions: Record<string, (...args: never[]) => number> = {
    sched_getcpu: () => processor,
    sched_getaffinity: (_thread: number, _size: number, mask: Uint8Array) => {
      mask[0] = allowed;
      return 0;
    },
    sched_setaffinity: (_thread: number, _size: number, mask: Uint8Array) => {
      asked.push(mask[0]);
      const first = [0, 1, 2, 3, 4, 5, 6, 7].find((bit) => (mask[0] >> bit) & 1);
      if (((mask[0] >> processor) & 1) === 0) processor = first ?? processor;
      return 0;
    },
  };
  const func: Func = (definition) => functions[/(\w+)\(/.exec(definition)?.[1] ?? ""];
  return { libc: { func }, asked };
}

const linux = process.platform === "linux";

test.runIf(linux)("a thread alone on its processor stays", () => {
  const { libc, asked } = machine(2, 0b1111);
  const seats = new Int32Array([1, 0, 2]);
  spreading(libc, seats, 1).arrive(3);
  expect(asked).toEqual([]);
  expect([...seats]).toEqual([1, 3, 2]);
});

test.runIf(linux)("a thread on another's processor goes to one that nobody is on, and is let go", () => {
  const { libc, asked } = machine(1, 0b1111);
  const seats = new Int32Array([1, 2, 0, 3]);
  const { arrive, leave } = spreading(libc, seats, 2);
  arrive(4);
  expect(asked).toEqual([0b1000, 0b1111]);
  expect([...seats]).toEqual([1, 2, 4, 3]);
  leave();
  expect([...seats]).toEqual([1, 2, 0, 3]);
});

test.runIf(linux)("more threads than processors stay where they are", () => {
  const { libc, asked } = machine(0, 0b11);
  spreading(libc, new Int32Array([1, 2, 0]), 2).arrive(3);
  expect(asked).toEqual([]);
});

const native = linux && process.arch === "x64" && availableParallelism() >= 2;
test.runIf(native)("the system moves the thread without pinning it", () => {
  const libc = createRequire(import.meta.url)("koffi").load(null);
  const here = libc.func("int sched_getcpu()");
  const get = libc.func("int sched_getaffinity(int thread, size_t size, _Out_ uint8_t *mask)");
  const masks = [new Uint8Array(128), new Uint8Array(128)];
  get(0, 128, masks[0]);
  const seats = new Int32Array(2);
  // The system may move this thread meanwhile; it must never stay on the processor in seats[0].
  for (let tries = 0; tries < 100; tries++) {
    const before = here() as number;
    seats[0] = before + 1;
    spreading(libc, seats, 1).arrive(2);
    expect(seats[1]).not.toBe(before + 1);
  }
  get(0, 128, masks[1]);
  expect(masks[1]).toEqual(masks[0]);
});
