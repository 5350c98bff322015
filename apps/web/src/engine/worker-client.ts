/** The engine's worker as the page sees it: calls with reports on the way. */
import type { CallName, Calls, FromWorker, ToWorker } from "./protocol.ts";

interface Waiting {
  readonly report: (report: never) => void;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor() {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "cria" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    this.#worker.onerror = (event) => this.end(event.message || "The engine could not be loaded");
  }

  /** @throws Error with the worker's reason; the signal's reason if it was aborted. */
  call<Name extends CallName>(
    call: Name,
    value: Calls[Name]["takes"],
    {
      report = () => {},
      signal,
    }: { readonly report?: (report: Calls[Name]["reports"]) => void; readonly signal?: AbortSignal } = {},
  ): Promise<Calls[Name]["returns"]> {
    const id = this.#next++;
    const abort = (): void => this.#post({ id, abort: true });
    signal?.addEventListener("abort", abort, { once: true });
    return new Promise<Calls[Name]["returns"]>((resolve, reject) => {
      this.#waiting.set(id, {
        report: report as Waiting["report"],
        resolve: resolve as Waiting["resolve"],
        reject,
      });
      this.#post({ id, call, value });
    }).finally(() => signal?.removeEventListener("abort", abort));
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if ("report" in message) {
      waiting.report(message.report as never);
      return;
    }
    this.#waiting.delete(message.id);
    if ("error" in message) waiting.reject(new Error(message.error));
    else waiting.resolve(message.value as never);
  }

  /** Ends the worker; calls that wait fail with this reason. */
  end(reason: string): void {
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}
