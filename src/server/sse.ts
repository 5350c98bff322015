/** Server-sent events: `data: JSON`, an empty line after each, and comments while nothing else is sent. */
import { errorBody, toApiError } from "./errors.ts";

export interface EventStreamOptions {
  /** Milliseconds of silence after which a comment is sent, so that proxies and clients keep the connection. */
  readonly pingMs: number;
  /** Ends the work when the client leaves. */
  readonly abort: AbortController;
  /** The last event. Default: `[DONE]`, as in OpenAI's API. */
  readonly last?: string | undefined;
  /** Receives errors that occur after the response has begun. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Called once, when the stream has ended for whatever reason. */
  readonly onEnd?: (() => void) | undefined;
}

/** Sends one event with this value. */
export type SendEvent = (value: unknown) => void;

const utf8 = new TextEncoder();
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // nginx would collect the events otherwise.
  "x-accel-buffering": "no",
};

export const isEventStream = ({ headers }: Response): boolean =>
  headers.get("content-type") === HEADERS["content-type"];

/** A response whose events `produce` sends. An error of `produce` becomes the last event. */
export function eventStream(
  produce: (send: SendEvent) => Promise<void>,
  { pingMs, abort, last = "[DONE]", onError, onEnd }: EventStreamOptions,
): Response {
  let isOpen = true;
  let ping: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(ping);
    onEnd?.();
  };
  const body = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      const write = (text: string): void => {
        if (!isOpen) return;
        controller.enqueue(utf8.encode(text));
        ping?.refresh();
      };
      ping = setTimeout(() => write(": ping\n\n"), pingMs).unref();
      try {
        await produce((value) => write(`data: ${JSON.stringify(value)}\n\n`));
        if (last !== "") write(`data: ${last}\n\n`);
      } catch (error) {
        if (!abort.signal.aborted) onError?.(error);
        write(`data: ${JSON.stringify(errorBody(toApiError(error)))}\n\n`);
      }
      const wasOpen = isOpen;
      stop();
      if (wasOpen) controller.close();
    },
    cancel: () => {
      stop();
      abort.abort(new Error("the client left"));
    },
  });
  return new Response(body, { headers: HEADERS });
}
