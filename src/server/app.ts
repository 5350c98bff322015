/** The server: what its requests share, the checks of where they come from, and the table of routes. */
import { type Context, Hono, type Next } from "hono";
import { Admission } from "./admission.ts";
import type { ServerContext } from "./context.ts";
import { ApiError, errorResponse } from "./errors.ts";
import { handle, type RequestRules, refusal } from "./handle.ts";
import { SILENT } from "./log.ts";
import { ServerMetrics } from "./metrics.ts";
import type { ModelRegistry } from "./models/registry.ts";
import { SlotTexts } from "./native/slots.ts";
import { openApi } from "./openapi.ts";
import type { PageFiles } from "./page/files.ts";
import { ROUTES } from "./routes.ts";
import { checkOrigin, corsHeaders, type OriginRules, originRules } from "./safety.ts";
import { SERVER_DEFAULTS, type ServerOptions } from "./settings.ts";

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
  const settings = settle(options);
  const { keys, maxBodyBytes, isolate: isolates = false } = settings;
  const context = createContext(models, settings);
  const app = createApp(
    context,
    { keys, maxBodyBytes, isolates },
    originRules(options.hosts ?? [], options.origins ?? [], keys !== undefined),
    options.page,
  );
  return {
    context,
    fetch: async (request, peer) => app.fetch(request, { address: peer?.address }),
    prepare: async () => {
      (await models.use()).release();
      context.isReady = true;
    },
  };
}

function settle(options: ServerOptions) {
  return { ...SERVER_DEFAULTS, ...withoutAbsent(options) };
}

function createContext(models: ModelRegistry, settings: ReturnType<typeof settle>): ServerContext {
  const admission = new Admission(settings);
  return {
    version: settings.version,
    models,
    admission,
    metrics: new ServerMetrics(models, admission),
    log: settings.log ?? SILENT,
    logsText: settings.logText === true,
    pingMs: settings.pingSeconds * 1000,
    maxSeconds: settings.maxSeconds,
    speculate: settings.speculate,
    template: settings.template,
    sessionFolder: settings.sessionFolder,
    slotTexts: new SlotTexts(),
    fetchModel: settings.fetchModel,
    isPulling: false,
    isOpen: true,
    isReady: false,
  };
}

function createApp(
  context: ServerContext,
  rules: RequestRules,
  origins: OriginRules,
  page: PageFiles | undefined,
): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.use((c, next) => guarded(c, next, origins));
  for (const route of ROUTES) {
    for (const path of [route.path, ...(route.aliases ?? [])]) {
      app.on(route.method, path, (c) => {
        const params = c.req.param() as Record<string, string>;
        return handle(context, rules, { route, request: c.req.raw, params, address: c.env?.address ?? "" });
      });
    }
  }
  const document = openApi(ROUTES);
  app.get("/openapi.json", (c) => c.json(document));
  app.notFound(({ req }) => page?.answer(req.raw) ?? errorResponse(unknownRoute(req.method, req.path)));
  app.onError((error) => refusal(error, context.log));
  return app;
}

/** Lets requests pass that may come from where they come from, and lets listed pages read the answers. */
async function guarded(c: Context<Bindings>, next: Next, rules: OriginRules): Promise<Response | undefined> {
  const { headers } = c.req.raw;
  checkOrigin(headers, c.req.url, rules);
  const cors = Object.entries(corsHeaders(headers, rules));
  if (c.req.method === "OPTIONS" && cors.length > 0)
    return new Response(null, { status: 204, headers: cors });
  await next();
  for (const [name, value] of cors) c.res.headers.set(name, value);
  return undefined;
}

function withoutAbsent<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function unknownRoute(method: string, path: string): ApiError {
  const known = ROUTES.find((route) => route.path === path);
  if (known !== undefined) return new ApiError(405, `${path} takes ${known.method}, not ${method}`);
  return new ApiError(
    404,
    `There is no ${method} ${path.slice(0, 100)} here; /openapi.json lists what there is`,
  );
}
