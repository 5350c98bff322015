/** Adapters of a loaded model: loaded by path, chosen per text, and freed when no text uses them any more. */
import type { AdapterInfo } from "../adapt/adapter.ts";
import type { BaseModel } from "../adapt/base-model.ts";
import { DISPOSE } from "../base/dispose.ts";
import { RequestError } from "../base/errors.ts";
import type { AdapterUse, RunnerAdapter } from "../model/adapters.ts";
import type { LlamaRunner } from "../model/runner.ts";
import { extras } from "./on-demand.ts";

/** An adapter that a model has loaded; from `Model.loadAdapter`. `dispose` frees it once no text uses it. */
export class ModelAdapter implements Disposable {
  readonly path: string;
  /** What its file says about it. */
  readonly info: AdapterInfo;
  /** Changed linear layers. */
  readonly layerCount: number;
  /** Why answers with it may be bad: for example, it was trained on another model. */
  readonly warnings: readonly string[];
  readonly #release: () => void;

  /** Use `Model.loadAdapter`. */
  constructor(
    path: string,
    { info, layerCount, warnings }: Pick<ModelAdapter, "info" | "layerCount" | "warnings">,
    release: () => void,
  ) {
    this.path = path;
    this.info = info;
    this.layerCount = layerCount;
    this.warnings = warnings;
    this.#release = release;
  }

  dispose(): void {
    this.#release();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/** An adapter for a text, alone or with the factor of its change (default 1). */
export type AdapterSelection =
  | ModelAdapter
  | { readonly adapter: ModelAdapter; readonly scale?: number | undefined };

interface Loaded {
  readonly adapter: RunnerAdapter;
  /** Texts that use it. */
  users: number;
  isDisposed: boolean;
}

/** What a text holds while it runs. */
export interface HeldAdapters {
  readonly uses: readonly AdapterUse[];
  /** Call once when the text has ended. */
  release(): void;
}

export class ModelAdapters {
  readonly #runner: LlamaRunner;
  readonly #model: BaseModel;
  readonly #loaded = new Map<ModelAdapter, Loaded>();

  constructor(runner: LlamaRunner, model: BaseModel) {
    this.#runner = runner;
    this.#model = model;
  }

  /** Of all loaded adapters. */
  get warnings(): readonly string[] {
    return [...this.#loaded.keys()].flatMap(({ warnings }) => warnings);
  }

  /** @throws what reading an adapter throws; ConfigError or ShapeError if it belongs to another model. */
  load(path: string): ModelAdapter {
    const { bindAdapter, otherBase, readAdapter } = extras();
    const { layers, info } = bindAdapter(readAdapter(path), this.#runner.config);
    const loaded: Loaded = { adapter: this.#runner.addAdapter(layers), users: 0, isDisposed: false };
    const warning = otherBase(path, info, this.#model);
    const about = { info, layerCount: layers.size, warnings: warning === undefined ? [] : [warning] };
    const made = new ModelAdapter(path, about, () => {
      loaded.isDisposed = true;
      this.#free(made, loaded);
    });
    this.#loaded.set(made, loaded);
    return made;
  }

  #free(of: ModelAdapter, loaded: Loaded): void {
    if (!loaded.isDisposed || loaded.users > 0) return;
    this.#loaded.delete(of);
    this.#runner.removeAdapter(loaded.adapter);
  }

  /** Keeps the chosen adapters until `release`. @throws RequestError for adapters of another model. */
  hold(selected: readonly AdapterSelection[]): HeldAdapters {
    const chosen = selected.map((selection) => {
      const { adapter: of, scale = 1 } =
        selection instanceof ModelAdapter ? { adapter: selection } : selection;
      const loaded = this.#loaded.get(of);
      if (loaded !== undefined && !loaded.isDisposed) return { of, loaded, scale };
      throw new RequestError({
        doing: "use an adapter",
        expected: "one that this model has loaded",
        found: loaded === undefined ? "an adapter of another model, or a disposed one" : "a disposed one",
        fix: "load it with model.loadAdapter",
      });
    });
    for (const { loaded } of chosen) loaded.users++;
    return {
      uses: chosen.map(({ loaded, scale }) => ({ adapter: loaded.adapter, scale })),
      release: () => {
        for (const { of, loaded } of chosen) {
          loaded.users--;
          this.#free(of, loaded);
        }
      },
    };
  }
}
