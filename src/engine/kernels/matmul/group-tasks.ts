/** Tasks of a product: a few groups of rows, and a range of tokens. */
import type { KernelBuilder } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import { byThreads, forEachTask, tasks } from "../launch.ts";

/** The arguments of a kernel that its tasks need. */
export const GROUP_TASK_PARAMETERS = {
  tasks: "ptr",
  tokens: "int",
  rows: "int",
  threads: "int",
  groupsPerTask: "int",
  tokensPerTask: "int",
} as const;

type P = { readonly tasks: Value<"ptr"> } & {
  readonly [Name in Exclude<keyof typeof GROUP_TASK_PARAMETERS, "tasks">]: Value<"int">;
};

/** Most rows of a task. A task starts with weights that were not prefetched, so tasks should not be small. */
const TASK_ROWS = 192;
/** Fewest tasks per thread, if there are enough rows: threads do not run at the same speed. */
const TASKS_PER_THREAD = 8;

/** Groups of `together` rows of a task. */
function groupsPerTask(rows: number, together: number, threads: number): number {
  const share = Math.floor(rows / together / (TASKS_PER_THREAD * threads));
  return Math.max(1, Math.min(Math.floor(TASK_ROWS / together), share));
}

/** Values of the arguments that depend on the weight's rows and the number of threads. */
export const groupTaskArguments = (rows: number, together: number) =>
  ({
    tasks,
    threads: byThreads((threads) => threads),
    groupsPerTask: byThreads((threads) => groupsPerTask(rows, together, threads)),
  }) as const;

/**
 * Runs the tasks of a thread: calls `prepare` for each task and `body` for each of its groups of `together` rows, with its
 * range of tokens.
 */
export function forEachGroup(
  k: KernelBuilder,
  p: P,
  together: number,
  prepare: (first: Value<"int">, end: Value<"int">) => void,
  body: (group: Value<"int">, first: Value<"int">, end: Value<"int">) => void,
): void {
  const ceilDiv = (a: Value<"int">, b: Value<"int">) => k.div(k.sub(k.add(a, b), 1), b);
  const groups = () => k.div(k.add(p.rows, together - 1), together);
  const ranges = () => ceilDiv(p.tokens, p.tokensPerTask);
  const perThread = () => ceilDiv(ceilDiv(groups(), p.groupsPerTask), p.threads);
  forEachTask(k, p.tasks, k.mul(k.mul(perThread(), p.threads), ranges()), (task) => {
    const rangeCount = ranges();
    const number = k.div(task, rangeCount);
    // Threads mostly take tasks in turn: so each reads its own part of the weight from end to end.
    const place = k.add(k.mul(k.rem(number, p.threads), perThread()), k.div(number, p.threads));
    const firstGroup = k.mul(place, p.groupsPerTask);
    const firstToken = k.mul(k.rem(task, rangeCount), p.tokensPerTask);
    const endGroup = k.min(k.add(firstGroup, p.groupsPerTask), groups());
    const endToken = k.min(k.add(firstToken, p.tokensPerTask), p.tokens);
    prepare(firstToken, endToken);
    k.loop(firstGroup, endGroup, 1, (group) => body(group, firstToken, endToken));
  });
}
