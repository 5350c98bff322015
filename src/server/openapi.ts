/** The OpenAPI document, from the same schemas that check requests. */
import * as z from "zod/mini";
import type { Route } from "./route.ts";

const ERROR = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type"],
      properties: {
        message: { type: "string" },
        type: { type: "string" },
        param: { type: ["string", "null"] },
        code: { type: ["string", "null"] },
      },
    },
  },
};

const json = (schema: unknown) => ({ "application/json": { schema } });

function operation({ summary, tag, body, isPublic, path }: Route) {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  return {
    summary,
    tags: [tag],
    ...(isPublic === true ? { security: [] } : {}),
    ...(names.length === 0
      ? {}
      : {
          parameters: names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
        }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: json(z.toJSONSchema(body, { unrepresentable: "any", io: "input" })),
          },
        }),
    responses: {
      200: { description: "The answer" },
      default: { description: "An error", content: json({ $ref: "#/components/schemas/Error" }) },
    },
  };
}

/** A route's path in OpenAPI's form: `/v1/models/{model}`. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");

/** OpenAPI 3.1, whose schemas are JSON Schema. */
export function openApi(routes: readonly Route[]) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Cria", version: "1" },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
      schemas: { Error: ERROR },
    },
  };
}
