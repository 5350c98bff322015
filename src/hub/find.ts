/**
 * Finds the path that a name stands for. An existing path always wins. Only a reference with "hf:" may be fetched
 * here; everything else must be there, or is fetched by `pull`.
 */
import { platform } from "#platform";
import { FileError } from "../base/errors.ts";
import { SHIPPED_MODEL } from "../platform/shipped-model.ts";
import { Arrival } from "./arrival.ts";
import { fitsMemory } from "./fit.ts";
import { isLocalModel } from "./local.ts";
import { type PulledModel, type PullOptions, pullEarly, pullPlanned } from "./pull.ts";
import { storedAddress } from "./pull-address.ts";
import { checkTerms, openedPath } from "./pull-repository.ts";
import { formatReference, type HubReference, parseReference, type Reference } from "./reference.ts";
import { chooseFiles } from "./repository/choose.ts";
import { type HubSettings, hubSettings } from "./settings.ts";
import { RepositoryFolder } from "./store/layout.ts";
import { readNotes } from "./store/notes.ts";
import { requireOllama } from "./store/ollama.ts";
import { commitOf, storedFiles } from "./store/snapshots.ts";
import { publicAddress } from "./transfer/request.ts";

export interface FoundModel {
  /** Opens it: a file or a folder. */
  readonly path: string;
  /** What the name means; absent for a path. */
  readonly reference?: Exclude<Reference, { kind: "path" }>;
  /** If it was fetched now. */
  readonly pulled?: PulledModel;
  /** If it is being fetched: `path` can be opened, but not all of it is here. */
  readonly arrival?: Arrival;
}

export interface FindOptions extends PullOptions {
  /** Return as soon as the model can be opened. */
  readonly early?: boolean | undefined;
}

/** @throws like `pull`; FileError for a name that stands for nothing. A path that does not exist is returned as it is. */
export async function findModel(name: string, options: FindOptions = {}): Promise<FoundModel> {
  if (isLocalModel(name)) return { path: name };
  const settings = await hubSettings(options.settings);
  const { aliases } = await readNotes(settings);
  const reference = parseReference(aliases[name] ?? name, settings.endpoint);
  switch (reference.kind) {
    case "hub":
      return findRepository(reference, settings, options);
    case "url":
      return { reference, path: await requireAddress(reference.url, settings) };
    case "ollama": {
      const { path } = await requireOllama(settings.ollamaFolder, reference.name, reference.tag);
      return { reference, path };
    }
    case "torrent":
      return { reference, path: await requireTorrent(reference.source, settings) };
    case "path":
      return { path: await namedPath(reference.path) };
  }
}

/** The model of the package by its name, with or without the ending. */
async function namedPath(name: string): Promise<string> {
  if (name !== SHIPPED_MODEL && `${name}.gguf` !== SHIPPED_MODEL) return name;
  return platform.shippedModel();
}

async function findRepository(
  reference: HubReference,
  settings: HubSettings,
  options: FindOptions,
): Promise<FoundModel> {
  const stored = await findStored(reference, settings);
  if (stored !== undefined) {
    const { folder, commit, path, hasTerms } = stored;
    // What another program fetched may have no card and no licence.
    if (hasTerms) await checkTerms(folder, commit, settings, options.acceptLicence);
    return { reference, path };
  }
  if (settings.offline) throw notFetched(formatReference(reference));
  const { early, ...rest } = options;
  const found = await (early === true ? pullEarly : pullPlanned)(reference, settings, rest);
  return found instanceof Arrival
    ? { reference, path: found.path, arrival: found }
    : { reference, path: found.path, pulled: found };
}

export interface StoredReference {
  readonly path: string;
  readonly folder: RepositoryFolder;
  readonly commit: string;
  /** Whether card or licence are there. */
  readonly hasTerms: boolean;
}

/** A reference whose files are all in the store; undefined if they are not. */
export async function findStored(
  { id, revision, select }: HubReference,
  settings: HubSettings,
): Promise<StoredReference | undefined> {
  const folder = new RepositoryFolder(settings.cacheFolder, id);
  const commit = await commitOf(folder, revision);
  if (commit === undefined) return undefined;
  const files = await storedFiles(folder, commit);
  try {
    const { opens, files: chosen, companions } = chooseFiles(files, { id, select, fits: fitsMemory });
    if (!isComplete(chosen)) return undefined;
    return { path: openedPath(folder, commit, opens), folder, commit, hasTerms: companions.length > 0 };
  } catch {
    return undefined;
  }
}

/** Whether every shard that the names count is there. The index of shards alone is not a model. */
function isComplete(files: readonly { readonly name: string }[]): boolean {
  const counts = files.flatMap(({ name }) => {
    const [, count] = /-\d{5}-of-(\d{5})\.(?:safetensors|bin)$/.exec(name) ?? [];
    return count === undefined ? [] : [Number(count)];
  });
  const hasIndex = files.some(({ name }) => name.endsWith(".index.json"));
  return hasIndex ? counts.length > 0 && counts.length === counts[0] : true;
}

async function requireAddress(url: string, settings: HubSettings): Promise<string> {
  const stored = await storedAddress(settings, url);
  if (stored !== undefined) return stored.path;
  throw notFetched(publicAddress(url));
}

async function requireTorrent(source: string, settings: HubSettings): Promise<string> {
  // Loaded on use: most processes need no torrents.
  const { storedTorrent } = await import("./pull-torrent.ts");
  const stored = await storedTorrent(source, settings);
  if (stored !== undefined) return stored;
  throw notFetched(source.slice(0, 80));
}

function notFetched(name: string): FileError {
  return new FileError({
    doing: `open "${name}"`,
    expected: "a model in the store",
    found: "one that was not fetched",
    fix: `fetch it first: cria pull "${name}"`,
  });
}
