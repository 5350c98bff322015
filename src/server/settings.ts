/** Settings of a server, and the one table of their defaults. */
import type { Speculation } from "../generation/speculation/names.ts";
import type { KeyRing } from "./keys.ts";
import type { ServerLog } from "./log.ts";
import type { PageFiles } from "./page/files.ts";
import type { FetchModel } from "./page/pull.ts";

export interface ServerOptions {
  /** Version of the program, part of `system_fingerprint`. */
  readonly version?: string | undefined;
  /** Keys that requests must present. Absent: every request may pass. */
  readonly keys?: KeyRing | undefined;
  /** Host names under which this server may be addressed, besides addresses, `localhost` and this machine's name. */
  readonly hosts?: readonly string[] | undefined;
  /** Origins of web pages that may use this server: "https://app.example". Default: only its own. */
  readonly origins?: readonly string[] | undefined;
  /** Most bytes of a request's body. */
  readonly maxBodyBytes?: number | undefined;
  /** Most requests that wait for a place; further ones get 429. */
  readonly maxQueue?: number | undefined;
  /** Most requests of one client that run or wait. */
  readonly maxPerClient?: number | undefined;
  /** Most seconds that an answer may take from its request to its end; it then ends as if cut by length. */
  readonly maxSeconds?: number | undefined;
  /** Seconds between the comments that keep a silent stream open. */
  readonly pingSeconds?: number | undefined;
  /** Each key has its own cache: response times tell nothing about what others have sent. */
  readonly isolate?: boolean | undefined;
  /** A folder for caches that clients save. Default: none can be saved. */
  readonly sessionFolder?: string | undefined;
  /** Chat template of all models: a built-in one by name, or Jinja text. Default: each model's own. */
  readonly template?: string | undefined;
  /** How texts guess tokens ahead. Default: by the model's draft model, if it has one. */
  readonly speculate?: Speculation | undefined;
  /** The chat page, served at `/`. Default: none. */
  readonly page?: PageFiles | undefined;
  /** Lets requests fetch models of the hub, and offers them. Default: they may not. */
  readonly fetchModel?: FetchModel | undefined;
  readonly log?: ServerLog | undefined;
  /** Log prompts and answers too. Default: never. */
  readonly logText?: boolean | undefined;
}

export const SERVER_DEFAULTS = {
  host: "127.0.0.1",
  port: 8080,
  maxBodyBytes: 8 * 2 ** 20,
  maxQueue: 256,
  maxPerClient: 128,
  maxSeconds: 3600,
  pingSeconds: 10,
  /** Milliseconds; see LoadOptions. */
  maxGap: 140,
  version: "0",
} as const;
