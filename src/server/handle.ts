/** From a request to its route's handler and back: key, body, log, metrics, and errors in one form. */
import { randomUUID } from "node:crypto";
import type { ServerContext } from "./context.ts";
import { ApiError, errorResponse, toApiError } from "./errors.ts";
import { KeyRing } from "./keys.ts";
import type { ServerLog } from "./log.ts";
import type { Call, Route } from "./route.ts";
import { isEventStream } from "./sse.ts";
import { checkBody, readJson } from "./validate.ts";

/** What requests are checked against. */
export interface RequestRules {
  readonly keys: KeyRing | undefined;
  readonly maxBodyBytes: number;
  /** Each client has its own space of the cache. */
  readonly isolates: boolean;
}

/** A request that matches a route. */
export interface Matched {
  readonly route: Route;
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  /** The client's address; "" without a socket. */
  readonly address: string;
}

/** The status of an answer that nobody reads, as nginx logs it. */
const CLIENT_LEFT = 499;

/** Answers a request; never rejects. */
export async function handle(
  server: ServerContext,
  rules: RequestRules,
  matched: Matched,
): Promise<Response> {
  const { route, request } = matched;
  const id = randomUUID().replaceAll("-", "");
  const notes: Record<string, unknown> = {};
  const from = performance.now();
  let status = CLIENT_LEFT;
  const done = (): void => {
    const ms = performance.now() - from;
    server.metrics.request(route.path, status, ms / 1000);
    const { method, path } = route;
    server.log.info({ id, method, path, status, ms: Math.round(ms), ...notes }, "request");
  };
  const response = await answer(server, rules, matched, { id, notes, done }).catch((error) =>
    request.signal.aborted ? new Response(null, { status: CLIENT_LEFT }) : refusal(error, server.log),
  );
  ({ status } = response);
  response.headers.set("x-request-id", id);
  if (!isEventStream(response)) done();
  return response;
}

async function answer(
  server: ServerContext,
  { keys, maxBodyBytes, isolates }: RequestRules,
  { route, request, params, address }: Matched,
  record: Pick<Call<never>, "id" | "notes" | "done">,
): Promise<Response> {
  const client = keys === undefined || route.isPublic === true ? address : keyName(request.headers, keys);
  const body =
    route.body === undefined ? undefined : checkBody(route.body, await readJson(request, maxBodyBytes));
  let abort: AbortController | undefined;
  return route.handle({
    ...record,
    body: body as never,
    server,
    request,
    client,
    cacheSalt: isolates ? client : "",
    // Signals are slow to make, and short requests need none.
    get abort() {
      abort ??= linkedAbort(request.signal);
      return abort;
    },
    params,
  });
}

/** The answer to an error. Faults of the server go to its log, not to the client. */
export function refusal(error: unknown, log: ServerLog): Response {
  const found = toApiError(error);
  if (found.status === 500) log.error({ err: found.details.cause ?? error }, "request failed");
  return errorResponse(found);
}

/** @throws ApiError 401 without a valid key. */
function keyName(headers: Headers, keys: KeyRing): string {
  const key = KeyRing.presented(headers);
  const name = key === undefined ? undefined : keys.find(key);
  if (name !== undefined) return name;
  const what = key === undefined ? "No API key was sent" : "The API key is not valid";
  throw new ApiError(401, `${what}: send it as "Authorization: Bearer KEY"`, { code: "invalid_api_key" });
}

/** Aborts when the signal does, and may also be aborted for other reasons. */
function linkedAbort(signal: AbortSignal): AbortController {
  const abort = new AbortController();
  if (signal.aborted) abort.abort(signal.reason);
  else signal.addEventListener("abort", () => abort.abort(signal.reason), { once: true });
  return abort;
}
