/**
 * What runs inside the page of a measurement. Each function is sent to the browser as its text, so it may use nothing from
 * outside itself.
 */

export interface Task {
  /** Address of the model. */
  readonly model: string;
  /** Address of the engine's script. */
  readonly script: string;
  readonly prompts: readonly string[];
  readonly tokens: number;
  readonly context: number;
  /** Of wllama; Cria takes all. */
  readonly threads?: number;
}

/** Times of one visit, in milliseconds. */
export interface Visit {
  /** Until the model can answer. */
  readonly loadMs: number;
  /** For each prompt: when its tokens came, counted from the question. */
  readonly tokenMs: readonly (readonly number[])[];
  readonly threads: string;
  /** The first answer. */
  readonly text: string;
}

/** The chat page's own worker: fetches the model into the origin's private files, opens it, and answers. */
export async function visitCria({ model, script, prompts, tokens }: Task): Promise<Visit> {
  const worker = new Worker(script, { type: "module" });
  let next = 1;
  const call = (name: string, value: unknown, report = (_: { kind?: string; text?: string }): void => {}) =>
    new Promise<never>((resolve, reject) => {
      const id = next++;
      worker.addEventListener("message", function hear({ data }) {
        if (data.id !== id) return;
        if ("report" in data) {
          report(data.report);
          return;
        }
        worker.removeEventListener("message", hear);
        if ("error" in data) reject(new Error(data.error));
        else resolve(data.value as never);
      });
      worker.postMessage({ id, call: name, value });
    });
  const from = performance.now();
  const { reference } = (await call("pull", { reference: model })) as { reference: string };
  const state: { activity: { backend: string } } = await call("open", { kind: "reference", reference });
  const loadMs = performance.now() - from;
  const tokenMs: number[][] = [];
  let text = "";
  for (const content of prompts) {
    const times: number[] = [];
    const asked = performance.now();
    const settings = {
      ...{ system: "", stop: [], tools: "", mustCall: false, hasProbabilities: false },
      parameters: { temperature: 0, max_tokens: tokens },
    };
    await call("answer", { turns: [{ role: "user", content }], settings, seed: 1 }, (event) => {
      if (event.kind !== "text") return;
      times.push(performance.now() - asked);
      if (tokenMs.length === 0) text += event.text;
    });
    tokenMs.push(times);
  }
  return { loadMs, tokenMs, threads: state.activity.backend, text };
}

/** wllama's API: fetches the model into the origin's private files, opens it, and answers. */
export async function visitWllama({
  model,
  script,
  prompts,
  tokens,
  context,
  threads,
}: Task): Promise<Visit> {
  interface Wllama {
    loadModelFromUrl(url: string, options: object): Promise<void>;
    createCompletion(options: object): Promise<AsyncIterable<{ choices: { text: string }[] }>>;
    getNumThreads(): number;
  }
  const { Wllama: Engine } = (await import(script)) as {
    Wllama: new (paths: object, options: object) => Wllama;
  };
  const from = performance.now();
  const wasm = new URL("wasm/wllama.wasm", script).href;
  const engine = new Engine({ default: wasm }, { suppressNativeLog: true });
  await engine.loadModelFromUrl(model, {
    n_ctx: context,
    n_parallel: 1,
    n_threads: threads,
    n_gpu_layers: 0,
  });
  const loadMs = performance.now() - from;
  const tokenMs: number[][] = [];
  let text = "";
  for (const prompt of prompts) {
    const times: number[] = [];
    const asked = performance.now();
    const answer = await engine.createCompletion({
      prompt,
      max_tokens: tokens,
      temperature: 0,
      stream: true,
    });
    for await (const { choices } of answer) {
      if ((choices[0]?.text ?? "") === "") continue;
      times.push(performance.now() - asked);
      if (tokenMs.length === 0) text += choices[0]?.text;
    }
    tokenMs.push(times);
  }
  return { loadMs, tokenMs, threads: `${engine.getNumThreads()}`, text };
}
