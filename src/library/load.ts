/** Loads a model: takes a path or a reference and returns a model that generates text. */
import { platform } from "#platform";
import { chooseBackend } from "../engine/backend/select.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import type { Arrival } from "../hub/arrival.ts";
import type { TransferProgress } from "../hub/transfer/progress.ts";
import { bindParameters } from "../model/bind.ts";
import type { CacheDtype } from "../model/defaults.ts";
import { LlamaRunner } from "../model/runner.ts";
import type { Adaptation } from "../model/weights.ts";
import { openModelOnDemand } from "../open/on-demand.ts";
import { type OpenedModel, requireTokenizer } from "../open/open-with.ts";
import type { Platform } from "../platform/platform.ts";
import { checkOptions } from "../schema/check.ts";
import { Model } from "./model.ts";
import { type FetchOptions, openNamed } from "./named-model.ts";
import { loadExtras } from "./on-demand.ts";
import { LOAD_OPTIONS } from "./options/load-options.ts";

export interface LoadOptions extends FetchOptions {
  /** A tokenizer file to use instead of the one found in or beside the model. */
  readonly tokenizer?: string | undefined;
  /** Name of a backend. Default: CRIA_BACKEND, else the fastest that works here and supports the model's types. */
  readonly backend?: string | undefined;
  /**
   * Storage type of the KV cache: F32; F16 takes half the memory, and Q8_0 about a quarter.
   * Default: F32 for models of F32, else F16.
   */
  readonly cacheType?: CacheDtype | undefined;
  /**
   * Precision of products with float weights. bf16 rounds both operands to 8 significant bits: prompts are about twice as
   * fast, with processors that have AVX512-BF16. Default: bf16 for BF16 weights where the processor has it, else f32.
   */
  readonly precision?: MatmulPrecision | undefined;
  /** Number of compute threads. Default: one per processor that the process may use. */
  readonly threads?: number | undefined;
  /**
   * Called with bytes done so far, and their total: while a reference is fetched (then `transfer` tells more), and while
   * weights are brought into the backend's layout.
   */
  readonly onProgress?:
    | ((done: number, total: number, step: LoadStep, transfer?: TransferProgress) => void)
    | undefined;
  /**
   * False: read the file instead of mapping it. If a mapped file is truncated while in use, the process ends with
   * SIGBUS, which no program can catch; a file that was read may change. Reading takes memory for all weights.
   * Default: true.
   */
  readonly mmap?: boolean | undefined;
  /** Tokens that one sequence can have, prompt included. Default: the model's own, but at most 4096; more warns. */
  readonly context?: number | undefined;
  /** Sequences generated at the same time; further ones wait. Default 4. */
  readonly parallel?: number | undefined;
  /**
   * Bytes of the KV cache. Default: enough for `parallel` texts of `context` tokens. With less, texts wait for each
   * other when it is full; with more, it keeps more of earlier texts, whose beginnings are then not computed again.
   */
  readonly cacheMemory?: number | undefined;
  /**
   * Most milliseconds between two tokens of a text while prompts of others are computed, if a step with 32 tokens of
   * prompt is that fast. Default: no limit; prompts are then computed in larger chunks, which takes less time in all.
   */
  readonly maxGap?: number | undefined;
  /**
   * Path of a smaller model with the same vocabulary. It guesses tokens, of which this model verifies several in one
   * step; texts stay the same. The model owns it.
   */
  readonly draft?: string | undefined;
  /** Adapters of all texts that choose no others: paths, or paths with the factor of their change. */
  readonly adapters?:
    | readonly (string | { readonly path: string; readonly scale?: number | undefined })[]
    | undefined;
  /**
   * Return as soon as a reference's header has been fetched: texts start while layers arrive (`model.arrived` resolves
   * when the file is complete and verified). For one GGUF file, on native backends; others are fetched first. What is
   * generated before `arrived` rests on bytes whose checksum is not known yet. Default: false.
   */
  readonly early?: boolean | undefined;
  /** Binds the weights a second time, for other changes of layers. */
  readonly adapt?: Adaptation | undefined;
}

export type LoadStep = "fetch" | "prepare";

/**
 * Opens a model in any readable format and prepares it to run. `path` may be a reference (`hf:owner/repo:Q4_K_M`), which
 * is fetched if it is not on this machine. Without a path it is the model of the package, if it has one.
 * @throws NetworkError, FileError, FormatError, ConfigError, TokenizerError, UnsupportedError; RequestError for bad options.
 */
export function load(path?: string, options: LoadOptions = {}): Promise<Model> {
  return loadModel(path, options, { extras: true });
}

/**
 * Like `load`, but for a program that only continues texts, and soon: the model cannot chat, take adapters later, or give
 * a text a structure.
 */
export function loadForText(path: string, options: LoadOptions): Promise<Model> {
  return loadModel(path, options, { extras: options.adapters !== undefined });
}

async function loadModel(
  path: string | undefined,
  options: LoadOptions,
  needs: { readonly extras: boolean },
): Promise<Model> {
  checkOptions(LOAD_OPTIONS, options, "load a model");
  const { tokenizer, onProgress } = options;
  const early = mayBeEarly(options);
  const { opened, arrival } = await openNamed(
    path ?? (await platform.shippedModel()),
    options,
    async (found, arriving) => ({
      arrival: arriving,
      opened: await openModelOnDemand(found, {
        ...(tokenizer === undefined ? {} : { tokenizer }),
        ...(options.mmap === false ? { platform: withoutMaps(platform) } : {}),
      }),
    }),
    { early, onProgress: (transfer) => onProgress?.(transfer.done, transfer.total, "fetch", transfer) },
  );
  let model: Model | undefined;
  try {
    model = await startModel(opened, options, arrival);
    if (needs.extras) await loadExtras();
    loadAdapters(model, options);
    await model.prepare({
      ...options,
      onProgress: onProgress && ((done, total) => onProgress(done, total, "prepare")),
    });
    if (options.draft !== undefined) model.useDraft(await loadDraft(options.draft, options));
    return model;
  } catch (error) {
    arrival?.stop(error);
    if (model === undefined) opened.checkpoint.dispose();
    else await model.dispose();
    throw error;
  }
}

/** What is bound or computed at once needs all weights. */
function mayBeEarly({ early, mmap, adapt, adapters, draft }: LoadOptions): boolean {
  const needsAll = [adapt, adapters, draft].some((option) => option !== undefined);
  return early === true && mmap !== false && !needsAll && platform.native !== undefined;
}

/** A draft model shares what its model has, except what belongs to the one file. It only continues texts. */
function loadDraft(path: string, options: LoadOptions): Promise<Model> {
  const {
    tokenizer: _t,
    adapt: _a,
    adapters: _l,
    draft: _d,
    early: _e,
    cacheMemory: _c,
    maxGap: _g,
    onProgress: _p,
    ...shared
  } = options;
  return loadForText(path, shared);
}

function loadAdapters(model: Model, { adapters = [] }: LoadOptions): void {
  model.adapters = adapters.map((choice) => {
    const { path, scale = 1 } = typeof choice === "string" ? { path: choice } : choice;
    return { adapter: model.loadAdapter(path), scale };
  });
}

/** The same platform, but files are read instead of mapped. */
function withoutMaps(mapped: Platform): Platform {
  return { ...mapped, open: (path) => mapped.open(path, { map: false }) };
}

/** @param arrival the file's transfer, if it is not complete. Backends that copy weights wait for its end. */
async function startModel(
  opened: OpenedModel,
  options: LoadOptions,
  arrival: Arrival | undefined,
): Promise<Model> {
  requireTokenizer(opened); // check before any expensive work
  const { config } = opened;
  const { context, parallel: maxSequences, cacheType: cacheDtype, cacheMemory, precision, adapt } = options;
  const isMapped = [...opened.checkpoint.tensors.values()].every(({ address }) => address !== undefined);
  if (!isMapped) await arrival?.done;
  const parameters = bindParameters(opened);
  const chosen = await chooseBackend(
    platform,
    { name: options.backend, threads: options.threads },
    async (backend) => {
      const arriving = backend.readsMappedMemory && isMapped ? arrival : undefined;
      if (arriving === undefined) await arrival?.done;
      const limits = { context, maxSequences, cacheDtype, cacheMemory, precision, adapt, arriving };
      return LlamaRunner.create(config, parameters, backend, limits);
    },
  );
  return new Model(opened, chosen, { maxGapMs: options.maxGap }, arrival);
}
