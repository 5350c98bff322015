/** The engine in the page: a worker that runs the WebAssembly backend. It starts when it is first needed. */
import { Cell } from "../base/cell.ts";
import {
  type AnswerEvent,
  type AnswerRequest,
  type Engine,
  EngineError,
  type EngineState,
  type FetchRequest,
  type ModelState,
  type ShownPrompt,
  type Work,
} from "./engine.ts";
import { removeKept, Shelf, type ShelfModel } from "./shelf.ts";
import { WorkerClient } from "./worker-client.ts";

interface Opened {
  readonly name: string;
  readonly worker: WorkerClient;
  readonly state: Promise<ModelState>;
  /** True once the model is in memory. */
  isReady: boolean;
}

export class BrowserEngine implements Engine {
  readonly kind = "browser";
  readonly shelf = new Shelf();
  readonly work = new Cell<Work | undefined>(undefined);
  #opened: Opened | undefined;
  #totals = { tokens: 0, promptTokens: 0, cachedTokens: 0 };

  async state(): Promise<EngineState> {
    const loaded = await this.#activity();
    const models = this.shelf.models.value.map((model): ModelState => {
      if (loaded?.name === model.name) return loaded;
      return { name: model.name, memoryBytes: model.byteLength ?? 0, places: 1, isLoaded: false };
    });
    return { models, adapters: [], totals: this.#totals, canPull: true };
  }

  async #activity(): Promise<ModelState | undefined> {
    const opened = this.#opened;
    if (opened?.isReady !== true) return undefined;
    const [first, now] = await Promise.all([opened.state, opened.worker.call("activity", null)]);
    return { ...first, ...now, name: opened.name };
  }

  /** Brings a model into memory, unless it is there; another one goes. */
  async open(name: string | undefined): Promise<WorkerClient> {
    const model = this.shelf.find(name);
    if (this.#opened?.name !== model.name) this.#begin(model);
    const { worker, state } = this.#opened as Opened;
    await state;
    return worker;
  }

  #begin(model: ShelfModel): void {
    this.#opened?.worker.end("Another model was opened");
    const worker = new WorkerClient();
    const { name } = model;
    this.work.value = { name, step: "prepare", done: 0, total: 0 };
    const state = worker
      .call("open", model.source, { report: (progress) => this.#show({ name, ...progress }) })
      .catch((error: Error) => {
        worker.end(error.message);
        if (this.#opened?.worker === worker) this.#opened = undefined;
        throw new EngineError("refused", error.message, error);
      })
      .finally(() => this.#show(undefined));
    const opened: Opened = { name, worker, state, isReady: false };
    this.#opened = opened;
    state.then(
      () => {
        opened.isReady = true;
      },
      () => {}, // told to those who wait
    );
  }

  #show(work: Work | undefined): void {
    this.work.value = work;
  }

  async *answer(request: AnswerRequest, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const worker = await this.open(request.settings.model);
    signal.throwIfAborted();
    const events: AnswerEvent[] = [];
    let wake = (): void => {};
    let isOver = false;
    const done = worker
      .call("answer", request, {
        signal,
        report: (event) => {
          events.push(event);
          wake();
        },
      })
      .finally(() => {
        isOver = true;
        wake();
      });
    done.catch(() => {}); // told below
    while (!isOver || events.length > 0) {
      const event = events.shift();
      if (event !== undefined) {
        this.#count(event);
        yield event;
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    await done;
  }

  #count(event: AnswerEvent): void {
    const { tokens, promptTokens, cachedTokens } = this.#totals;
    if (event.kind === "text") this.#totals = { ...this.#totals, tokens: tokens + 1 };
    if (event.kind !== "usage") return;
    this.#totals = {
      tokens,
      promptTokens: promptTokens + event.promptTokens - event.cachedTokens,
      cachedTokens: cachedTokens + event.cachedTokens,
    };
  }

  async countTokens(model: string | undefined, text: string): Promise<number> {
    return (await this.open(model)).call("countTokens", text);
  }

  async prompt({ turns, settings }: Pick<AnswerRequest, "turns" | "settings">): Promise<ShownPrompt> {
    return (await this.open(settings.model)).call("prompt", { turns });
  }

  /** Puts a file of the person's disk on the shelf; see Shelf.addFile. */
  async addFile(file: File): Promise<boolean> {
    try {
      return await this.shelf.addFile(file, (done) =>
        this.#show({ name: file.name, step: "fetch", done, total: file.size }),
      );
    } finally {
      this.#show(undefined);
    }
  }

  /** Into the origin's private files. */
  async fetchModel(reference: string, { accept, signal, terms }: FetchRequest): Promise<string> {
    const worker = new WorkerClient();
    try {
      const found = await worker.call(
        "pull",
        { reference, ...(accept === undefined ? {} : { accept }) },
        {
          signal,
          report: (report) =>
            "license" in report ? terms(report) : this.#show({ name: reference, ...report }),
        },
      );
      const name = found.reference.replace(/^hf:|^https?:\/\/.*\/|\.gguf$/gi, "");
      this.shelf.add({
        name,
        byteLength: found.byteLength,
        source: { kind: "reference", reference: found.reference },
      });
      return name;
    } finally {
      worker.end("It has ended");
      this.#show(undefined);
    }
  }

  async remove({ name, source }: ShelfModel): Promise<void> {
    if (this.#opened?.name === name) {
      this.#opened.worker.end("The model was removed");
      this.#opened = undefined;
    }
    this.shelf.remove(name);
    if (source.kind === "file") await removeKept(source.name);
    if (source.kind !== "reference") return;
    const worker = new WorkerClient();
    await worker.call("remove", source.reference).finally(() => worker.end("It has ended"));
  }
}
