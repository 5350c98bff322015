/** Threads that run a script of Cria: worker threads with calls and results instead of messages. */

import { existsSync } from "node:fs";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { DISPOSE } from "../base/dispose.ts";
import { assert, DeviceError } from "../base/errors.ts";
import type { ScriptAnswer, ScriptThread, ScriptThreads } from "./platform.ts";

type Reply = { readonly value: unknown } | { readonly error: unknown };

interface Call {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

function start(script: URL, data: unknown): ScriptThread {
  const worker = new Worker(script, { workerData: data });
  const calls: Call[] = [];
  let failure: unknown;
  const fail = (cause: unknown) => {
    failure ??= new DeviceError({
      doing: "compute on another thread",
      found: cause instanceof Error ? cause.message : String(cause),
      fix: "use one thread",
      cause,
    });
    for (const { reject } of calls.splice(0)) reject(failure);
  };
  worker.on("message", (reply: Reply) => {
    const call = calls.shift();
    if (call === undefined) return;
    if ("error" in reply) call.reject(reply.error);
    else call.resolve(reply.value);
    if (calls.length === 0) worker.unref();
  });
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`the thread ended with code ${code}`)));
  worker.unref();
  const dispose = () => void worker.terminate();
  return {
    call(message, transfer = []) {
      if (failure !== undefined) return Promise.reject(failure);
      worker.ref(); // an idle thread does not keep the process alive
      worker.postMessage(message, [...transfer]);
      return new Promise((resolve, reject) => void calls.push({ resolve, reject }));
    },
    dispose,
    [DISPOSE]: dispose,
  };
}

function serve(makeHandler: (data: unknown) => (message: unknown) => ScriptAnswer): void {
  const port = parentPort;
  assert(port !== null, "a thread's script runs outside a thread");
  const handler = makeHandler(workerData);
  port.on("message", (message: unknown) => {
    try {
      const { value, transfer = [] } = handler(message);
      port.postMessage({ value } satisfies Reply, [...transfer]);
    } catch (error) {
      port.postMessage({ error } satisfies Reply);
    }
  });
}

/** tsx also compiles scripts of threads; test runners do not. A bundled program may lack the file. */
function canRun(script: URL): boolean {
  if (script.protocol !== "file:" || !existsSync(script)) return false;
  return script.pathname.endsWith(".js") || process.execArgv.some((argument) => argument.includes("tsx"));
}

export const scriptThreads: ScriptThreads = { canRun, start, serve };
