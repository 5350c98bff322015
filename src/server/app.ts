/** The server's handler: checks of origin and key, then the table of routes, then errors in one form. */
import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { Admission } from "./admission.ts";
import type { ServerContext } from "./context.ts";
import { ApiError, errorResponse, toApiError } from "./errors.ts";
import { KeyRing } from "./keys.ts";
import { type ServerLog, SILENT } from "./log.ts";
import { ServerMetrics } from "./metrics.ts";
import type { ModelRegistry } from "./models/registry.ts";
import { SlotTexts } from "./native/slots.ts";
import { openApi } from "./openapi.ts";
import type { Call, Route } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { checkOrigin, corsHeaders, originRules } from "./safety.ts";
import { SERVER_DEFAULTS, type ServerOptions } from "./settings.ts";
import { isEventStream } from "./sse.ts";
import { checkBody, readJson } from "./validate.ts";

export interface CriaServer {
  /** Answers one request. `peer`: the client's address, if there is a socket. */
  fetch(request: Request, peer?: { readonly address: string | undefined }): Promise<Response>;
  /** Loads the default model; until then `/health` answers 503. */
  prepare(): Promise<void>;
  readonly context: ServerContext;
}

type Bindings = { readonly Bindings: { readonly address: string | undefined } };

/** A server of these models. */
export function createServer(models: ModelRegistry, options: ServerOptions = {}): CriaServer {
  const settings = { ...SERVER_DEFAULTS, ...withoutAbsent(options) };
  const { keys, log = SILENT } = options;
  const admission = new Admission(settings);
  const metrics = new ServerMetrics(models, admission);
  const context: ServerContext = {
    models,
    admission,
    metrics,
    log,
    logsText: options.logText === true,
    pingMs: settings.pingSeconds * 1000,
    maxSeconds: settings.maxSeconds,
    speculate: options.speculate,
    template: options.template,
    sessionFolder: options.sessionFolder,
    slotTexts: new SlotTexts(),
    isOpen: true,
    isReady: false,
  };
  const rules = originRules(options.hosts ?? [], options.origins ?? [], keys !== undefined);
  const app = new Hono<Bindings>();

  app.use(async (c, next) => {
    const { req } = c;
    checkOrigin(req.raw.headers, req.url, rules);
    const cors = Object.entries(corsHeaders(req.raw.headers, rules));
    if (req.method === "OPTIONS" && cors.length > 0)
      return new Response(null, { status: 204, headers: cors });
    await next();
    for (const [name, value] of cors) c.res.headers.set(name, value);
    return undefined;
  });

  const handler = (route: Route) => async (c: Context<Bindings>) => {
    const id = randomUUID().replaceAll("-", "");
    const from = performance.now();
    const notes: Record<string, unknown> = {};
    let status = 500;
    const done = (): void => {
      const ms = performance.now() - from;
      metrics.request(route.path, status, ms / 1000);
      log.info(
        { id, method: route.method, path: route.path, status, ms: Math.round(ms), ...notes },
        "request",
      );
    };
    const answer = async (): Promise<Response> => {
      const client = clientOf(c, keys, route.isPublic === true);
      const call: Call<never> = {
        body: (await bodyOf(route, c.req.raw, settings.maxBodyBytes)) as never,
        server: context,
        request: c.req.raw,
        id,
        client,
        cacheSalt: options.isolate === true ? client : "",
        abort: linkedAbort(c.req.raw.signal),
        notes,
        done,
        params: c.req.param() as Record<string, string>,
      };
      return route.handle(call);
    };
    const response = await answer().catch((error) => refusal(error, log));
    ({ status } = response);
    response.headers.set("x-request-id", id);
    if (!isEventStream(response)) done();
    return response;
  };
  for (const route of ROUTES) {
    for (const path of [route.path, ...(route.aliases ?? [])]) app.on(route.method, path, handler(route));
  }
  const document = openApi(ROUTES);
  app.get("/openapi.json", (c) => c.json(document));
  app.notFound(({ req }) => errorResponse(unknownRoute(req.method, req.path)));
  app.onError((error) => refusal(error, log));
  return {
    context,
    fetch: async (request, peer) => app.fetch(request, { address: peer?.address }),
    prepare: async () => {
      (await models.use()).release();
      context.isReady = true;
    },
  };
}

function refusal(error: unknown, log: ServerLog): Response {
  const found = toApiError(error);
  if (found.status === 500) log.error({ err: found.details.cause ?? error }, "request failed");
  return errorResponse(found);
}

function withoutAbsent<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** @throws ApiError 401 without a valid key, unless the route is public or the server has no keys. */
function clientOf(c: Context<Bindings>, keys: KeyRing | undefined, isPublic: boolean): string {
  const address = c.env?.address ?? "";
  if (keys === undefined || isPublic) return address;
  const key = KeyRing.presented(c.req.raw.headers);
  const name = key === undefined ? undefined : keys.find(key);
  if (name !== undefined) return name;
  const what = key === undefined ? "No API key was sent" : "The API key is not valid";
  throw new ApiError(401, `${what}: send it as "Authorization: Bearer KEY"`, { code: "invalid_api_key" });
}

async function bodyOf(route: Route, request: Request, maxBytes: number): Promise<unknown> {
  return route.body === undefined ? undefined : checkBody(route.body, await readJson(request, maxBytes));
}

/** Aborts when the signal does, and may also be aborted for other reasons. */
function linkedAbort(signal: AbortSignal): AbortController {
  const abort = new AbortController();
  if (signal.aborted) abort.abort(signal.reason);
  else signal.addEventListener("abort", () => abort.abort(signal.reason), { once: true });
  return abort;
}

function unknownRoute(method: string, path: string): ApiError {
  const known = ROUTES.find((route) => route.path === path);
  if (known !== undefined) return new ApiError(405, `${path} takes ${known.method}, not ${method}`);
  return new ApiError(
    404,
    `There is no ${method} ${path.slice(0, 100)} here; /openapi.json lists what there is`,
  );
}
