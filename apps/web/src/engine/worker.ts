/**
 * The engine in a worker: one model, opened once. A page that wants another model starts another worker, because a
 * WebAssembly memory never shrinks.
 */
import {
  aboutModel,
  type ChatMessage,
  type ChatOptions,
  inspectModel,
  load,
  type Model,
  type ModelDescription,
  pull,
  registerFile,
  removeModel,
  type Terms,
  unregisterFile,
} from "cria/browser";
import { chatPrompt } from "cria/generation";
import { formatBytes } from "../base/format.ts";
import { PARAMETERS } from "../settings/parameters.ts";
import { continuedSegments, continuedText } from "./continued-text.ts";
import type { AnswerEvent, AnswerRequest, Choice, ModelState } from "./engine.ts";
import {
  type CallName,
  type Calls,
  type FromWorker,
  type LicenceTerms,
  LOCAL_FOLDER,
  type ModelSource,
  type ToWorker,
} from "./protocol.ts";

/** Bytes of a WebAssembly memory, less what the engine needs besides weights and cache. */
const MOST_MEMORY = 4 * 2 ** 30 - 128 * 2 ** 20;
/** Alternatives of a token that are kept. */
const ALTERNATIVES = 5;

interface Opened {
  readonly model: Model;
  readonly description: ModelDescription;
}
let opened: Opened | undefined;

type Handler<Name extends CallName> = (
  value: Calls[Name]["takes"],
  report: (report: Calls[Name]["reports"]) => void,
  signal: AbortSignal,
) => Promise<Calls[Name]["returns"]>;

function requireModel(): Model {
  if (opened === undefined) throw new Error("No model is open");
  return opened.model;
}

const HANDLERS: { readonly [Name in CallName]: Handler<Name> } = {
  async open(source, report, signal) {
    const options = {
      parallel: 1,
      signal,
      onProgress: (done: number, total: number, step: "fetch" | "prepare") => report({ step, done, total }),
    };
    if (source.kind === "package") {
      const model = await load(undefined, options);
      opened = { model, description: await inspectModel(model.opened.checkpoint.path) };
    } else if (source.kind === "reference") opened = await openChecked(source.reference, options);
    else {
      const { name, bytes } = await bytesOf(source);
      registerFile(name, bytes);
      // Weights are copied into the engine's memory, so the file's bytes can go.
      opened = await openChecked(name, options).finally(() => unregisterFile(name));
    }
    return stateOf(opened);
  },
  activity: async () => stateOf(opened as Opened),
  async answer(request, report, signal) {
    await answer(requireModel(), request, report, signal);
    return null;
  },
  countTokens: async (text) => requireModel().tokenizer.encode(text, { bos: false }).length,
  async prompt({ turns }) {
    const { tokenizer, opened: file } = requireModel();
    const piecesOf = (ids: readonly number[]): string[] => ids.map((id) => tokenizer.piece(id));
    if (file.chatTemplate === undefined) {
      const tokens = tokenizer.encode(continuedText(turns), { bos: tokenizer.addBos });
      return { segments: continuedSegments(turns), tokens, pieces: piecesOf(tokens) };
    }
    const { segments, tokens } = chatPrompt(tokenizer, file.chatTemplate, messagesOf(turns), {
      continueLast: true,
      marksMessages: true,
    });
    return {
      segments: segments as Calls["prompt"]["returns"]["segments"],
      tokens,
      pieces: piecesOf(tokens),
    };
  },
  async pull({ reference, accept }, report, signal) {
    const found = await pull(reference, {
      signal,
      onPlan: ({ selection }) => refuseTooLarge(selection.weightBytes),
      acceptLicence: (terms) => {
        if (terms.digest !== accept) report(toldTerms(terms));
        return terms.digest === accept;
      },
      onProgress: ({ done, total }) => {
        refuseTooLarge(total);
        report({ step: "fetch", done, total });
      },
    });
    return { reference: found.reference, byteLength: found.byteLength };
  },
  async remove(reference) {
    await removeModel(reference);
    return null;
  },
};

function toldTerms({ license, title, link, texts, card, digest }: Terms): LicenceTerms {
  const text = texts.map((each) => each.text).join("\n\n");
  return {
    license: title ?? license ?? "unknown",
    text: `${link ?? ""}\n${text === "" ? card : text}`.slice(0, MOST_TERMS),
    digest,
  };
}
/** Characters of a licence that are shown. */
const MOST_TERMS = 50_000;

/** @throws Error with the reason for what a browser's memory cannot hold. */
function refuseTooLarge(bytes: number): void {
  if (bytes <= MOST_MEMORY) return;
  throw new Error(
    `This model does not fit: it needs ${formatBytes(bytes)}, and an engine in a browser has ${formatBytes(MOST_MEMORY)}. ` +
      "Choose a smaller one, or a smaller type such as Q4_0.",
  );
}

async function openChecked(path: string, options: Parameters<typeof load>[1]): Promise<Opened> {
  const description = await inspectModel(path);
  if (description.problem !== undefined) throw new Error(description.problem);
  refuseTooLarge(description.memory?.total ?? description.byteLength);
  return { model: await load(path, options), description };
}

async function bytesOf(
  source: Extract<ModelSource, { kind: "file" | "memory" }>,
): Promise<{ name: string; bytes: Uint8Array }> {
  const file = source.kind === "memory" ? source.file : await keptFile(source.name);
  refuseTooLarge(file.size);
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

async function keptFile(name: string): Promise<File> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(LOCAL_FOLDER);
  return (await folder.getFileHandle(name)).getFile();
}

function stateOf({ model, description }: Opened): ModelState {
  const { load: texts, waiting, context, cacheByteLength, cachePages, backend } = model;
  const weights = description.memory?.weights ?? description.byteLength;
  return {
    name: "",
    memoryBytes: weights + cacheByteLength,
    places: 1,
    isLoaded: true,
    about: aboutModel(description),
    activity: {
      running: texts - waiting,
      waiting,
      context,
      cacheBytes: cacheByteLength,
      cachePages,
      backend: backend.description,
    },
  };
}

const FINISHES: Readonly<Record<string, string>> = { length: "length", context: "length" };

async function answer(
  model: Model,
  { turns, settings, seed }: AnswerRequest,
  report: (event: AnswerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const tools = settings.tools.trim() === "" ? undefined : JSON.parse(settings.tools);
  const options: ChatOptions = {
    ...sampling(settings.parameters),
    seed,
    signal,
    stop: settings.stop,
    ...(settings.hasProbabilities ? { logprobs: ALTERNATIVES } : {}),
    ...formOptions(settings.form),
    ...(tools === undefined ? {} : { tools, toolChoice: settings.mustCall ? "required" : "auto" }),
  };
  const generation =
    model.opened.chatTemplate === undefined
      ? model.generate(continuedText(turns), options)
      : model.chat(messagesOf(turns), options);
  if (tools === undefined) {
    for await (const { text, logprobs } of generation.tokens())
      report({
        kind: "text",
        text,
        ...(logprobs === undefined ? {} : { choices: [{ ...told(logprobs), top: logprobs.top.map(told) }] }),
      });
  } else {
    for await (const part of generation.parts()) report(partEvent(part));
  }
  const { finish, promptTokens, cachedTokens, tokens } = await generation.result();
  report({ kind: "usage", promptTokens, cachedTokens, tokens: tokens.length });
  report({ kind: "end", finish: FINISHES[finish.reason] ?? "stop" });
}

type Part = Awaited<ReturnType<ReturnType<ReturnType<Model["chat"]>["parts"]>["next"]>>["value"];

function partEvent(part: Part): AnswerEvent {
  if (part.type === "text") return { kind: "text", text: part.text };
  if (part.type === "call")
    return { kind: "call", index: part.index, id: part.id, name: part.name, arguments: "" };
  return { kind: "call", index: part.index, arguments: part.text };
}

const messagesOf = (turns: AnswerRequest["turns"]): ChatMessage[] => turns.map((turn) => ({ ...turn }));

const told = ({ text, logprob }: Choice): Choice => ({ text, logprob });

function sampling(parameters: AnswerRequest["settings"]["parameters"]): ChatOptions {
  return Object.fromEntries(
    PARAMETERS.flatMap(({ field, option }) =>
      parameters[field] === undefined ? [] : [[option, parameters[field]]],
    ),
  );
}

function formOptions(form: AnswerRequest["settings"]["form"]): Partial<ChatOptions> {
  if (form === undefined) return {};
  switch (form.kind) {
    case "json":
      return { json: true };
    case "schema":
      return { schema: JSON.parse(form.source) };
    case "choices":
      return { choices: form.source.split("\n").filter((line) => line !== "") };
    default:
      return { [form.kind]: form.source };
  }
}

const running = new Map<number, AbortController>();
const post = (message: FromWorker): void => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<ToWorker>): void => {
  if ("abort" in data) running.get(data.id)?.abort();
  else void run(data.id, data.call, data.value);
});

async function run(id: number, name: CallName, value: unknown): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  try {
    const handler = HANDLERS[name] as Handler<CallName>;
    post({ id, value: await handler(value as never, (report) => post({ id, report }), abort.signal) });
  } catch (error) {
    post({ id, error: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}
