/** Models by name, for programs: which are on this machine, and removing, verifying and finding them. */
import {
  type FoundRepository,
  HubClient,
  type HubSettings,
  hubSettings,
  listStore,
  pruneStore,
  type Removal,
  removeFromStore,
  type StoredModel,
  type VerifyOptions,
  type VerifyReport,
  verifyStore,
} from "../hub/index.ts";

/** Overrides of the environment: where the store and the hub are, and the token. */
export interface StoreOptions {
  readonly settings?: Partial<HubSettings> | undefined;
}

/** The models on this machine, sorted by reference: fetched by Cria, by Hugging Face's programs, or by Ollama. */
export async function listModels(options: StoreOptions = {}): Promise<StoredModel[]> {
  return listStore(await hubSettings(options.settings));
}

/**
 * Removes a quantisation (`hf:owner/repo:Q8_0`), a repository (`hf:owner/repo`), a file from an address, or an alias.
 * @throws RequestError for what is not in the store, and for files outside it.
 */
export async function removeModel(name: string, options: StoreOptions = {}): Promise<Removal> {
  return removeFromStore(name, await hubSettings(options.settings));
}

/** Compares the store's files with their checksums. */
export async function verifyModels(options: StoreOptions & VerifyOptions = {}): Promise<VerifyReport> {
  const { settings, ...rest } = options;
  return verifyStore(await hubSettings(settings), rest);
}

/** Removes commits that no branch names any more, blobs without a link, and unfinished transfers. */
export async function pruneModels(options: StoreOptions = {}): Promise<Removal> {
  return pruneStore(await hubSettings(options.settings));
}

export interface SearchOptions extends StoreOptions {
  /** Most results. Default 20. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Repositories of the hub with GGUF files whose names match, most fetched first. */
export async function searchModels(words: string, options: SearchOptions = {}): Promise<FoundRepository[]> {
  const { settings, limit = 20, signal } = options;
  return new HubClient(await hubSettings(settings)).search(words, limit, signal);
}
