/** A loaded model. `dispose` releases everything it owns: mapped files, cache and backend. */

import { platform } from "#platform";
import type { AdapterInfo } from "../adapt/adapter.ts";
import { baseModelOf } from "../adapt/opened-base.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { RequestError, UnsupportedError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import type { Backend, PrepareOptions } from "../engine/backend/backend.ts";
import type { Chosen } from "../engine/backend/select.ts";
import type { ChatTemplate } from "../generation/chat/prompt.ts";
import type { ChatMessage } from "../generation/chat/types.ts";
import { Generation, type Meaning, type ReadValue } from "../generation/generation.ts";
import { givenStructure } from "../generation/grammar/given.ts";
import type { Guide } from "../generation/grammar/guide.ts";
import type { Guides } from "../generation/grammar/guides.ts";
import type { Structure, StructureOptions } from "../generation/grammar/structure.ts";
import { RowsJob } from "../generation/rows-job.ts";
import { Scheduler, type SchedulerOptions } from "../generation/scheduler.ts";
import { DraftJob, type DraftRequest } from "../generation/speculation/draft-job.ts";
import type { GenerateOptions, TextJobInputs } from "../generation/text-job.ts";
import type { Arrival } from "../hub/arrival.ts";
import type { StepWants } from "../model/graphs.ts";
import { normalise, type Pooling, pool } from "../model/pooling.ts";
import type { LlamaRunner } from "../model/runner.ts";
import type { StepResult } from "../model/step-arrays.ts";
import { type OpenedModel, requireTokenizer } from "../open/open-with.ts";
import { checkOptions } from "../schema/check.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Answer, ChatSession, ChatSessionOptions } from "./chat-session.ts";
import { type AdapterSelection, ModelAdapter, ModelAdapters } from "./model-adapters.ts";
import { extras } from "./on-demand.ts";
import { CHAT_OPTIONS, GENERATE_OPTIONS } from "./options/generate-options.ts";
import { type SamplingAdvice, samplingAdvice, withAdvice } from "./sampling-defaults.ts";
import type { CacheMaker } from "./saved-cache.ts";
import type { Reading, Structured, ValueOf } from "./structured.ts";
import type { ToolOptions } from "./tool-plan.ts";

/** A text, or token ids. */
type Prompt = string | readonly number[];

/** Options of `generate` besides sampling and stop rules. */
export interface PromptOptions extends GenerateOptions, StructureOptions {
  /** Start with the BOS token. Default: as in the model's training. */
  readonly bos?: boolean | undefined;
  /** Parse the text of special tokens as those tokens. Only for trusted prompts. */
  readonly parseSpecial?: boolean | undefined;
  /** Adapters of this text, from `loadAdapter`. Default: those with which the model was loaded. */
  readonly adapters?: readonly AdapterSelection[] | undefined;
}

export interface ChatOptions extends GenerateOptions, StructureOptions, ToolOptions {
  /** Adapters of this text, from `loadAdapter`. Default: those with which the model was loaded. */
  readonly adapters?: readonly AdapterSelection[] | undefined;
  /** Name of a built-in template, or Jinja text. Default: the model's own. */
  readonly template?: string | undefined;
  /** Further variables of the template, such as `enable_thinking`: plain data. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface EmbedOptions {
  /** How the token vectors are combined into one. Default: mean. */
  readonly pooling?: Pooling | undefined;
  /** Scales the vector to length 1. Default: true. */
  readonly normalise?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Adapters of this text. Default: those with which the model was loaded. */
  readonly adapters?: readonly AdapterSelection[] | undefined;
}

export interface CacheOptions {
  /** As in `GenerateOptions`: only texts with the same salt share the cache. */
  readonly cacheSalt?: string | undefined;
}

/** What a text must look like, and what it means. */
interface Form extends Meaning<unknown> {
  readonly structure?: Structure | undefined;
}

/** Resources that a model holds outside the heap. */
interface Held {
  readonly runner: LlamaRunner;
  readonly backend: Backend;
  readonly opened: OpenedModel;
  /** The transfer of its file, if it was not complete. */
  readonly arrival: Arrival | undefined;
}

function release({ runner, backend, opened, arrival }: Held): void {
  arrival?.stop(new RequestError({ doing: "fetch a model", found: "the model was disposed" }));
  runner.dispose();
  backend.dispose();
  opened.checkpoint.dispose();
}

/** Releases the memory of a model that became unreachable without `dispose`. Running sequences keep a model alive. */
const forgotten = new FinalizationRegistry<Held>(release);

/** A model in memory, ready to generate, chat, embed and give logits. Created by `load`. */
export class Model implements AsyncDisposable {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly backend: Backend;
  /** Tokens that one sequence can have. */
  readonly context: number;
  /**
   * Resolves when the model's file is complete and verified: at once unless it was loaded with `early`. Rejects if it
   * could not be fetched, its checksum is wrong, or the model was disposed before.
   */
  readonly arrived: Promise<void>;
  readonly #opened: OpenedModel;
  readonly #runner: LlamaRunner;
  readonly #scheduler: Scheduler;
  readonly #held: Held;
  /** Sampling recommended by the model's authors. */
  readonly #advice: SamplingAdvice;
  /** Created on first use. */
  #guides: Guides | undefined;
  #draft: Model | undefined;
  #hash: Promise<string> | undefined;
  readonly #adapters: ModelAdapters;
  readonly #warnings: readonly string[];
  #standing: readonly AdapterSelection[] = [];
  #disposed = false;

  /** Use `load`. */
  constructor(
    opened: OpenedModel,
    { backend, result, passedOver }: Chosen<LlamaRunner>,
    scheduling?: SchedulerOptions,
    arrival?: Arrival,
  ) {
    this.arrived = Promise.resolve(arrival?.done).then(() => {});
    this.arrived.catch(() => {}); // steps report it too
    this.#opened = opened;
    this.config = opened.config;
    this.tokenizer = requireTokenizer(opened);
    this.context = result.limits.context;
    this.backend = backend;
    this.#runner = result;
    this.#scheduler = new Scheduler(result, scheduling);
    this.#held = { runner: result, backend, opened, arrival };
    const base = baseModelOf(opened);
    // Bytes that are still being fetched have no fingerprint.
    this.#adapters = new ModelAdapters(
      result,
      arrival === undefined ? base : { ...base, id: () => undefined },
    );
    forgotten.register(this, this.#held, this);
    this.#advice = samplingAdvice(opened.generationConfig);
    this.#warnings = [
      ...opened.warnings,
      ...this.#advice.warnings,
      ...contextWarnings(this.context, this.config),
      ...fallbackWarnings(backend, passedOver),
    ];
  }

  /**
   * Lets another model guess tokens for the texts of this one, which owns it from now on.
   * @throws RequestError for a model with another vocabulary; it is then disposed.
   */
  useDraft(draft: Model): void {
    const limit = Math.max(this.tokenizer.textLimit, draft.tokenizer.textLimit);
    const [own, other] = [this.tokenizer, draft.tokenizer].map(({ vocabulary }) =>
      vocabulary.pieces.slice(0, limit),
    );
    const differs = own.length === other.length ? own.findIndex((piece, id) => piece !== other[id]) : limit;
    if (differs < 0) {
      this.#draft = draft;
      return;
    }
    void draft.dispose();
    throw new RequestError({
      doing: "use a draft model",
      expected: "the same vocabulary as the model's",
      found:
        own.length === other.length
          ? `another token ${differs}`
          : `${other.length} instead of ${own.length} tokens`,
      fix: "choose a smaller model of the same family",
    });
  }

  async #guess(draft: Model, request: DraftRequest): Promise<readonly number[]> {
    const job = new DraftJob(request);
    // A text that is too long for the draft model goes on without guesses.
    if (request.tokens.length >= draft.context || draft.#disposed) return [];
    draft.#scheduler.submit(job);
    return job.guesses;
  }

  /** Brings the weights into the backend's layout; `load` calls it. */
  async prepare({ signal, onProgress }: PrepareOptions): Promise<void> {
    await this.#runner.prepare({ signal, onProgress });
  }

  /**
   * Loads an adapter for texts of this model: a PEFT folder, or a GGUF or GGLA file. The model's weights do not change, and
   * texts with different adapters run side by side.
   * @throws FileError, FormatError, UnsupportedError; ConfigError or ShapeError if it belongs to another model.
   */
  loadAdapter(path: string): ModelAdapter {
    this.#refuseIfDisposed();
    return this.#adapters.load(path);
  }

  /** Warnings from loading it and its adapters, for example unknown entries of the model file. */
  get warnings(): readonly string[] {
    return [...this.#warnings, ...this.#adapters.warnings];
  }

  /** The adapters of texts that choose none. */
  get adapters(): readonly AdapterSelection[] {
    return this.#standing;
  }
  set adapters(selected: readonly AdapterSelection[]) {
    this.#adapters.hold(selected).release(); // checks them
    this.#standing = [...selected];
  }

  /** The template of chats that name no other: that of the model's adapters, or its own. */
  get chatTemplate(): string | undefined {
    return this.#trainedTemplate(this.#standing);
  }

  /** Name, format, licence and metadata, as `cria show` prints them. */
  get opened(): OpenedModel {
    return this.#opened;
  }
  /** Texts that run or wait. */
  get load(): number {
    return this.#scheduler.load;
  }
  /** Texts that wait for a place. */
  get waiting(): number {
    return this.#scheduler.waiting;
  }
  /** Pages of the KV cache, and how many of them texts can still take. */
  get cachePages(): { readonly total: number; readonly available: number } {
    return { total: this.#runner.limits.nPages, available: this.#runner.availablePages };
  }
  /** Bytes of a completely filled KV cache. */
  get cacheByteLength(): number {
    return this.#runner.cacheByteLength;
  }

  /**
   * Continues a text or token ids. Starts at once; read the result with `for await` or `await ….text()`. With `schema`,
   * `json`, `regex`, `grammar` or `choices` the text has that structure, and `await ….value()` is what it stands for.
   */
  generate<const Given extends Structured>(
    prompt: Prompt,
    options: PromptOptions & Given,
  ): Generation<ValueOf<Given>>;
  generate(prompt: Prompt, options?: PromptOptions): Generation;
  generate(prompt: Prompt, options: PromptOptions = {}): Generation<never> {
    checkOptions(GENERATE_OPTIONS, options, "generate");
    const tokens =
      typeof prompt === "string" ? this.#encode(prompt, options) : checkTokens(prompt, this.config);
    const reading = readingOf(options);
    return this.#start(tokens, options, {}, { structure: reading?.structure, read: reading?.read });
  }

  /**
   * Answers the last message of a conversation with the model's chat template; if the last message is the assistant's,
   * continues it. With `tools`, it may call functions: read `parts()`, `calls()` or `message()`. With `contextShift`, a conversation that does not fit loses its oldest turns, but never the system
   * message.
   */
  chat<const Given extends Structured>(
    messages: readonly ChatMessage[],
    options: ChatOptions & Given,
  ): Generation<ValueOf<Given>>;
  chat(messages: readonly ChatMessage[], options?: ChatOptions): Generation;
  chat(messages: readonly ChatMessage[], options: ChatOptions = {}): Generation<never> {
    checkOptions(CHAT_OPTIONS, options, "chat");
    return this.#answer(messages, options);
  }

  /** A conversation that keeps its own history. */
  startChat(options: ChatSessionOptions = {}): ChatSession {
    const { system: _system, messages: _messages, onDrop: _onDrop, ...answering } = options;
    checkOptions(CHAT_OPTIONS, answering, "chat");
    this.#template(options);
    const { ChatSession } = extras();
    return new ChatSession((messages, given, memory) => {
      checkOptions(CHAT_OPTIONS, given, "chat");
      return this.#answer(messages, given, memory);
    }, options);
  }

  #answer<Value>(
    messages: readonly ChatMessage[],
    options: ChatOptions,
    memory: Partial<Parameters<Answer>[2]> = {},
  ): Generation<Value> {
    const template = this.#template(options);
    const { planTools, planChat } = extras();
    const reading = readingOf(options);
    const tools = planTools(options, template, this.tokenizer, reading?.structure);
    const { prompt, stop, ownText, shorten } = planChat(this, template, messages, options, tools, memory);
    memory.onPrompt?.(prompt);
    const { onEnd } = memory;
    const all = { ...options, stop: [...stop, ...(options.stop ?? [])], contextShift: false };
    const { format, shown, structure } = tools;
    const rest = { ownText, shorten, onEnd, shown };
    return this.#start(prompt, all, rest, { structure, format, read: reading?.read });
  }

  /** Logits after every token of a text, V floats each, for evaluation. Other sequences continue. */
  async logits(
    tokens: readonly number[],
    signal?: AbortSignal,
    adapters?: readonly AdapterSelection[],
  ): Promise<Float32Array[]> {
    const options = { signal, adapters };
    const results = await this.#look(checkTokens(tokens, this.config), { logits: true }, options);
    return results.flatMap(({ logits }) => logits);
  }

  /** Embedding of a text, D floats: the pooled hidden states of the last layer. Other sequences continue. */
  async embed(text: string | readonly number[], options: EmbedOptions = {}): Promise<Float32Array> {
    const { pooling = "mean", normalise: scaled = true } = options;
    const tokens = typeof text === "string" ? this.#encode(text, {}) : checkTokens(text, this.config);
    const results = await this.#look(tokens, { hidden: true }, options);
    const vector = pool(
      results.flatMap(({ hidden }) => hidden),
      pooling,
    );
    return scaled ? normalise(vector) : vector;
  }

  /**
   * Writes the keys and values that the cache holds of a text's beginning to a file, for `restoreCache` in another process
   * with the same model and backend. Texts with adapters have other keys and values, which are not saved.
   * @returns the number of tokens written; 0 if the cache holds nothing of the text, and then there is no file.
   */
  async saveCache(
    path: string,
    text: string | readonly number[],
    options: CacheOptions = {},
  ): Promise<number> {
    this.#refuseIfDisposed();
    const tokens = typeof text === "string" ? this.#encode(text, {}) : checkTokens(text, this.config);
    const { saveCache } = await import("./saved-cache.ts");
    return saveCache(path, this.#runner, await this.#maker(), tokens, { space: options.cacheSalt });
  }

  /**
   * Brings the file of `saveCache` into the cache: texts that begin like it need not compute that beginning.
   * @returns the tokens of that beginning.
   * @throws FormatError for a damaged file, or one of another model, backend or cache type.
   */
  async restoreCache(path: string, options: CacheOptions = {}): Promise<readonly number[]> {
    this.#refuseIfDisposed();
    const { restoreCache } = await import("./saved-cache.ts");
    return restoreCache(path, this.#runner, await this.#maker(), { space: options.cacheSalt });
  }

  async #maker(): Promise<CacheMaker> {
    if (this.#runner.isAdapted)
      throw new UnsupportedError({ doing: "save or restore a cache", found: "weights that `adapt` binds" });
    const { hashModel } = await import("./model-hash.ts");
    this.#hash ??= hashModel(this.#opened);
    return { model: await this.#hash, backend: this.backend.name };
  }

  async #look(
    tokens: readonly number[],
    wants: StepWants,
    { signal, adapters = this.#standing }: Pick<EmbedOptions, "signal" | "adapters">,
  ): Promise<readonly StepResult[]> {
    this.#refuseIfDisposed();
    if (tokens.length === 0) return [];
    const held = this.#adapters.hold(adapters);
    try {
      const job = new RowsJob(tokens, wants, { signal, owner: this, adapters: held.uses });
      this.#scheduler.submit(job);
      return await job.results;
    } finally {
      held.release();
    }
  }

  #encode(text: string, { bos = this.tokenizer.addBos, parseSpecial = false }: PromptOptions): number[] {
    const tokens = this.tokenizer.encode(text, { bos, parseSpecial });
    if (tokens.length > 0) return tokens;
    throw new RequestError({
      doing: "generate",
      found: "an empty prompt",
      fix: "pass some text, or set `bos`",
    });
  }

  /** The template of the adapters with which the model answers comes before the model's own. */
  #template({ template, adapters = this.#standing }: ChatOptions): ChatTemplate {
    const chosen = template ?? this.#trainedTemplate(adapters);
    if (chosen !== undefined) return chosen;
    throw new RequestError({
      doing: "chat",
      found: "a model without a chat template",
      fix: "name one with the option `template`, or use `generate`",
    });
  }

  #trainedTemplate(adapters: readonly AdapterSelection[]): string | undefined {
    const trained = adapters.flatMap((selection) => infoOf(selection).template ?? []);
    return trained[0] ?? this.#opened.chatTemplate;
  }

  #refuseIfDisposed(): void {
    if (this.#disposed) throw new RequestError({ doing: "generate", found: "a disposed model" });
  }

  /** The caller knows `Value` from the options. */
  #start<Value>(
    prompt: readonly number[],
    { adapters = this.#standing, ...options }: GenerateOptions & Pick<ChatOptions, "adapters">,
    rest: Pick<TextJobInputs, "ownText" | "shorten" | "onEnd" | "shown">,
    { structure, format, read }: Form,
  ): Generation<Value> {
    this.#refuseIfDisposed();
    const { tokenizer, config } = this;
    const { vocabSize, eosIds: ends } = config;
    const draft = this.#draft;
    const held = this.#adapters.hold(adapters);
    const inputs: TextJobInputs = {
      ...rest,
      tokenizer,
      ends,
      vocabSize,
      prompt,
      adapters: held.uses,
      options: withAdvice(options, this.#advice),
      owner: this,
      draft: draft === undefined ? undefined : (request) => this.#guess(draft, request),
      onEnd(end) {
        held.release();
        rest.onEnd?.(end);
      },
      guide: structure === undefined ? undefined : (dropsSpace) => this.#guide(structure, dropsSpace),
    };
    try {
      return new Generation(this.#scheduler, inputs, { format, read: read as ReadValue<Value> | undefined });
    } catch (error) {
      held.release();
      throw error;
    }
  }

  #guide(structure: Structure, dropsSpace: boolean): Guide {
    const { tokenizer, config } = this;
    this.#guides ??= new (extras().Guides)(tokenizer, config.eosIds, config.vocabSize);
    return this.#guides.guide(structure, dropsSpace);
  }

  /** Ends all sequences, then releases everything. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#scheduler.close(new RequestError({ doing: "generate", found: "the model was disposed" }));
    await this.#draft?.dispose();
    forgotten.unregister(this);
    release(this.#held);
  }
  [ASYNC_DISPOSE](): Promise<void> {
    return this.dispose();
  }
}

/** Undefined if the text is free. */
function readingOf(options: StructureOptions & { readonly compat?: unknown }): Reading | undefined {
  return givenStructure(options) === undefined ? undefined : extras().readingOf(options);
}

/** Warns if no fast backend could be used, and says why. */
function fallbackWarnings({ name, passedOver: own = [] }: Backend, all: readonly string[]): string[] {
  if (all.length === 0) return [];
  if (name === "reference") return [`using the reference backend, which is slow: ${all.join("; ")}`];
  // A browser never runs Cria's machine code, so WebAssembly is no fallback there.
  if (name === "wasm" && platform.native !== undefined)
    return [`using WebAssembly, which is slower than machine code: ${all.join("; ")}`];
  return [...own];
}

function infoOf(selection: AdapterSelection): AdapterInfo {
  return (selection instanceof ModelAdapter ? selection : selection.adapter).info;
}

/** A context beyond the model's own is allowed, because files sometimes state it wrongly. */
function contextWarnings(context: number, { maxSeqLen }: ModelConfig): string[] {
  if (context <= maxSeqLen) return [];
  return [`the model was trained for ${maxSeqLen} tokens; beyond them its answers may become incoherent`];
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
