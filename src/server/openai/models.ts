/** /v1/models: the names that requests may use. */
import type { ModelRegistry } from "../models/registry.ts";
import { route } from "../route.ts";

/** An adapter names the model that it changes as its parent. */
function described(models: ModelRegistry, name: string) {
  const { created = 0 } = models.find(name);
  const parent = models.adapters.find((adapter) => adapter.name === name)?.base;
  return {
    id: name,
    object: "model",
    created,
    owned_by: "cria",
    ...(parent === undefined ? {} : { parent }),
  };
}

export const MODELS = route({
  method: "GET",
  path: "/v1/models",
  aliases: ["/models"],
  summary: "List the models and adapters",
  tag: "OpenAI",
  handle: ({ server: { models } }) => {
    const names = [...models.specs, ...models.adapters].map(({ name }) => name);
    return Response.json({ object: "list", data: names.map((name) => described(models, name)) });
  },
});

export const MODEL_BY_NAME = route({
  method: "GET",
  path: "/v1/models/:model{.+}",
  summary: "Describe a model or an adapter",
  tag: "OpenAI",
  handle: ({ server: { models }, params }) => Response.json(described(models, params.model)),
});
