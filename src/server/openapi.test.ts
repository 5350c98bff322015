/** The OpenAPI document describes every route, from the schemas that check requests. */
import { describe, expect, it } from "vitest";
import { openApi, openApiPath } from "./openapi.ts";
import { ROUTES } from "./routes.ts";

interface Operation {
  readonly summary: string;
  readonly requestBody?: {
    readonly content: {
      readonly "application/json": {
        readonly schema: {
          readonly properties: Readonly<Record<string, object>>;
          readonly required?: readonly string[];
          readonly additionalProperties: boolean;
        };
      };
    };
  };
}
const document = openApi(ROUTES);
const operations = document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

describe("openApi", () => {
  it("has every route with a summary", () => {
    const listed = Object.entries(operations).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => {
        expect(summary, path).not.toBe("");
        return `${method} ${path}`;
      }),
    );
    expect(listed).toHaveLength(ROUTES.length);
    expect(listed).toContain("get /v1/models/{model}");
  });

  it.each(ROUTES.filter(({ body }) => body !== undefined).map((route) => [route.path, route] as const))(
    "gives the fields of %s, and no others are allowed",
    (path, route) => {
      const body = operations[openApiPath(path)].post.requestBody!.content["application/json"].schema;
      expect(Object.keys(body.properties).sort()).toEqual(Object.keys(route.body!.shape).sort());
      expect(body.additionalProperties).toBe(false);
    },
  );

  it("states ranges and what is required", () => {
    const { schema } = operations["/v1/chat/completions"].post.requestBody!.content["application/json"];
    expect(schema.required).toEqual(["messages"]);
    expect(JSON.stringify(schema.properties.top_p)).toContain('"maximum":1');
  });
});
