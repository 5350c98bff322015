/**
 * What the test page runs: the library as a page uses it. The test calls `criaPage` from outside; what happens is
 * written onto the page as well.
 */
import { load, type Model, registerFile } from "../../src/browser.ts";

export interface PageRequest {
  readonly file: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly context: number;
  readonly threads?: number;
  readonly backend?: string;
  /** Tokens whose logits are wanted. */
  readonly tokens: readonly number[];
}

export interface PageAnswer {
  readonly backend: string;
  readonly warnings: readonly string[];
  readonly text: string;
  /** Logits after each token, as the bits of f32. */
  readonly logits: readonly (readonly number[])[];
  /** Turns of the event loop while the text was made. */
  readonly turns: number;
}

function show(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element !== null) element.textContent = text;
}

/** Counts what else the page gets to do until it is told to stop. */
function countTurns(): () => number {
  const { port1, port2 } = new MessageChannel();
  let turns = 0;
  port1.onmessage = () => {
    turns++;
    port2.postMessage(0);
  };
  port2.postMessage(0);
  return () => {
    port1.close();
    return turns;
  };
}

async function answer(model: Model, request: PageRequest): Promise<PageAnswer> {
  show("backend", `${model.backend.name}: ${model.backend.description}`);
  show("warnings", model.warnings.join("\n"));
  const stop = countTurns();
  let text = "";
  for await (const piece of model.generate(request.prompt, {
    temperature: 0,
    maxTokens: request.maxTokens,
  })) {
    text += piece;
    show("text", request.prompt + text);
  }
  const turns = stop();
  const rows = await model.logits(request.tokens);
  const logits = rows.map((row) => [...new Uint32Array(Float32Array.from(row).buffer)]);
  return { backend: model.backend.description, warnings: model.warnings, text, logits, turns };
}

async function run(request: PageRequest): Promise<PageAnswer> {
  const response = await fetch(request.file);
  registerFile(request.file, new Uint8Array(await response.arrayBuffer()));
  const { context, threads, backend } = request;
  await using model = await load(request.file, { context, threads, backend, parallel: 1 });
  return await answer(model, request);
}

/** What is thrown, in words: exceptions themselves do not cross to the test. */
async function failure(file: string): Promise<string> {
  return load(file).then(
    () => "no failure",
    (error: unknown) => String(error),
  );
}

declare global {
  var criaPage: { run: typeof run; failure: typeof failure };
}
globalThis.criaPage = { run, failure };
