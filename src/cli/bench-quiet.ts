/** Waits until other programs leave the processors idle: their load would distort every measurement. */
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const SAMPLE_MS = 400;
const QUIET_SHARE = 0.85;

function times(): { readonly idle: number; readonly total: number } {
  let [idle, total] = [0, 0];
  for (const { times: one } of cpus()) {
    idle += one.idle;
    total += one.user + one.nice + one.sys + one.idle + one.irq;
  }
  return { idle, total };
}

/** The idle share of all processors' time, over some tenths of a second. */
async function idleShare(): Promise<number> {
  const before = times();
  await sleep(SAMPLE_MS);
  const after = times();
  const total = after.total - before.total;
  return total === 0 ? 1 : (after.idle - before.idle) / total;
}

/** Returns when the machine is quiet, or when `patienceSeconds` have passed, with the last measured idle share. */
export async function waitForQuiet(patienceSeconds: number): Promise<number> {
  const end = performance.now() + 1000 * patienceSeconds;
  for (;;) {
    const share = await idleShare();
    if (share >= QUIET_SHARE || performance.now() >= end) return share;
  }
}
