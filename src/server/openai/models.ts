/** /v1/models: the names that requests may use. */

import type { ModelSpec } from "../models/registry.ts";
import { route } from "../route.ts";

const described = ({ name, created = 0 }: ModelSpec) => ({
  id: name,
  object: "model",
  created,
  owned_by: "cria",
});

export const MODELS = route({
  method: "GET",
  path: "/v1/models",
  aliases: ["/models"],
  summary: "List the models",
  tag: "OpenAI",
  handle: ({ server: { models } }) => Response.json({ object: "list", data: models.specs.map(described) }),
});

export const MODEL_BY_NAME = route({
  method: "GET",
  path: "/v1/models/:model{.+}",
  summary: "Describe a model",
  tag: "OpenAI",
  handle: ({ server: { models }, params }) => Response.json(described(models.find(params.model))),
});
