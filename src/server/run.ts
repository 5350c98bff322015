/** The part of a request that needs a model: its admission, the model it uses, and its end. */
import type { GenerateOptions } from "../generation/text-job.ts";
import type { GenerationResult } from "../generation/text-result.ts";
import type { Model } from "../library/model.ts";
import type { AdapterSelection } from "../library/model-adapters.ts";
import { ApiError } from "./errors.ts";
import type { Lease, ModelSpec } from "./models/registry.ts";
import type { Call } from "./route.ts";
import { SAMPLING_NAMES } from "./schemas/fields.ts";
import type { EventStreamOptions } from "./sse.ts";

/** A request that has a model. `end` must be called once it is answered. */
export interface Run {
  readonly model: Model;
  /** The model's name, as answers report it. */
  readonly name: string;
  /** Adapters of the request's texts. */
  readonly adapters: readonly AdapterSelection[] | undefined;
  end(): void;
}

/** @throws ApiError 404 for an unknown model, 429 if too many requests run or wait, 503 while the server drains. */
export async function beginRun(call: Call<unknown>, name: string | null | undefined): Promise<Run> {
  const { models, admission } = call.server;
  if (!call.server.isOpen) throw new ApiError(503, "The server is shutting down", { retryAfter: 30 });
  const { places } = models.find(name);
  const leave = admission.enter(call.client, places);
  try {
    const lease = await models.use(name);
    const end = (): void => {
      lease.release();
      leave();
    };
    const { model, adapters } = lease;
    if (!call.abort.signal.aborted) return { model, adapters, name: lease.name, end };
    end();
    throw call.abort.signal.reason;
  } catch (error) {
    leave();
    throw error;
  }
}

/** Runs `task` with a model, and ends the run whatever happens. */
export async function withModel<Result>(
  call: Call<unknown>,
  name: string | null | undefined,
  task: (run: Run) => Promise<Result> | Result,
): Promise<Result> {
  const run = await beginRun(call, name);
  try {
    return await task(run);
  } finally {
    run.end();
  }
}

/** Runs a task that needs a model but none of its places. */
export async function withLease(
  call: Call<unknown>,
  name: string | null | undefined,
  task: (lease: Lease) => Promise<Response>,
): Promise<Response> {
  const lease = await call.server.models.use(name);
  try {
    return await task(lease);
  } finally {
    lease.release();
  }
}

/** As `withLease`, with what the server knows of the model. */
export async function withTokenizer(
  call: Call<unknown>,
  name: string | null | undefined,
  task: (model: Model, spec: ModelSpec) => Response,
): Promise<Response> {
  return withLease(call, name, async ({ model }) => task(model, call.server.models.find(name)));
}

/** Counts the finished texts of a request, in the metrics and in the log. */
export function noteResults(call: Call<unknown>, { name }: Run, results: readonly GenerationResult[]): void {
  const { metrics, logsText } = call.server;
  for (const result of results) metrics.answered(result);
  const sum = (count: (result: GenerationResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  Object.assign(call.notes, {
    model: name,
    promptTokens: sum(({ promptTokens }) => promptTokens),
    cachedTokens: sum(({ cachedTokens }) => cachedTokens),
    tokens: sum(({ tokens }) => tokens.length),
    ...(logsText ? { prompt: call.body, answers: results.map(({ text }) => text) } : {}),
  });
}

/** The stream of a run: it ends the run when it ends, and ends the texts when the client leaves. */
export function streamOptions(call: Call<unknown>, run: Run): EventStreamOptions {
  const { server, abort, done } = call;
  return {
    pingMs: server.pingMs,
    abort,
    onEnd: () => {
      run.end();
      done();
    },
    onError: (error) => server.log.error({ err: error, id: call.id }, "answer failed"),
  };
}

/** Whose turn a text takes: the key or address, and the user that the request names. */
function clientOf({ client, body }: Call<Fields>): string {
  const user = body.user ?? body.safety_identifier;
  return typeof user === "string" ? `${client}/${user.slice(0, 256)}` : client;
}

type Fields = Readonly<Record<string, unknown>>;

/** The library's options for a request's fields of sampling and stopping; fields that are null count as absent. */
export function generateOptions(call: Call<Fields>): GenerateOptions {
  const { body } = call;
  const sampling = Object.entries(SAMPLING_NAMES).flatMap(([name, option]) =>
    body[name] === undefined || body[name] === null ? [] : [[option, body[name]]],
  );
  const { stop, logit_bias: bias } = body as {
    stop?: string | string[] | null;
    logit_bias?: Record<string, number> | null;
  };
  return {
    ...Object.fromEntries(sampling),
    ...(stop === undefined || stop === null ? {} : { stop: typeof stop === "string" ? [stop] : stop }),
    ...(bias === undefined || bias === null
      ? {}
      : { logitBias: Object.entries(bias).map(([token, value]) => [Number(token), value] as const) }),
    maxSeconds: call.server.maxSeconds,
    speculate: call.server.speculate,
    cacheSalt: call.cacheSalt,
    client: clientOf(call),
    signal: call.abort.signal,
  };
}

/** Seeds of the answers to one prompt; without a seed, each answer draws its own. */
export function seedsOf(seed: number | null | undefined, answers: number): (number | undefined)[] {
  const first = seed === undefined || seed === null || seed === -1 ? undefined : seed;
  return Array.from({ length: answers }, (_, i) =>
    first === undefined ? undefined : (Math.abs(first) + i + (first < 0 ? 2 ** 52 : 0)) % 2 ** 53,
  );
}
