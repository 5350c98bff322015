/**
 * The front door: a path goes in, a model that generates text comes out. Everything it owns (mapped files,
 * cache, backend) is released by dispose.
 */

import { platform } from "#platform";
import { ConfigError, RequestError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import { type Chosen, chooseBackend } from "../engine/backend/select.ts";
import type { Backend, BoundTensor, PrepareOptions } from "../engine/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import { type ChatMessage, type ChatTemplate, chatPrompt } from "../generation/chat/index.ts";
import { Generation } from "../generation/generation.ts";
import { Scheduler } from "../generation/scheduler.ts";
import type { GenerateOptions } from "../generation/text-job.ts";
import { CACHE_DTYPES, type CacheDtype } from "../model/graphs.ts";
import { LlamaRunner } from "../model/runner.ts";
import { type OpenedModel, openModel, requireTokenizer } from "../open/open-model.ts";
import { decode } from "../quant/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

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
  /** Threads that compute. Default: one per processor. */
  readonly threads?: number | undefined;
  /** Bytes of weights brought into the backend's layout so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Tokens that one text can have, prompt included. Default: the model's own, but at most 4096; more only warns. */
  readonly context?: number | undefined;
  /** Texts that can be generated at the same time; further ones wait. Default 4. */
  readonly parallel?: number | undefined;
}

/** What `generate` takes beside sampling and stop rules. */
export interface PromptOptions extends GenerateOptions {
  /** Start with the BOS token. Default: as the model was trained. */
  readonly bos?: boolean | undefined;
  /** Turn the text of special tokens into those tokens. Only for prompts that no stranger wrote. */
  readonly parseSpecial?: boolean | undefined;
}

export interface ChatOptions extends GenerateOptions {
  /** Name of a built-in template or Jinja text; default: the model's own. */
  readonly template?: string | undefined;
}

export const DEFAULT_CONTEXT = 4096;
const DEFAULT_PARALLEL = 4;
const MAX_CONTEXT = 2 ** 25;
/** Tokens of one step: prompts are computed in chunks of so many. */
const STEP_TOKENS = 512;

/**
 * Opens a model of any readable format and gets it ready to run.
 * @throws FileError, FormatError, ConfigError, TokenizerError, UnsupportedError.
 */
export async function load(path: string, options: LoadOptions = {}): Promise<Model> {
  const opened = openModel(path, {
    ...(options.tokenizer === undefined ? {} : { tokenizer: options.tokenizer }),
  });
  const model = await newModel(opened, options);
  try {
    await model.prepare(options);
  } catch (error) {
    await model.dispose();
    throw error;
  }
  return model;
}

async function newModel(opened: OpenedModel, options: LoadOptions): Promise<Model> {
  try {
    return await Model.create(opened, options);
  } catch (error) {
    opened.checkpoint.dispose();
    throw error;
  }
}

export class Model implements AsyncDisposable {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly backend: Backend;
  /** What the model file said that was not understood, and the like. */
  readonly warnings: readonly string[];
  /** Tokens that one text can have. */
  readonly context: number;
  readonly #opened: OpenedModel;
  readonly #runner: LlamaRunner;
  readonly #scheduler: Scheduler;
  #disposed = false;

  private constructor(opened: OpenedModel, { backend, result, passedOver }: Chosen<LlamaRunner>) {
    const { config } = opened;
    this.#opened = opened;
    this.config = config;
    this.tokenizer = requireTokenizer(opened);
    this.context = result.limits.context;
    this.backend = backend;
    this.#runner = result;
    this.#scheduler = new Scheduler(result);
    this.warnings = [
      ...opened.warnings,
      ...contextWarnings(this.context, config),
      ...fallbackWarnings(backend, passedOver),
    ];
  }

  /** Use `load`. */
  static async create(opened: OpenedModel, options: LoadOptions): Promise<Model> {
    const { config } = opened;
    requireTokenizer(opened);
    const parameters = bindParameters(opened);
    const limits = {
      context: checkContext(options.context, config),
      maxSequences: checkParallel(options.parallel),
      maxTokens: STEP_TOKENS,
      cacheDtype: checkCacheType(options.cacheType ?? defaultCacheType(parameters)),
    };
    const choice = { name: options.backend, threads: options.threads };
    const chosen = await chooseBackend(platform, choice, (backend) =>
      LlamaRunner.create(config, parameters, backend, limits),
    );
    return new Model(opened, chosen);
  }

  /** Brings the weights into the backend's layout; `load` has done it. */
  async prepare({ signal, onProgress }: PrepareOptions): Promise<void> {
    await this.#runner.prepare({ signal, onProgress });
  }

  /** Name, format, licence and metadata, as `cria show` prints them. */
  get opened(): OpenedModel {
    return this.#opened;
  }
  /** Bytes of the KV cache when all of it is in use. */
  get cacheByteLength(): number {
    return this.#runner.cacheByteLength;
  }

  /** Continues a text, or token ids. Starts at once; read the result with `for await` or `await ….text()`. */
  generate(prompt: string | readonly number[], options: PromptOptions = {}): Generation {
    const tokens =
      typeof prompt === "string" ? this.#encode(prompt, options) : checkTokens(prompt, this.config);
    return this.#start(tokens, options);
  }

  /** Answers the last message of a conversation in the model's own form. */
  chat(messages: readonly ChatMessage[], options: ChatOptions = {}): Generation {
    const prompt = chatPrompt(this.tokenizer, this.#template(options), messages);
    const stop = [...prompt.stop, ...(options.stop ?? [])];
    return this.#start(prompt.tokens, { ...options, stop });
  }

  /** Logits after every token of a text, V floats each: what evaluation needs. Texts being generated pause. */
  logits(tokens: readonly number[], signal?: AbortSignal): Promise<Float32Array[]> {
    checkTokens(tokens, this.config);
    return this.#scheduler.alone(() => this.#logits(tokens, signal));
  }

  async #logits(tokens: readonly number[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    using sequence = this.#runner.createSequence();
    const rows: Float32Array[] = [];
    const { maxTokens } = this.#runner.limits;
    for (let from = 0; from < tokens.length; from += maxTokens) {
      const part = { sequence, tokens: tokens.slice(from, from + maxTokens), logits: "all" as const };
      rows.push(...(await this.#runner.step([part], { signal }))[0]);
    }
    return rows;
  }

  #encode(text: string, { bos = this.tokenizer.addBos, parseSpecial = false }: PromptOptions): number[] {
    const tokens = this.tokenizer.encode(text, { bos, parseSpecial });
    if (tokens.length > 0) return tokens;
    throw new RequestError({
      doing: "generate",
      found: "an empty prompt",
      fix: "give some text, or ask for BOS",
    });
  }

  #template({ template }: ChatOptions): ChatTemplate {
    const chosen = template ?? this.#opened.chatTemplate;
    if (chosen !== undefined) return chosen;
    throw new RequestError({
      doing: "chat",
      found: "a model without a chat template",
      fix: "name one with the option `template`, or use `generate`",
    });
  }

  #start(prompt: readonly number[], options: GenerateOptions): Generation {
    if (this.#disposed) throw new RequestError({ doing: "generate", found: "a disposed model" });
    const { tokenizer, config } = this;
    return new Generation(this.#scheduler, { tokenizer, vocabSize: config.vocabSize, prompt, options });
  }

  /** Ends all texts, then releases everything. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#scheduler.close(new RequestError({ doing: "generate", found: "the model was disposed" }));
    this.#runner.dispose();
    this.backend.dispose();
    this.#opened.checkpoint.dispose();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function checkContext(context: number | undefined, { maxSeqLen }: ModelConfig): number {
  if (context === undefined) return Math.min(maxSeqLen, DEFAULT_CONTEXT);
  if (Number.isSafeInteger(context) && context >= 2 && context <= MAX_CONTEXT) return context;
  throw new ConfigError({
    doing: "load a model",
    expected: `a context from 2 to ${MAX_CONTEXT}`,
    found: `${context}`,
    fix: `the model was made for ${maxSeqLen} tokens`,
  });
}

/** Says it when nothing fast could be used, and why. */
function fallbackWarnings({ name, passedOver: own = [] }: Backend, all: readonly string[]): string[] {
  if (all.length === 0) return [];
  if (name === "reference") return [`using the reference backend, which is slow: ${all.join("; ")}`];
  // A browser never runs machine code of ours: there WebAssembly is no fallback.
  if (name === "wasm" && platform.native !== undefined)
    return [`using WebAssembly, which is slower than machine code: ${all.join("; ")}`];
  return [...own];
}

/** A context beyond the model's own is the user's decision: files state it wrongly now and then. */
function contextWarnings(context: number, { maxSeqLen }: ModelConfig): string[] {
  if (context <= maxSeqLen) return [];
  return [`the model was made for ${maxSeqLen} tokens; beyond them its answers may lose their sense`];
}

/** A cache need not be more exact than the weights. */
function defaultCacheType(parameters: ReadonlyMap<string, BoundTensor>): CacheDtype {
  const matrices = [...parameters.values()].filter(({ shape }) => shape.length > 1);
  return matrices.every(({ dtype }) => dtype === "F32") ? "F32" : "F16";
}

function checkCacheType(cacheType: CacheDtype): CacheDtype {
  if (CACHE_DTYPES.includes(cacheType)) return cacheType;
  const expected = `a cache of ${CACHE_DTYPES.join(", ")}`;
  throw new ConfigError({ doing: "load a model", expected, found: `${cacheType}` });
}

function checkParallel(parallel = DEFAULT_PARALLEL): number {
  if (Number.isSafeInteger(parallel) && parallel >= 1 && parallel <= 1024) return parallel;
  throw new ConfigError({ doing: "load a model", expected: "parallel from 1 to 1024", found: `${parallel}` });
}

function checkTokens(tokens: readonly number[], { vocabSize }: ModelConfig): readonly number[] {
  const wrong = tokens.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (wrong === undefined) return tokens;
  throw new RequestError({
    doing: "generate",
    expected: `token ids from 0 to ${vocabSize - 1}`,
    found: `${wrong}`,
  });
}

/** Every parameter of the model, as the backend takes it. */
function bindParameters({ config, checkpoint }: OpenedModel): Map<string, BoundTensor> {
  return new Map(
    parameterShapes(config).flatMap(({ name, role }) => {
      const tensor = role === "rope" ? undefined : checkpoint.tensors.get(name);
      if (tensor === undefined) return [];
      const isVector = role === "norm" || role === "bias";
      return [[name, isVector ? floatVector(tensor) : boundTensor(tensor)]];
    }),
  );
}

/** Vectors are small and take part in sums: backends get them as F32, whatever their type in the file. */
function floatVector(tensor: TensorEntry): BoundTensor {
  const { dtype, shape } = tensor;
  if (dtype === "F32") return boundTensor(tensor);
  const values = decode(dtype, tensor.bytes(), shape[0]);
  return { dtype: "F32", shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function boundTensor(tensor: TensorEntry): BoundTensor {
  const { dtype, shape, byteLength, address } = tensor;
  if (address === undefined) return { dtype, shape, bytes: tensor.bytes() };
  return {
    dtype,
    shape,
    byteLength,
    address,
    // A view of the mapping, when it is asked for: most weights are read by address alone.
    get bytes() {
      return tensor.bytes();
    },
    release: () => tensor.release?.(),
  };
}
