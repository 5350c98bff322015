/** Runs a range of cases of one target in a separate thread, so that a hang can be detected and ended. */
import { parentPort, workerData } from "node:worker_threads";
import { checkCase, type Stages } from "./check.ts";
import { mutatedCase } from "./mutate.ts";
import { FAULTY_TARGETS, TARGETS } from "./targets.ts";

export interface Work {
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** The number of the running case. */
  readonly progress: SharedArrayBuffer;
}

export type Message =
  | { readonly kind: "failure"; readonly index: number; readonly reason: string }
  | { readonly kind: "done"; readonly counts: Record<string, number>; readonly stages: Stages };

async function work({ target: name, seed, from, to, progress }: Work): Promise<void> {
  const target = [...TARGETS, ...FAULTY_TARGETS].find((row) => row.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const seeds = target.seeds();
  const current = new Int32Array(progress);
  const counts: Record<string, number> = {};
  const stages: Stages = {};
  for (let index = from; index < to; index++) {
    Atomics.store(current, 0, index);
    const mutated = mutatedCase(seeds, seed, index, target.head);
    const verdict = await checkCase(target, target.repair?.(mutated) ?? mutated, undefined, stages);
    const kind = verdict.kind === "refused" ? `refused ${verdict.code}` : verdict.kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (verdict.kind === "failed")
      parentPort?.postMessage({ kind: "failure", index, reason: verdict.reason });
  }
  parentPort?.postMessage({ kind: "done", counts, stages });
}

if (parentPort !== null) await work(workerData as Work);
