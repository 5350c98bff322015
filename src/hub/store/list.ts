/** What is in the store: models of the hub's cache, of plain addresses, and of Ollama. */
import { platform } from "#platform";
import { DEFAULT_REVISION, formatReference } from "../reference.ts";
import { chooseFiles, ggufModels } from "../repository/choose.ts";
import type { HubSettings } from "../settings.ts";
import { readAddressNote } from "./addresses.ts";
import { bytesBelow } from "./folder-size.ts";
import { readNotes } from "./notes.ts";
import { listOllama } from "./ollama.ts";
import { type StoredSnapshot, storedRepositories, storedSnapshots } from "./snapshots.ts";

export interface StoredModel {
  /** Names the model in every command. */
  readonly reference: string;
  readonly source: "hub" | "address" | "torrent" | "ollama";
  /** "Q4_K_M", "safetensors"; a file's name if it states none. */
  readonly label: string;
  /** Opens it. */
  readonly path: string;
  readonly byteLength: number;
  /** Of the newest file, in milliseconds since 1970. */
  readonly modified: number;
  readonly aliases: readonly string[];
}

/** Sorted by reference. */
export async function listStore(settings: HubSettings): Promise<StoredModel[]> {
  const { aliases } = await readNotes(settings);
  const models = [
    ...(await hubModels(settings)),
    ...(await addressModels(settings)),
    ...(await torrentModels(settings)),
    ...(await ollamaModels(settings)),
  ];
  return models
    .map((model) => ({
      ...model,
      aliases: Object.keys(aliases).filter((alias) => aliases[alias] === model.reference),
    }))
    .sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

type Found = Omit<StoredModel, "aliases">;

async function hubModels({ cacheFolder }: HubSettings): Promise<Found[]> {
  const found: Found[] = [];
  for (const folder of await storedRepositories(cacheFolder)) {
    for (const snapshot of await storedSnapshots(folder)) found.push(...modelsOf(snapshot));
  }
  return found;
}

function modelsOf(snapshot: StoredSnapshot): Found[] {
  const { id, commit, revisions, files, folder } = snapshot;
  const revision = revisions.includes(DEFAULT_REVISION) ? DEFAULT_REVISION : (revisions[0] ?? commit);
  const entry = (label: string, name: string, select: string | undefined, own: typeof files): Found => ({
    reference: formatReference({ kind: "hub", id, revision, ...(select === undefined ? {} : { select }) }),
    source: "hub",
    label,
    path: name === "" ? folder : platform.join(folder, ...name.split("/")),
    byteLength: own.reduce((sum, { byteLength }) => sum + byteLength, 0),
    modified: Math.max(...own.map(({ modified }) => modified)),
  });
  const gguf = ggufModels(files);
  const labels = gguf.map(({ label }) => label);
  const entries = gguf.map((model) => {
    const { name } = model.files[0];
    const isOnly =
      model.label !== undefined && labels.indexOf(model.label) === labels.lastIndexOf(model.label);
    return entry(model.label ?? name, name, isOnly ? model.label : name, model.files);
  });
  if (entries.length > 0) return entries;
  try {
    const { label, opens, files: own } = chooseFiles(files, { id, fits: () => true });
    return [entry(label, opens, undefined, own)];
  } catch {
    return [];
  }
}

async function addressModels({ ownFolder }: HubSettings): Promise<Found[]> {
  const root = platform.join(ownFolder, "addresses");
  const found: Found[] = [];
  for (const { name } of await platform.disk.list(root)) {
    const note = await readAddressNote(platform.join(root, name));
    const path = platform.join(root, name, note?.name ?? "");
    const file = note === undefined ? undefined : await platform.disk.entry(path);
    if (note === undefined || file?.kind !== "file") continue;
    const { byteLength, modified } = file;
    found.push({ reference: note.url, source: "address", label: note.name, path, byteLength, modified });
  }
  return found;
}

/** Folders of hashes; files that are still being fetched have other names. */
async function torrentModels({ ownFolder }: HubSettings): Promise<Found[]> {
  const root = platform.join(ownFolder, "torrents");
  const found: Found[] = [];
  for (const { name: hash } of await platform.disk.list(root)) {
    if (!/^[0-9a-f]{40}$/.test(hash)) continue;
    for (const { name, kind, byteLength, modified } of await platform.disk.list(platform.join(root, hash))) {
      if (name.startsWith(".") || name.endsWith(".part")) continue;
      const path = platform.join(root, hash, name);
      found.push({
        reference: `magnet:?xt=urn:btih:${hash}`,
        source: "torrent",
        label: name,
        path,
        byteLength: kind === "folder" ? await bytesBelow(path) : byteLength,
        modified,
      });
    }
  }
  return found;
}

async function ollamaModels({ ollamaFolder }: HubSettings): Promise<Found[]> {
  return (await listOllama(ollamaFolder)).map(({ name, tag, path, byteLength, modified }) => ({
    reference: formatReference({ kind: "ollama", name, tag }),
    source: "ollama",
    label: tag,
    path,
    byteLength,
    modified,
  }));
}
