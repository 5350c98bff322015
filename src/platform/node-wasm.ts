/** WebAssembly threads in Node: worker_threads started from text, so that no separate file is needed. */
import { setFlagsFromString } from "node:v8";
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

/**
 * V8 11.3, the engine of Node 20, has relaxed SIMD behind a flag, which may be set later than at the start of the process
 * (decision 26). Later engines have it in any case.
 */
function allowRelaxedSimd(): void {
  const isBehindFlag = process.arch === "x64" && process.versions.v8?.startsWith("11.3.") === true;
  if (isBehindFlag) setFlagsFromString("--experimental-wasm-relaxed-simd");
}

export const wasmPlatform: WasmPlatform = {
  allowRelaxedSimd,
  startThreads: (count, memory) => wasmThreads(count, memory, startWorker),
};
