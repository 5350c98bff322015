/**
 * WebAssembly threads in a browser: Web Workers started from a text blob. They need shared memory, which
 * browsers allow only in cross-origin isolated pages.
 */
import type { WasmPlatform, WasmWorker } from "./wasm.ts";
import { wasmThreads, wasmWorkerSource } from "./wasm-threads.ts";

const SOURCE = wasmWorkerSource(`
const tell = () => postMessage(0);
const end = () => close();
onmessage = (event) => receive(event.data);
`);

let sourceUrl: string | undefined;

function startWorker(): WasmWorker {
  // One URL for all workers, never revoked: browsers differ in when a worker reads it.
  sourceUrl ??= URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" }));
  const worker = new Worker(sourceUrl);
  return {
    post: (message) => worker.postMessage(message),
    listen(failed, told) {
      worker.onerror = (event) => failed(event.message ?? "the worker did not start");
      worker.onmessage = told;
    },
    hold: () => {},
    terminate: () => worker.terminate(),
    // A page gets no event when a worker closes itself.
    exited: Promise.resolve(),
  };
}

function withoutThreads(): string | undefined {
  if (typeof Worker === "undefined") return "this environment has no workers";
  if (typeof SharedArrayBuffer !== "undefined" && globalThis.crossOriginIsolated) return undefined;
  return (
    "the page shares no memory with workers: serve it with the headers " +
    "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"
  );
}

export const wasmPlatform: WasmPlatform = {
  get withoutThreads() {
    return withoutThreads();
  },
  startThreads: (count, memory) => wasmThreads(count, memory, startWorker),
};
