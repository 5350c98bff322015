/**
 * The code of the test page: it uses the library as a page does. The test calls `criaPage` from outside; the page also
 * shows what happens.
 */
import { load, type Model, registerFile } from "../../src/browser.ts";

export interface PageRequest {
  /** Absent: the model that comes with the package. */
  readonly file?: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly context: number;
  readonly threads?: number;
  readonly backend?: string;
  /** Tokens to compute logits for. */
  readonly tokens: readonly number[];
}

export interface PageAnswer {
  readonly backend: string;
  readonly warnings: readonly string[];
  readonly text: string;
  /** Logits after each token, as f32 bit patterns. */
  readonly logits: readonly (readonly number[])[];
  /** Turns of the event loop during generation. */
  readonly turns: number;
}

function show(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element !== null) element.textContent = text;
}

/** Counts turns of the event loop until the returned function is called. */
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
  const { file, context, threads, backend } = request;
  if (file !== undefined) registerFile(file, new Uint8Array(await (await fetch(file)).arrayBuffer()));
  await using model = await load(file, { context, threads, backend, parallel: 1 });
  return await answer(model, request);
}

/** The error's text: exceptions themselves cannot be passed to the test. */
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
