/** Routes as data: each has its method, path, schema and handler. */
import type * as z from "zod/mini";
import type { ServerContext } from "./context.ts";
import type { BodySchema } from "./validate.ts";

/** One request, checked, as its handler sees it. */
export interface Call<Body> {
  readonly body: Body;
  readonly server: ServerContext;
  readonly request: Request;
  /** Identifies the request in answers and in the log. */
  readonly id: string;
  /** Requests of one client wait for each other: the name of its key, or its address. */
  readonly client: string;
  /** The space of the cache for this request; "" unless keys are isolated. */
  readonly cacheSalt: string;
  /** Aborts when the client leaves. */
  readonly abort: AbortController;
  /** Fields for the log's record of this request. */
  readonly notes: Record<string, unknown>;
  /** Call it when the answer has ended; for answers that are not streams, the server does. */
  readonly done: () => void;
  /** Values of `:name` in the path. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Route<Schema extends BodySchema = BodySchema> {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Other paths of the same route. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** A group of routes in the OpenAPI document. */
  readonly tag: "OpenAI" | "llama.cpp" | "Cria" | "operation";
  /** Absent for requests without a body. */
  readonly body?: Schema;
  /** True if no key is needed. */
  readonly isPublic?: boolean;
  handle(call: Call<z.output<Schema>>): Promise<Response> | Response;
}

/** A route whose handler's type of body is that of its schema. */
export function route<Schema extends BodySchema>(definition: Route<Schema>): Route {
  return definition as unknown as Route;
}
