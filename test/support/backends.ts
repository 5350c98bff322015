/** The backends available on this machine, for tests that run on each. The reference is always included. */

import { BACKEND_NAMES, type BackendName } from "../../src/engine/backend/names.ts";
import { selectBackend } from "../../src/engine/backend/select.ts";
import type { Backend } from "../../src/engine/index.ts";
import { platform } from "../../src/platform/node.ts";

export interface AvailableBackend {
  readonly name: BackendName;
  start(threads: number): Promise<Backend>;
}

export async function availableBackends(): Promise<AvailableBackend[]> {
  const start = async (name: BackendName, threads: number): Promise<Backend> =>
    (await selectBackend(platform, { name, threads })).backend;
  const available: AvailableBackend[] = [];
  for (const name of BACKEND_NAMES) {
    try {
      (await start(name, 1)).dispose();
      available.push({ name, start: (threads) => start(name, threads) });
    } catch {
      // Not available on this machine.
    }
  }
  return available;
}
