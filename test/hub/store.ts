/** A store of a test: settings for a temporary folder and a hub on this machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PullOptions } from "../../src/hub/pull.ts";
import type { TestHub } from "./server.ts";

export interface TestStore extends Disposable {
  readonly folder: string;
  readonly cache: string;
  /** For `pull`: quick retries, small requests, several connections. */
  readonly options: PullOptions;
}

export function testStore(hub: TestHub, token?: string): TestStore {
  const folder = mkdtempSync(join(tmpdir(), "cria-hub-"));
  const cache = join(folder, "hub");
  return {
    folder,
    cache,
    options: {
      acceptLicence: true,
      retry: { attempts: 6, firstDelay: 1 },
      settings: {
        cacheFolder: cache,
        ownFolder: join(folder, "cria"),
        ollamaFolder: join(folder, "ollama"),
        endpoint: hub.endpoint,
        token,
        offline: false,
      },
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Bytes that differ everywhere, the same for a seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
