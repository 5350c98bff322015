/** The engine behind this page's own server: OpenAI's route for answers, and Cria's own for what else the page shows. */
import { Cell } from "../base/cell.ts";
import type { AnswerForm, ChatSettings } from "../settings/chat-settings.ts";
import { continuedSegments, continuedText } from "./continued-text.ts";
import {
  type AnswerEvent,
  type AnswerRequest,
  type Choice,
  type Engine,
  EngineError,
  type EngineState,
  type FetchRequest,
  type ShownPrompt,
  type Work,
} from "./engine.ts";
import { eventData } from "./event-stream.ts";
import type { LicenceTerms } from "./protocol.ts";

/** Alternatives of a token that are kept. */
const ALTERNATIVES = 5;

export class ServerEngine implements Engine {
  readonly kind = "server";
  readonly work = new Cell<Work | undefined>(undefined);
  readonly #base: URL;
  readonly #key: () => string;
  #state: EngineState | undefined;

  /** @param key the key to send; "" sends none. */
  constructor(base: URL, key: () => string) {
    this.#base = base;
    this.#key = key;
  }

  async #send(path: string, init: RequestInit = {}): Promise<Response> {
    const key = this.#key();
    const headers = new Headers(init.headers);
    if (key !== "") headers.set("authorization", `Bearer ${key}`);
    if (init.body !== undefined) headers.set("content-type", "application/json");
    let response: Response;
    try {
      response = await fetch(new URL(path, this.#base), { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw unreachable(error);
    }
    if (response.ok) return response;
    throw await refusal(response);
  }

  async #post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    return this.#send(path, { method: "POST", body: JSON.stringify(body), signal: signal ?? null });
  }

  async state(signal?: AbortSignal): Promise<EngineState> {
    const state: EngineState = await (await this.#send("cria/models", { signal: signal ?? null })).json();
    this.#state = state;
    return state;
  }

  async countTokens(model: string | undefined, text: string): Promise<number> {
    const { tokens } = await (await this.#post("tokenize", { model, content: text })).json();
    return tokens.length;
  }

  async prompt({ turns, settings }: Pick<AnswerRequest, "turns" | "settings">): Promise<ShownPrompt> {
    const { model } = settings;
    if (!(await this.#continues(model)))
      return (await this.#post("cria/prompt", { model, messages: turns })).json();
    const body = { model, content: continuedText(turns), add_special: true, with_pieces: true };
    const { tokens }: { tokens: { id: number; piece: string | number[] }[] } = await (
      await this.#post("tokenize", body)
    ).json();
    return {
      segments: continuedSegments(turns),
      tokens: tokens.map(({ id }) => id),
      pieces: tokens.map(({ piece }) => (typeof piece === "string" ? piece : "\ufffd")),
    };
  }

  async *answer(request: AnswerRequest, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const isContinued = await this.#continues(request.settings.model, signal);
    const response = isContinued
      ? await this.#post("v1/completions", continuationBody(request), signal)
      : await this.#post("v1/chat/completions", chatBody(request), signal);
    let finish: string | undefined;
    try {
      for await (const data of eventData(response.body!)) {
        if (data === "[DONE]") break;
        const chunk = JSON.parse(data);
        if (chunk.error !== undefined) throw new EngineError("refused", String(chunk.error.message));
        yield* isContinued ? continuationEvents(chunk) : eventsOf(chunk);
        finish = chunk.choices?.[0]?.finish_reason ?? finish;
      }
    } catch (error) {
      if (signal.aborted || error instanceof EngineError) throw error;
      throw unreachable(error);
    }
    if (finish === undefined) throw unreachable(undefined);
    yield { kind: "end", finish };
  }

  /** Into the store of the server's machine, if whoever runs it permits that. */
  async fetchModel(reference: string, { accept, signal, terms }: FetchRequest): Promise<string> {
    const response = await this.#post("cria/pull", { reference, accept }, signal);
    try {
      for await (const data of eventData(response.body!)) {
        if (data === "[DONE]") break;
        const event: PullEvent = JSON.parse(data);
        if (event.error !== undefined) throw new EngineError("refused", event.error.message);
        if (event.terms !== undefined) terms(event.terms);
        if (event.progress !== undefined)
          this.work.value = { name: reference, step: "fetch", ...event.progress };
        if (event.model !== undefined) return event.model;
      }
    } catch (error) {
      if (signal.aborted || error instanceof EngineError) throw error;
      throw unreachable(error);
    } finally {
      this.work.value = undefined;
    }
    throw unreachable(undefined);
  }

  /** Whether the model continues texts instead of answering. */
  async #continues(name: string | undefined, signal?: AbortSignal): Promise<boolean> {
    const { models, adapters } = this.#state ?? (await this.state(signal));
    const base = adapters.find((adapter) => adapter.name === name)?.base ?? name;
    const model = models.find((each) => each.name === base) ?? models[0];
    return model?.about?.hasChatTemplate === false;
  }
}

/** One of these is there. */
interface PullEvent {
  readonly progress?: { readonly done: number; readonly total: number };
  readonly terms?: LicenceTerms;
  readonly model?: string;
  readonly error?: { readonly message: string };
}

/** Fields that both kinds of answers have. */
function commonFields({ settings, seed }: AnswerRequest): object {
  return {
    model: settings.model,
    seed,
    stream: true,
    stream_options: { include_usage: true },
    ...settings.parameters,
    ...(settings.stop.length === 0 ? {} : { stop: settings.stop }),
    ...formFields(settings.form),
  };
}

function chatBody(request: AnswerRequest): object {
  const { turns, settings } = request;
  return {
    ...commonFields(request),
    messages: turns,
    ...(settings.hasProbabilities ? { logprobs: true, top_logprobs: ALTERNATIVES } : {}),
    ...toolFields(settings),
  };
}

/** Completions end after 16 tokens if nobody says how long they may be. */
const LONGEST = 4096;

function continuationBody(request: AnswerRequest): object {
  const { turns, settings } = request;
  return {
    max_tokens: LONGEST,
    ...commonFields(request),
    prompt: continuedText(turns),
    ...(settings.hasProbabilities ? { logprobs: ALTERNATIVES } : {}),
  };
}

function* continuationEvents({ choices, usage }: ContinuationChunk): Generator<AnswerEvent> {
  const [choice] = choices;
  const list = choice?.logprobs;
  if (choice !== undefined && (choice.text !== "" || list)) {
    yield { kind: "text", text: choice.text, ...(list ? { choices: listed(list) } : {}) };
  }
  yield* usageEvents(usage);
}

interface LogprobLists {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly number[];
  readonly top_logprobs: readonly Readonly<Record<string, number>>[];
}
interface ContinuationChunk {
  readonly choices: readonly { readonly text: string; readonly logprobs?: LogprobLists | null }[];
  readonly usage?: Chunk["usage"];
}

function listed({
  tokens,
  token_logprobs: own,
  top_logprobs: top,
}: LogprobLists): (Choice & { top: Choice[] })[] {
  return tokens.map((token, i) => ({
    text: tokenText(token),
    logprob: own[i],
    top: Object.entries(top[i])
      .map(([text, logprob]) => ({ text: tokenText(text), logprob }))
      .sort((a, b) => b.logprob - a.logprob),
  }));
}

/** Bytes that are no whole character are named "bytes:…". */
const tokenText = (name: string): string => (name.startsWith("bytes:") ? "\ufffd" : name);

function* eventsOf(chunk: Chunk): Generator<AnswerEvent> {
  const { choices, usage } = chunk;
  const [choice] = choices ?? [];
  const { content, reasoning_content: reasoning, tool_calls: calls } = choice?.delta ?? {};
  if (reasoning !== undefined && reasoning !== null && reasoning !== "")
    yield { kind: "reasoning", text: reasoning };
  const tokens = choice?.logprobs?.content;
  if ((content !== undefined && content !== null && content !== "") || tokens !== undefined) {
    yield {
      kind: "text",
      text: content ?? "",
      ...(tokens === undefined
        ? {}
        : { choices: tokens.map((each) => ({ ...told(each), top: each.top_logprobs.map(told) })) }),
    };
  }
  for (const { index, id, function: called } of calls ?? []) {
    yield {
      kind: "call",
      index,
      ...(id === undefined ? {} : { id }),
      ...(called?.name === undefined ? {} : { name: called.name }),
      arguments: called?.arguments ?? "",
    };
  }
  yield* usageEvents(usage);
}

function* usageEvents(usage: Chunk["usage"]): Generator<AnswerEvent> {
  if (usage === undefined || usage === null) return;
  yield {
    kind: "usage",
    promptTokens: usage.prompt_tokens,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    tokens: usage.completion_tokens,
  };
}

interface Told {
  readonly token: string;
  readonly logprob: number;
}
const told = ({ token, logprob }: Told): Choice => ({ text: token, logprob });

/** The parts of a stream's chunk that the page reads. */
interface Chunk {
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: string | null;
      readonly reasoning_content?: string | null;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly function?: { readonly name?: string; readonly arguments?: string };
      }[];
    };
    readonly logprobs?: { readonly content: readonly (Told & { readonly top_logprobs: readonly Told[] })[] };
  }[];
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number };
  } | null;
}

const FORMS: Readonly<Record<AnswerForm["kind"], (source: string) => object>> = {
  json: () => ({ response_format: { type: "json_object" } }),
  schema: (source) => ({
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", schema: parsed(source, "the schema") },
    },
  }),
  regex: (source) => ({ regex: source }),
  grammar: (source) => ({ grammar: source }),
  choices: (source) => ({ choices: source.split("\n").filter((line) => line !== "") }),
};

const formFields = (form: AnswerForm | undefined): object =>
  form === undefined ? {} : FORMS[form.kind](form.source);

function toolFields({ tools, mustCall }: ChatSettings): object {
  if (tools.trim() === "") return {};
  return { tools: parsed(tools, "the list of functions"), ...(mustCall ? { tool_choice: "required" } : {}) };
}

/** @throws EngineError for text that is not JSON. */
export function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError(
      "refused",
      `Cannot read ${what}: it is not valid JSON (${(error as Error).message})`,
      error,
    );
  }
}

const unreachable = (cause: unknown): EngineError =>
  new EngineError("unreachable", "The server did not answer. The text so far is kept.", cause);

async function refusal(response: Response): Promise<EngineError> {
  const body = await response.json().catch(() => undefined);
  const message =
    typeof body?.error?.message === "string" ? body.error.message : `The server answered ${response.status}`;
  if (response.status === 401) return new EngineError("key", message);
  if (response.status === 429 || response.status === 503) {
    const wait = response.headers.get("retry-after");
    return new EngineError("busy", wait === null ? message : `${message}; try again in ${wait} s`);
  }
  return new EngineError("refused", message);
}
