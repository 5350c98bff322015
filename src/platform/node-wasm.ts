/** WebAssembly threads in Node: worker_threads started from text, so that no separate file is needed. */
import { Worker } from "node:worker_threads";
import type { WasmPlatform, WasmWorker } from "./wasm.ts";
import { wasmThreads, wasmWorkerSource } from "./wasm-threads.ts";

const SOURCE = wasmWorkerSource(`
const { parentPort } = require("node:worker_threads");
const tell = () => parentPort.postMessage(0);
const end = () => parentPort.close();
parentPort.on("message", (message) => receive(message));
`);

function startWorker(): WasmWorker {
  const worker = new Worker(SOURCE, { eval: true });
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    listen(failed, told) {
      worker.once("error", failed);
      worker.on("message", told);
      // Listening to messages keeps the process alive again.
      worker.unref();
    },
    hold: (running) => (running ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
    exited: new Promise((resolve) => worker.once("exit", () => resolve())),
  };
}

export const wasmPlatform: WasmPlatform = {
  startThreads: (count, memory) => wasmThreads(count, memory, startWorker),
};
