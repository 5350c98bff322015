/** GET /cria/models: what each model is, and what it does now. It shows no text of anyone. */
import type { Model } from "../../library/model.ts";
import type { ModelSpec } from "../models/registry.ts";
import { route } from "../route.ts";

function activity({ load, waiting, context, cacheByteLength, cachePages, backend }: Model) {
  return {
    running: load - waiting,
    waiting,
    context,
    cacheBytes: cacheByteLength,
    cachePages,
    backend: backend.description,
  };
}

/** @param hasTemplate the server has a chat template for all models. */
function described(
  { name, places, byteLength, about }: ModelSpec,
  model: Model | undefined,
  hasTemplate: boolean,
) {
  return {
    name,
    places,
    memoryBytes: byteLength,
    isLoaded: model !== undefined,
    ...(about === undefined
      ? {}
      : { about: { ...about, hasChatTemplate: about.hasChatTemplate || hasTemplate } }),
    ...(model === undefined ? {} : { activity: activity(model) }),
  };
}

export const MODEL_ACTIVITY = route({
  method: "GET",
  path: "/cria/models",
  summary:
    "What each model is and does now: types, memory, licence, running and waiting texts, pages of the cache",
  tag: "Cria",
  handle: async ({ server: { models, metrics, admission, template, fetchModel } }) => {
    const { loaded, specs, adapters } = models;
    return Response.json({
      models: specs.map((spec) => described(spec, loaded.get(spec.name), template !== undefined)),
      adapters: adapters.map(({ name, base }) => ({ name, base })),
      openRequests: admission.total,
      canPull: fetchModel !== undefined,
      residentBytes: process.memoryUsage.rss(),
      totals: await metrics.totals(),
    });
  },
});
