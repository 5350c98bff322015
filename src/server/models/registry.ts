/**
 * The models of a server by name. An adapter has a name too: it stands for its model with the adapter. A model is loaded when the first request names it; if memory is short, the least
 * recently used model without a request is unloaded. An unused model is unloaded after `keepAliveMs`.
 */
import type { ModelAbout } from "../../library/about.ts";
import type { Model } from "../../library/model.ts";
import type { AdapterSelection, ModelAdapter } from "../../library/model-adapters.ts";
import { ApiError } from "../errors.ts";

/** A model that the server offers. */
export interface ModelSpec {
  readonly name: string;
  /** Shown in /v1/models; seconds since 1970. */
  readonly created?: number | undefined;
  /** Texts that the model generates at once. */
  readonly places: number;
  /** Memory that the loaded model takes, for the budget. */
  readonly byteLength: number;
  /** What its file says of it. */
  readonly about?: ModelAbout | undefined;
  readonly load: (signal: AbortSignal) => Promise<Model>;
}

/** An adapter that the server offers as a model of its own. */
export interface AdapterSpec {
  readonly name: string;
  readonly path: string;
  /** Name of the model that it changes. */
  readonly base: string;
}

export interface RegistryOptions {
  readonly adapters?: readonly AdapterSpec[] | undefined;
  /** Most bytes of loaded models. Default: no limit. */
  readonly memoryBytes?: number | undefined;
  /** Milliseconds after which an unused model is unloaded. Default: never. */
  readonly keepAliveMs?: number | undefined;
  /** Called when a model has been loaded or unloaded. */
  readonly onChange?: ((name: string, change: "loaded" | "unloaded", seconds: number) => void) | undefined;
}

/** A model in use. It stays in memory until `release`. */
export interface Lease {
  /** The name that was asked for. */
  readonly name: string;
  readonly model: Model;
  /** The adapters of its texts, if the name is an adapter's; else those with which the model was loaded. */
  readonly adapters: readonly AdapterSelection[] | undefined;
  release(): void;
}

interface Entry {
  readonly spec: ModelSpec;
  loading: Promise<Model> | undefined;
  /** Set while the model is in memory. */
  model: Model | undefined;
  users: number;
  lastUsed: number;
  idle: NodeJS.Timeout | undefined;
}

const entryOf = (spec: ModelSpec): Entry => ({
  spec,
  loading: undefined,
  model: undefined,
  users: 0,
  lastUsed: 0,
  idle: undefined,
});

export class ModelRegistry {
  readonly #entries: Map<string, Entry>;
  readonly #options: RegistryOptions;
  readonly #adapters: ReadonlyMap<string, AdapterSpec>;
  /** Loaded adapters, by name; a model that is unloaded takes its own with it. */
  readonly #loadedAdapters = new WeakMap<Model, Map<string, ModelAdapter>>();
  readonly #closing = new AbortController();
  #clock = 0;
  /** Loading and unloading happen one after the other, so that they agree on what memory is free. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param specs at least one; the first is the default. Names are unique. */
  constructor(specs: readonly ModelSpec[], options: RegistryOptions = {}) {
    this.#options = options;
    this.#adapters = new Map(options.adapters?.map((adapter) => [adapter.name, adapter]));
    this.#entries = new Map(specs.map((spec) => [spec.name, entryOf(spec)]));
  }

  /** Offers another model. One that has the name already stays. @returns the model with this name. */
  add(spec: ModelSpec): ModelSpec {
    if (this.#adapters.has(spec.name))
      throw new ApiError(409, `${JSON.stringify(spec.name)} is the name of an adapter here`);
    const entry = this.#entries.get(spec.name) ?? entryOf(spec);
    this.#entries.set(spec.name, entry);
    return entry.spec;
  }

  get specs(): readonly ModelSpec[] {
    return [...this.#entries.values()].map(({ spec }) => spec);
  }
  get adapters(): readonly AdapterSpec[] {
    return [...this.#adapters.values()];
  }
  get defaultName(): string {
    return this.specs[0].name;
  }
  /** Models in memory, by name. */
  get loaded(): ReadonlyMap<string, Model> {
    return new Map(
      [...this.#entries].flatMap(([name, { model }]) =>
        model === undefined ? [] : [[name, model] as const],
      ),
    );
  }

  /** @throws ApiError 404 for an unknown name. */
  find(name: string | null | undefined): ModelSpec {
    return this.#find(name).spec;
  }

  #find(name: string | null | undefined): Entry {
    const asked = name ?? this.defaultName;
    const entry = this.#entries.get(this.#adapters.get(asked)?.base ?? asked);
    if (entry !== undefined) return entry;
    throw new ApiError(404, `The model ${JSON.stringify(String(name).slice(0, 100))} does not exist here`, {
      param: "model",
      code: "model_not_found",
    });
  }

  /**
   * The model of this name, loaded if necessary.
   * @throws ApiError 404 for an unknown name, 503 if it does not fit beside the models in use.
   */
  async use(name?: string | null): Promise<Lease> {
    const entry = this.#find(name);
    entry.users++;
    entry.lastUsed = ++this.#clock;
    clearTimeout(entry.idle);
    const release = this.#releaseOnce(entry);
    entry.loading ??= this.#queue(() => this.#load(entry));
    const { loading } = entry;
    const model = await loading.catch((error) => {
      if (entry.loading === loading) entry.loading = undefined;
      release();
      throw error;
    });
    try {
      const adapter = this.#adapters.get(name ?? "");
      const adapters = adapter === undefined ? undefined : [this.adapterOf(model, adapter)];
      return { name: adapter?.name ?? entry.spec.name, model, adapters, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The adapter, loaded into this model if necessary. @throws what `Model.loadAdapter` throws. */
  adapterOf(model: Model, { name, path }: AdapterSpec): ModelAdapter {
    const loaded = this.#loadedAdapters.get(model) ?? new Map<string, ModelAdapter>();
    this.#loadedAdapters.set(model, loaded);
    const known = loaded.get(name) ?? model.loadAdapter(path);
    loaded.set(name, known);
    return known;
  }

  #releaseOnce(entry: Entry): () => void {
    let isUsed = true;
    return () => {
      if (!isUsed) return;
      isUsed = false;
      entry.users--;
      const { keepAliveMs } = this.#options;
      if (entry.users > 0 || keepAliveMs === undefined) return;
      clearTimeout(entry.idle);
      entry.idle = setTimeout(() => void this.#queue(() => this.#unload(entry)), keepAliveMs).unref();
    };
  }

  #queue<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #load(entry: Entry): Promise<Model> {
    await this.#makeRoom(entry);
    const from = performance.now();
    entry.model = await entry.spec.load(this.#closing.signal);
    this.#options.onChange?.(entry.spec.name, "loaded", (performance.now() - from) / 1000);
    return entry.model;
  }

  async #makeRoom({ spec }: Entry): Promise<void> {
    const { memoryBytes = Number.POSITIVE_INFINITY } = this.#options;
    while (true) {
      const present = [...this.#entries.values()].filter(({ model }) => model !== undefined);
      const used = present.reduce((sum, each) => sum + each.spec.byteLength, 0);
      if (used + spec.byteLength <= memoryBytes || present.length === 0) return;
      const idle = present.filter(({ users }) => users === 0).sort((a, b) => a.lastUsed - b.lastUsed);
      if (idle.length === 0) {
        throw new ApiError(503, `The model "${spec.name}" does not fit in memory beside the models in use`, {
          code: "memory_full",
          retryAfter: 10,
        });
      }
      await this.#unload(idle[0]);
    }
  }

  async #unload(entry: Entry): Promise<void> {
    const { model } = entry;
    if (model === undefined || entry.users > 0) return;
    const from = performance.now();
    entry.model = undefined;
    entry.loading = undefined;
    await model.dispose();
    this.#options.onChange?.(entry.spec.name, "unloaded", (performance.now() - from) / 1000);
  }

  /** Ends everything that runs and unloads all models. */
  async dispose(): Promise<void> {
    this.#closing.abort(new ApiError(503, "The server is shutting down"));
    for (const entry of this.#entries.values()) clearTimeout(entry.idle);
    await this.#turn;
    const present = [...this.#entries.values()].flatMap(({ model }) => model ?? []);
    await Promise.all(present.map((model) => model.dispose()));
  }
}
