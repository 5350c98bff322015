/** A repository's models with what each takes of disk and memory, before any of them is fetched. */

import { CriaError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { configFromGguf } from "../config/gguf.ts";
import { configFromHf } from "../config/hf.ts";
import { kvCacheBytesPerToken } from "../config/parameters.ts";
import { openGguf } from "../formats/gguf/index.ts";
import { readJsonSource } from "../formats/hf/index.ts";
import { defaultContext } from "../model/limits.ts";
import { fitsMemory, memoryNeed } from "./fit.ts";
import type { Plan } from "./pull-repository.ts";
import { readRemote } from "./remote-file.ts";
import { type GgufModel, ggufModels } from "./repository/choose.ts";
import { HubClient, type RepositoryFile } from "./repository/client.ts";
import { refusal } from "./repository/refusals.ts";
import type { HubSettings } from "./settings.ts";

export interface QuantisationRow {
  readonly label: string;
  /** The first file. */
  readonly file: string;
  readonly fileCount: number;
  readonly byteLength: number;
  /** Weights, cache of one text of `context` tokens, and the engine's own. */
  readonly memoryBytes: number;
  readonly fits: boolean;
  /** What a reference without a quantisation, or the given one, means. */
  readonly chosen: boolean;
}

export interface QuantisationTable {
  readonly rows: readonly QuantisationRow[];
  /** Tokens that the cache is computed for; undefined if the configuration cannot be read. */
  readonly context: number | undefined;
}

const MAX_CONFIG_BYTES = 1 << 20;
/** Bytes of a value of the cache: F16, the default for models that are not of F32. */
const CACHE_VALUE_BYTES = 2;

export async function quantisationTable(
  plan: Plan,
  settings: HubSettings,
  asked: { readonly context?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<QuantisationTable> {
  const models = ggufModels(plan.files);
  const config = await remoteConfig(plan, models, settings, asked.signal);
  const context = config === undefined ? undefined : (asked.context ?? defaultContext(config));
  const cache = config === undefined ? 0 : kvCacheBytesPerToken(config, CACHE_VALUE_BYTES) * (context ?? 0);
  const { selection } = plan;
  const row = (label: string, files: readonly RepositoryFile[], byteLength: number): QuantisationRow => ({
    label,
    file: files[0].name,
    fileCount: files.length,
    byteLength,
    memoryBytes: memoryNeed(byteLength, cache),
    fits: fitsMemory(byteLength, cache),
    chosen: selection.files.includes(files[0]),
  });
  const rows = models.map(({ label, files, byteLength }) => row(label ?? files[0].name, files, byteLength));
  if (rows.length === 0) rows.push(row(selection.label, selection.files, selection.weightBytes));
  return { rows, context };
}

/** From config.json if there is one, else from the header of the smallest GGUF file; undefined if Cria cannot run it. */
async function remoteConfig(
  { info, files }: Plan,
  models: readonly GgufModel<RepositoryFile>[],
  settings: HubSettings,
  signal: AbortSignal | undefined,
): Promise<ModelConfig | undefined> {
  const hub = new HubClient(settings);
  const json = files.find(({ name, byteLength }) => name === "config.json" && byteLength <= MAX_CONFIG_BYTES);
  const file = json ?? models[0]?.files[0];
  if (file === undefined) return undefined;
  const remote = {
    ...file,
    client: hub.client,
    url: hub.address(info.id, info.commit, file.name),
    refusal: (answer: Parameters<typeof refusal>[1]) =>
      refusal(`read "${file.name}" of "${info.id}"`, answer, settings.token !== undefined),
  };
  try {
    const { result } = await readRemote(
      remote,
      (source) =>
        json === undefined
          ? ggufConfig(openGguf(source, { allShards: false }), file.name)
          : configFromHf(readJsonSource(source, { maxLength: MAX_CONFIG_BYTES }), file.name),
      signal,
    );
    return result;
  } catch (error) {
    if (error instanceof CriaError && error.code !== "NETWORK") return undefined;
    throw error;
  }
}

/** Sizes need no tensor: rotary divisors and the like are left out. */
function ggufConfig({ metadata, tensors }: ReturnType<typeof openGguf>, name: string): ModelConfig {
  return configFromGguf(
    metadata,
    {
      has: (tensor) => tensor !== "rope_freqs.weight" && tensors.has(tensor),
      shape: (tensor) => tensors.get(tensor)?.shape,
      floats: () => new Float32Array(0),
    },
    name,
  );
}
