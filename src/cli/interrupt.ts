/** Ctrl-C: the first ends the current work, a second one the process. */
import { EXIT } from "./exit-codes.ts";

export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

export interface InterruptScope extends Disposable {
  readonly signal: AbortSignal;
  /** Handles an interrupt; readline passes its own Ctrl-C here. */
  interrupt(): void;
}

/** Listens until it is disposed. Before and after, Ctrl-C ends the process as usual. */
export function listenForInterrupt(): InterruptScope {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Interrupted());
  };
  process.on("SIGINT", interrupt);
  return {
    signal: controller.signal,
    interrupt,
    [Symbol.dispose]: () => void process.off("SIGINT", interrupt),
  };
}
