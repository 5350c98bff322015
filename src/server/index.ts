/**
 * A server of models over HTTP: OpenAI's endpoints and llama.cpp's, from one table of routes. Each route has a schema,
 * from which validation, types and the OpenAPI document derive. The handler takes a `Request` and returns a `Response`,
 * so it works without a socket; `listen` connects it to Node's HTTP server.
 */
export { type CriaServer, createServer } from "./app.ts";
export { ApiError } from "./errors.ts";
export { KeyRing } from "./keys.ts";
export { type Listening, listen } from "./listen.ts";
export { LOG_FORMS, type LogForm, type ServerLog } from "./log.ts";
export { type AdapterSpec, ModelRegistry, type ModelSpec, type RegistryOptions } from "./models/registry.ts";
export { PageFiles } from "./page/files.ts";
export type { FetchModel } from "./page/pull.ts";
export { createLog } from "./pino-log.ts";
export { SERVER_DEFAULTS, type ServerOptions } from "./settings.ts";
