/** `cria demo`, which `npm start` runs: a story from a small model, or from the one that is named. */
import { fileURLToPath } from "node:url";
import { inspectModel, type ModelDescription } from "../library/inspect.ts";
import { platform } from "../platform/node.ts";
import { EXIT } from "./exit-codes.ts";
import { run } from "./run.ts";
import { formatBytes, formatParameters, shorten } from "./text.ts";
import type { VerbAction } from "./values.ts";

/** Beside the repository, as tests have it too. */
const SMALL_MODEL = fileURLToPath(
  new URL("../../../shared/data/checkpoints/stories260Ktok512.gguf", import.meta.url),
);
const PROMPT = "Once upon a time";
const STORY_TOKENS = 200;

export const demo: VerbAction = async ([path = SMALL_MODEL], values) => {
  if (path === SMALL_MODEL && platform.status(path) === undefined) {
    process.stdout.write(
      "Cria runs LLaMA-family models; no small one is here to show it.\n" +
        "Name a GGUF file or a model's folder:  npm start -- path/to/model.gguf\n",
    );
    return EXIT.ok;
  }
  process.stdout.write(introduction(await inspectModel(path)));
  if (!process.stdout.isTTY) process.stdout.write(PROMPT); // a terminal gets it from `run`
  return await run([path], {
    ...values,
    prompt: PROMPT,
    temperature: 0,
    maxTokens: STORY_TOKENS,
    contextShift: true,
  });
};

function introduction({ path, name, format, byteLength, config, parameterCount }: ModelDescription): string {
  const size = parameterCount === undefined ? "" : ` of ${formatParameters(parameterCount)} parameters`;
  const kind = config === undefined ? "a model" : `a ${config.architecture} model`;
  const title = shorten(name ?? path, 80);
  return (
    `${title}: ${kind}${size}, ${format}, ${formatBytes(byteLength)}.\n` +
    `It continues "${PROMPT}" with the likeliest token each time:\n\n`
  );
}
