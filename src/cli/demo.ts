/** `cria demo`, which `npm start` runs: a story from the package's model, or from a named one. */
import { inspectModel, type ModelDescription } from "../library/inspect.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel, shippedModel } from "./model-argument.ts";
import { run } from "./run.ts";
import { formatBytes, formatParameters, shorten } from "./text.ts";
import type { VerbAction } from "./values.ts";

const PROMPT = "Once upon a time, a little llama";
const STORY_TOKENS = 200;

const NEXT = `
Next:  npx cria chat                              talk to this model, or to your own: cria chat model.gguf
       npx cria run -p "Once upon a time, a fox"  another opening
       npx cria train recipe.yaml                 train your own model: docs/training.md
`;

export const demo: VerbAction = async ([named], values) => {
  const path = named === undefined ? await shippedModel() : await resolveModel(named, values);
  if (path === undefined) {
    process.stdout.write(
      "Cria runs LLaMA-family models; the package's small model is missing.\n" +
        "Name a GGUF file or a model's folder:  npm start -- path/to/model.gguf\n",
    );
    return EXIT.ok;
  }
  process.stdout.write(introduction(await inspectModel(path)));
  if (!process.stdout.isTTY) process.stdout.write(PROMPT); // a terminal gets it from `run`
  const code = await run([path], {
    ...values,
    prompt: PROMPT,
    temperature: 0,
    maxTokens: STORY_TOKENS,
    contextShift: true,
  });
  if (code === EXIT.ok) process.stdout.write(colorsFor(process.stdout).dim(NEXT));
  return code;
};

function introduction({ path, name, format, byteLength, config, parameterCount }: ModelDescription): string {
  const size = parameterCount === undefined ? "" : ` of ${formatParameters(parameterCount)} parameters`;
  const kind = config === undefined ? "a model" : `a ${config.architecture} model`;
  const title = shorten(name ?? path, 80);
  return (
    `${title}: ${kind}${size}, ${format}, ${formatBytes(byteLength)}.\n` +
    `It continues "${PROMPT}" with the most likely token each time:\n\n`
  );
}
