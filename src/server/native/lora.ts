/** llama.cpp's adapters: /lora-adapters lists them, and a request chooses some by number, each with a factor. */
import type { AdapterSelection } from "../../library/model-adapters.ts";
import { ApiError } from "../errors.ts";
import type { AdapterSpec } from "../models/registry.ts";
import { type Call, route } from "../route.ts";
import type { Run } from "../run.ts";
import type { CompletionBody, InfillBody } from "../schemas/native.ts";

export const LORA_ADAPTERS = route({
  method: "GET",
  path: "/lora-adapters",
  summary: "The adapters of the default model, by number",
  tag: "llama.cpp",
  handle: ({ server: { models } }) =>
    Response.json(
      adaptersOf(models.adapters, models.defaultName).map(({ name }, id) => ({ id, path: name, scale: 0 })),
    ),
});

const adaptersOf = (all: readonly AdapterSpec[], model: string): AdapterSpec[] =>
  all.filter(({ base }) => base === model);

/** The adapters that a request chooses; without a choice, those of its model's name. */
export function chosenAdapters(
  { body, server: { models } }: Call<CompletionBody | InfillBody>,
  run: Run,
): readonly AdapterSelection[] | undefined {
  if (body.lora === undefined || body.lora === null) return run.adapters;
  const known = adaptersOf(models.adapters, models.find(run.name).name);
  return body.lora.map(({ id, scale }, i) => {
    const spec = known[id];
    if (spec !== undefined) return { adapter: models.adapterOf(run.model, spec), scale: scale ?? 1 };
    throw new ApiError(400, `Invalid value of "lora[${i}].id": there are ${known.length} adapters`, {
      param: `lora[${i}].id`,
      code: "invalid_value",
    });
  });
}
