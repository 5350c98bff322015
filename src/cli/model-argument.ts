/** MODEL and TEXT of `run` and `chat`: as arguments, or MODEL as -m. Names that are not paths get a remedy. */
import { FileError, RequestError } from "../base/errors.ts";
import { platform } from "../platform/node.ts";
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

const DOWNLOAD =
  "download a GGUF file or the repository first, then name its path: README.md, “Where models come from”";

/** Common arguments that are not paths. */
const OTHERS: readonly (readonly [pattern: RegExp, what: string, fix: (name: string) => string])[] = [
  [/^https?:\/\//i, "an address", (name) => `Cria opens files: curl -LO ${name} and name the file`],
  [/^(hf|huggingface|ollama|docker|oci|s3):/i, "an address", () => DOWNLOAD],
  [
    /^[\w.-]+\/[\w.-]+(:[\w.-]+)?$/,
    "no such file; it looks like a repository of Hugging Face",
    (name) => `hf download ${name.split(":")[0]} --local-dir ${name.split(/[/:]/)[1]} and name the folder`,
  ],
  [/^[\w.-]+:[\w.-]+$/, "no such file; it looks like a model of Ollama", () => DOWNLOAD],
];

/** @throws FileError for addresses and names of repositories. */
export function checkModelPath(path: string): void {
  if (platform.status(path) !== undefined || /\.(gguf|bin|pth|pt|safetensors|model|json)$/i.test(path)) {
    if (!/^\w+:\/\//.test(path)) return;
  }
  const found = OTHERS.find(([pattern]) => pattern.test(path));
  if (found === undefined) return;
  const [, what, fix] = found;
  throw new FileError({ doing: `open "${path}"`, expected: "a file or folder", found: what, fix: fix(path) });
}
