/** The front door: a path goes in, a model that generates text comes out. */
import { platform } from "#platform";
import { chooseBackend } from "../engine/backend/select.ts";
import type { CacheDtype } from "../model/graphs.ts";
import { LlamaRunner } from "../model/runner.ts";
import type { Adaptation } from "../model/weights.ts";
import { type OpenedModel, openModel, requireTokenizer } from "../open/open-model.ts";
import type { Platform } from "../platform/platform.ts";
import { checkOptions } from "../schema/check.ts";
import { bindParameters } from "./bind.ts";
import { Model } from "./model.ts";
import { LOAD_OPTIONS } from "./options/load-options.ts";

export interface LoadOptions {
  /** A tokenizer's file, instead of the one found in or beside the model. */
  readonly tokenizer?: string | undefined;
  /** A backend by name; default: CRIA_BACKEND, else the best that works here and knows the model's types. */
  readonly backend?: string | undefined;
  /**
   * What the KV cache is stored as: F32, or F16 and Q8_0 in a half and about a quarter of the memory.
   * Default: F32 for models of F32, else F16.
   */
  readonly cacheType?: CacheDtype | undefined;
  /** Threads that compute. Default: one per processor that the process may use. */
  readonly threads?: number | undefined;
  /** Bytes of weights brought into the backend's layout so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * False: read the file instead of mapping it. A mapped file that is cut short while it is in use ends the process
   * (SIGBUS), as no program can catch; a file that was read may change. Takes the memory of the weights. Default: true.
   */
  readonly mmap?: boolean | undefined;
  /** Tokens that one text can have, prompt included. Default: the model's own, but at most 4096; more only warns. */
  readonly context?: number | undefined;
  /** Texts that can be generated at the same time; further ones wait. Default 4. */
  readonly parallel?: number | undefined;
  /** Binds the weights a second time, as adapters do. */
  readonly adapt?: Adaptation | undefined;
}

/**
 * Opens a model of any readable format and gets it ready to run. Without a path it is the small story model of the package.
 * @throws FileError, FormatError, ConfigError, TokenizerError, UnsupportedError; RequestError for bad options.
 */
export async function load(path?: string, options: LoadOptions = {}): Promise<Model> {
  checkOptions(LOAD_OPTIONS, options, "load a model");
  const { tokenizer } = options;
  const named = path ?? (await platform.shippedModel());
  const opened = openModel(named, {
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(options.mmap === false ? { platform: withoutMaps(platform) } : {}),
  });
  let model: Model | undefined;
  try {
    model = await startModel(opened, options);
    await model.prepare(options);
    return model;
  } catch (error) {
    if (model === undefined) opened.checkpoint.dispose();
    else await model.dispose();
    throw error;
  }
}

/** The same machine, but files are read and not mapped. */
function withoutMaps(mapped: Platform): Platform {
  return { ...mapped, open: (path) => mapped.open(path, { map: false }) };
}

async function startModel(opened: OpenedModel, options: LoadOptions): Promise<Model> {
  requireTokenizer(opened); // before anything large is started
  const { config } = opened;
  const { context, parallel: maxSequences, cacheType: cacheDtype, adapt } = options;
  const parameters = bindParameters(opened);
  const limits = { context, maxSequences, cacheDtype, adapt };
  const chosen = await chooseBackend(
    platform,
    { name: options.backend, threads: options.threads },
    (backend) => LlamaRunner.create(config, parameters, backend, limits),
  );
  return new Model(opened, chosen);
}
