/** The object `loop` inside a loop. */
import type { Budget } from "./budget.ts";
import { Callable, isEqual, Namespace, type Value } from "./values.ts";

/** loop.changed(…): whether the arguments differ from those of the previous iteration. One instance per loop. */
export function changeWatch(budget: Budget): Callable {
  let last: readonly Value[] | undefined;
  return new Callable("changed", ({ args }) => {
    const isSame = last !== undefined && isEqual(last, args, budget.step);
    last = args;
    return !isSame;
  });
}

/** The state of iteration `i`. */
export function loopState(items: readonly Value[], i: number, changed: Callable): Namespace {
  const cycle = new Callable("cycle", ({ args }) => args[i % Math.max(1, args.length)]);
  return new Namespace([
    ["index", i + 1],
    ["index0", i],
    ["revindex", items.length - i],
    ["revindex0", items.length - i - 1],
    ["first", i === 0],
    ["last", i === items.length - 1],
    ["length", items.length],
    ["previtem", items[i - 1]],
    ["nextitem", items[i + 1]],
    ["cycle", cycle],
    ["changed", changed],
  ]);
}
