/** Loads a model for a verb and prints warnings for the user to stderr. */
import { type LoadOptions, load, type loadForText } from "../library/load.ts";
import type { Model } from "../library/model.ts";
import { platform } from "../platform/node.ts";
import { colorsFor } from "./colors.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { licenceAnswer } from "./licence-prompt.ts";
import { checkModelPath, choiceText, resolveModel, say } from "./model-argument.ts";
import { progressBar } from "./progress.ts";
import type { WaitingNote } from "./stream.ts";
import { printable } from "./text.ts";
import { transferBar } from "./transfer-bar.ts";
import { loadOptions, type OptionValues } from "./values.ts";

export interface Session extends AsyncDisposable {
  readonly model: Model;
  readonly path: string;
  readonly loadSeconds: number;
}

export async function openSession(path: string, values: OptionValues): Promise<Session> {
  const found = await resolveModel(path, values);
  return startSession(path, found, values, {});
}

/** A session whose model may still be arriving. */
export interface EarlySession extends Session {
  /** What is shown until the first token: the transfer. Undefined if the model is here. */
  readonly note: WaitingNote | undefined;
  /** Waits until the file is complete and verified. Returns at the signal; the transfer then ends with the session. */
  finish(signal: AbortSignal): Promise<void>;
}

/**
 * Starts with a model while it is fetched, where that is possible.
 * @param loadModel `loadForText` if the session only continues a text.
 */
export async function openEarlySession(
  name: string,
  values: OptionValues,
  loadModel: typeof loadForText = load,
): Promise<EarlySession> {
  checkModelPath(name);
  using interrupt = listenForInterrupt();
  const bar = transferBar(values);
  let isFetching = false;
  let isShown = true;
  const session = await startSession(
    name,
    name,
    values,
    {
      early: true,
      acceptLicence: licenceAnswer(values),
      signal: interrupt.signal,
      onPlan: (plan) => say(choiceText(plan), values),
      onProgress: (_done, _total, _step, transfer) => {
        if (transfer === undefined) return;
        isFetching = true;
        if (isShown) bar.update(transfer);
      },
    },
    loadModel,
  ).catch((error) => {
    bar.stop();
    throw error;
  });
  // The rest of the transfer must not draw into the text.
  const clear = (): void => {
    isShown = false;
    bar.stop();
  };
  return {
    ...session,
    note: isFetching ? { clear } : undefined,
    async finish(signal) {
      if (signal.aborted) return clear();
      isShown = true;
      const stopped = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      await Promise.race([session.model.arrived, stopped]).finally(bar.stop);
    },
  };
}

/**
 * @param path what the user named.
 * @param found what is opened.
 */
async function startSession(
  path: string,
  found: string,
  values: OptionValues,
  options: LoadOptions,
  loadModel: typeof loadForText = load,
): Promise<Session> {
  const from = performance.now();
  const bar = progressBar(values, "loading ");
  const onProgress: LoadOptions["onProgress"] = (done, total, step, transfer) => {
    if (step === "prepare") bar.update(done, total);
    options.onProgress?.(done, total, step, transfer);
  };
  const acceptLicence = licenceAnswer(values); // of a draft, too
  const given = { ...loadOptions(values), acceptLicence, ...options, onProgress };
  const model = await loadModel(found, given).finally(bar.stop);
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
