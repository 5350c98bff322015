/** What all requests of a server share. */
import type { Speculation } from "../generation/speculation/names.ts";
import type { Admission } from "./admission.ts";
import type { ServerLog } from "./log.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { ModelRegistry } from "./models/registry.ts";
import type { SlotTexts } from "./native/slots.ts";
import type { FetchModel } from "./page/pull.ts";

export interface ServerContext {
  /** Of the program that serves. */
  readonly version: string;
  readonly models: ModelRegistry;
  readonly admission: Admission;
  readonly metrics: ServerMetrics;
  readonly log: ServerLog;
  /** True if the log may hold prompts and answers. */
  readonly logsText: boolean;
  readonly pingMs: number;
  readonly maxSeconds: number;
  readonly speculate: Speculation | undefined;
  readonly template: string | undefined;
  /** Where caches are saved; undefined if they are not. */
  readonly sessionFolder: string | undefined;
  readonly slotTexts: SlotTexts;
  /** Undefined if requests may not fetch models. */
  readonly fetchModel: FetchModel | undefined;
  /** True while a model is being fetched. */
  isPulling: boolean;
  /** False once the server drains: it finishes what it has begun and takes nothing new. */
  isOpen: boolean;
  /** True once the default model is loaded. */
  isReady: boolean;
}
