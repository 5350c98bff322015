/** The backends that this machine has, for tests that hold for each of them. The reference is always one. */

import { BACKEND_NAMES, type BackendName, selectBackend } from "../../src/engine/backend/select.ts";
import type { Backend } from "../../src/engine/index.ts";
import { platform } from "../../src/platform/node.ts";

export interface AvailableBackend {
  readonly name: BackendName;
  start(threads: number): Backend;
}

export function availableBackends(): AvailableBackend[] {
  const start = (name: BackendName, threads: number): Backend =>
    selectBackend(platform, { name, threads }).backend;
  return BACKEND_NAMES.filter((name) => {
    try {
      start(name, 1).dispose();
      return true;
    } catch {
      return false;
    }
  }).map((name) => ({ name, start: (threads) => start(name, threads) }));
}
