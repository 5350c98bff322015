/** Loads a model for a verb and prints warnings for the user to stderr. */
import { load } from "../library/load.ts";
import type { Model } from "../library/model.ts";
import { platform } from "../platform/node.ts";
import { colorsFor } from "./colors.ts";
import { resolveModel } from "./model-argument.ts";
import { progressBar } from "./progress.ts";
import { printable } from "./text.ts";
import { loadOptions, type OptionValues } from "./values.ts";

export interface Session extends AsyncDisposable {
  readonly model: Model;
  readonly path: string;
  readonly loadSeconds: number;
}

export async function openSession(path: string, values: OptionValues): Promise<Session> {
  const found = await resolveModel(path, values);
  const from = performance.now();
  const bar = progressBar(values, "loading ");
  const model = await load(found, { ...loadOptions(values), onProgress: bar.update }).finally(bar.stop);
  if (values.quiet !== true) announce(model, values);
  return {
    model,
    path,
    loadSeconds: (performance.now() - from) / 1000,
    [Symbol.asyncDispose]: () => model.dispose(),
  };
}

function announce(model: Model, { threads }: OptionValues): void {
  for (const warning of model.warnings) warn(warning);
  const { coreCount } = platform;
  if (threads !== undefined && threads > coreCount) {
    const processors = coreCount === 1 ? "1 processor" : `${coreCount} processors`;
    warn(`--threads ${threads} is more than the ${processors} that this process may use: it will be slower`);
  }
  if (threads !== undefined && threads > 1 && model.backend.name === "reference") {
    warn(`--threads ${threads} has no effect: the reference backend computes on one thread`);
  }
}

export function warn(message: string): void {
  process.stderr.write(`${colorsFor(process.stderr).yellow("warning:")} ${printable(message)}\n`);
}
