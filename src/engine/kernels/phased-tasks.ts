/**
 * Tasks of one launch in phases: no task of a phase begins before all tasks of earlier phases are done. Threads take
 * tasks in order, so every task that a thread waits for is done or is running on another thread. A single thread never
 * waits.
 */
import type { Arguments, KernelBuilder } from "../jit/builder.ts";
import type { Operand, Value } from "../jit/language/core.ts";
import { forEachTask, type KernelArgument } from "./launch.ts";

/** The counters of a launch with phases: tasks, threads, and completed tasks. */
export const phasedTasks: KernelArgument = { kind: "tasks", more: 1 };
const DONE = 8;
/** Iterations of waiting after which a thread yields. */
const SPINS = 1000;

/** The additional arguments of a kernel with phases. */
export const PHASED_PARAMETERS = { tasks: "ptr", yield: "ptr" } as const;
export const phasedArguments = { tasks: phasedTasks, yield: { kind: "yield" } } as const satisfies Record<
  string,
  KernelArgument
>;

/** Loaded again at each use: otherwise they would occupy two registers all the time. */
type PhasedPlaces = Arguments<typeof PHASED_PARAMETERS>;

export interface PhasedTask {
  readonly number: Value<"int">;
  /** Waits until the first `count` tasks of the launch are done. */
  waitFor(count: Operand<"int">): void;
}

/**
 * Runs `body` for the tasks of this thread. It must call `waitFor` before it reads what earlier tasks write; a task
 * counts as done when `body` ends.
 */
export function forEachPhasedTask(
  k: KernelBuilder,
  p: PhasedPlaces,
  count: Value<"int">,
  body: (task: PhasedTask) => void,
): void {
  forEachTask(k, p.tasks, count, (number) => {
    body({ number, waitFor: (needed) => waitUntil(k, p, needed) });
    k.atomicAdd({ base: p.tasks, disp: DONE }, k.constant("int", 1));
  });
}

function waitUntil(k: KernelBuilder, p: PhasedPlaces, needed: Operand<"int">): void {
  const goal = k.variable(needed);
  const cells = k.variable(p.tasks);
  const done = k.variable(k.atomicLoad({ base: cells, disp: DONE }));
  const patience = k.variable(k.constant("int", SPINS));
  k.while(
    () => k.is(done, "<", goal),
    () => {
      k.pause();
      patience.set(k.sub(patience, 1));
      k.if(k.is(patience, "<", 0), () => k.call(p.yield, cells));
      done.set(k.atomicLoad({ base: cells, disp: DONE }));
    },
  );
}
