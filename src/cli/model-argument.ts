/**
 * MODEL and TEXT of commands. MODEL is a path or a reference; `resolveModel` is the one place where a command turns it
 * into a path, and fetches it if it may. Names that are neither get a remedy.
 */
import { FileError, RequestError } from "../base/errors.ts";
import { fitsMemory } from "../hub/fit.ts";
import type { PulledModel } from "../hub/pull.ts";
import type { Plan } from "../hub/pull-repository.ts";
import { parseReference } from "../hub/reference.ts";
import { platform } from "../platform/node.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { licenceAnswer } from "./licence-prompt.ts";
import { formatBytes, printable } from "./text.ts";
import { transferBar } from "./transfer-bar.ts";
import type { OptionValues } from "./values.ts";

export interface ModelAndText {
  readonly path: string;
  readonly text: string | undefined;
}

/** The model of the package; undefined where it is not there. */
export async function shippedModel(): Promise<string | undefined> {
  const path = await platform.shippedModel();
  return platform.status(path) === undefined ? undefined : path;
}

/** @throws RequestError without a model, if there is none to fall back to. */
export function modelAndText(
  args: readonly string[],
  { model }: OptionValues,
  fallback?: string,
): ModelAndText {
  const [path = fallback, ...words] = model === undefined ? args : [model, ...args];
  if (path === undefined) {
    throw new RequestError({
      doing: "start",
      expected: "a model",
      found: "none",
      fix: "name a file or folder: cria run model.gguf",
    });
  }
  return { path, text: words.length === 0 ? undefined : words.join(" ") };
}

/** Common arguments that are neither paths nor references. */
const OTHERS: readonly (readonly [pattern: RegExp, what: string, fix: (name: string) => string])[] = [
  [
    /^(huggingface|docker|oci|s3|gs|ftp):/i,
    "an address of a kind that Cria does not fetch",
    () => "use hf:owner/repo, or an https: address with cria pull",
  ],
  [
    /^[\w.-]+\/[\w.-]+(:[\w.-]+)?$/,
    "no such file; it looks like a repository of Hugging Face",
    (name) => `write hf:${name}`,
  ],
  [
    /^[\w.-]+:[\w.-]+$/,
    "no such file; it looks like a model of Ollama",
    (name) => `write ollama:${name} if Ollama has it, or hf:owner/repo`,
  ],
];

/** @throws FileError for names that are neither paths nor references; RequestError for malformed references. */
export function checkModelPath(name: string): void {
  if (platform.status(name) !== undefined || /\.(gguf|bin|pth|pt|safetensors|model|json)$/i.test(name))
    return;
  if (parseReference(name).kind !== "path") return;
  const found = OTHERS.find(([pattern]) => pattern.test(name));
  if (found === undefined) return;
  const [, what, fix] = found;
  throw new FileError({ doing: `open "${name}"`, expected: "a file or folder", found: what, fix: fix(name) });
}

/** The path of a model that a command was given. Fetches `hf:` references that are not here; Ctrl-C keeps what came. */
export async function resolveModel(name: string, values: OptionValues): Promise<string> {
  checkModelPath(name);
  if (platform.status(name) !== undefined) return name;
  using interrupt = listenForInterrupt();
  const bar = transferBar(values);
  try {
    const { findModel } = await import("../hub/find.ts");
    const { path } = await findModel(name, {
      signal: interrupt.signal,
      acceptLicence: licenceAnswer(values),
      onPlan: (plan) => say(choiceText(plan), values),
      onProgress: bar.update,
    });
    return path;
  } finally {
    bar.stop();
  }
}

/** Prints a line about what happens to stderr. */
export function say(text: string, { quiet, json }: OptionValues): void {
  if (quiet !== true && json !== true) process.stderr.write(`${printable(text)}\n`);
}

/** Which files are fetched and why, and whether they fit: one line, the same everywhere. */
export function choiceText({ info, selection }: Plan): string {
  const { label, reason, files, weightBytes } = selection;
  const bytes = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const fit = fitsMemory(weightBytes) ? "" : "; it needs more memory than this machine has";
  const licence = info.license === undefined ? "" : `, licence ${info.license}`;
  return `${info.id}: ${label} (${reason}), ${formatBytes(bytes)}${licence}${fit}`;
}

/** What a pull brought. */
export function pulledText({ receivedBytes, byteLength, path }: PulledModel): string {
  const how = receivedBytes === 0 ? "is there already" : `fetched ${formatBytes(receivedBytes)}`;
  return `${path}: ${formatBytes(byteLength)}, ${how}, verified`;
}
