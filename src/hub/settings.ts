/**
 * Where models come from and where they are kept: the environment variables of Hugging Face's programs, with the same
 * defaults, so that all of them share one store (huggingface_hub, constants.py). CRIA_HOME is the folder of Cria's own
 * notes: aliases, accepted licences, files of plain addresses.
 */
import { platform } from "#platform";
import { RequestError } from "../base/errors.ts";
import type { Platform } from "../platform/platform.ts";

export interface HubSettings {
  /** Hugging Face's cache of models: HF_HUB_CACHE. */
  readonly cacheFolder: string;
  /** Cria's own folder: CRIA_HOME. */
  readonly ownFolder: string;
  /** Ollama's store, which is only read: OLLAMA_MODELS. */
  readonly ollamaFolder: string;
  /** Without a slash at its end: HF_ENDPOINT. */
  readonly endpoint: string;
  /** HF_TOKEN. Sent to `endpoint` only. */
  readonly token: string | undefined;
  /** HF_HUB_OFFLINE: no request is made. */
  readonly offline: boolean;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";
const MAX_TOKEN_BYTES = 4096;
const TRUE = new Set(["1", "on", "yes", "true"]);

/** The settings of the environment, with those that the caller overrides. */
export async function hubSettings(
  overrides: Partial<HubSettings> = {},
  machine: Pick<Platform, "environment" | "homeFolder" | "join" | "disk"> = platform,
): Promise<HubSettings> {
  const { join } = machine;
  const read = (...names: string[]): string | undefined =>
    names.map((name) => machine.environment(name)).find((value) => value !== undefined && value !== "");
  const home = machine.homeFolder ?? "";
  const hfHome = read("HF_HOME") ?? join(read("XDG_CACHE_HOME") ?? join(home, ".cache"), "huggingface");
  const offline = read("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") ?? "";
  const endpoint = checkEndpoint(overrides.endpoint ?? read("HF_ENDPOINT") ?? DEFAULT_ENDPOINT);
  // The stored token belongs to Hugging Face; another server gets only a token that was named for this use.
  const isDefault = endpoint === DEFAULT_ENDPOINT;
  return {
    cacheFolder:
      overrides.cacheFolder ?? read("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? join(hfHome, "hub"),
    ownFolder:
      overrides.ownFolder ??
      read("CRIA_HOME") ??
      join(read("XDG_DATA_HOME") ?? join(home, ".local", "share"), "cria"),
    ollamaFolder: overrides.ollamaFolder ?? read("OLLAMA_MODELS") ?? join(home, ".ollama", "models"),
    endpoint,
    token:
      "token" in overrides
        ? overrides.token
        : (read("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ??
          (isDefault
            ? await storedToken(read("HF_TOKEN_PATH") ?? join(hfHome, "token"), machine)
            : undefined)),
    offline: overrides.offline ?? TRUE.has(offline.toLowerCase()),
  };
}

/** The token that `hf auth login` stored. */
async function storedToken(path: string, machine: Pick<Platform, "homeFolder" | "disk">) {
  if (machine.homeFolder === undefined) return undefined;
  const text = await machine.disk.readText(path, MAX_TOKEN_BYTES);
  return text?.trim() || undefined;
}

function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return text.replace(/\/+$/, "");
  throw new RequestError({
    doing: "use HF_ENDPOINT",
    expected: `an address as ${DEFAULT_ENDPOINT}`,
    found: JSON.stringify(text.slice(0, 80)),
  });
}
