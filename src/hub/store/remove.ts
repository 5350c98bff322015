/** Removes models from the store, and what nothing refers to any more. */
import { platform } from "#platform";
import { RequestError } from "../../base/errors.ts";
import { addressPlace } from "../pull-address.ts";
import { type HubReference, parseReference } from "../reference.ts";
import { chooseFiles } from "../repository/choose.ts";
import type { HubSettings } from "../settings.ts";
import { publicAddress } from "../transfer/request.ts";
import { bytesBelow } from "./folder-size.ts";
import { blobOfPart, isBlobName, RepositoryFolder } from "./layout.ts";
import { changeNotes, readNotes } from "./notes.ts";
import { commitOf, revisionsOf, storedFiles, storedRepositories, storedSnapshots } from "./snapshots.ts";

export interface Removal {
  /** What was removed, in words: paths, or "the alias NAME". */
  readonly removed: readonly string[];
  /** On the disk. */
  readonly freedBytes: number;
}

/**
 * Removes an alias; else what a reference names: one quantisation or file if it names one, else the whole repository.
 * @throws RequestError for what is not Cria's to remove, or not there.
 */
export async function removeFromStore(name: string, settings: HubSettings): Promise<Removal> {
  const { aliases } = await readNotes(settings);
  if (Object.hasOwn(aliases, name)) return removeAlias(name, settings);
  const reference = parseReference(name, settings.endpoint);
  if (reference.kind === "hub") return removeFromHub(name, reference, settings);
  if (reference.kind === "url") return removeAddress(reference.url, settings);
  if (reference.kind === "torrent") return removeTorrent(reference.source, settings);
  throw new RequestError({
    doing: `remove "${name.slice(0, 200)}"`,
    expected: "an alias, or a reference that cria list shows",
    found: reference.kind === "ollama" ? "a model of Ollama, whose store is only read" : "something else",
    fix: reference.kind === "ollama" ? "use Ollama to remove it" : "remove files of your own yourself",
  });
}

async function removeAlias(name: string, settings: HubSettings): Promise<Removal> {
  await changeNotes(settings, ({ aliases: { [name]: _, ...aliases }, ...rest }) => ({ ...rest, aliases }));
  return { removed: [`the alias ${name}`], freedBytes: 0 };
}

function notThere(name: string): RequestError {
  return new RequestError({
    doing: `remove "${name.slice(0, 200)}"`,
    expected: "a model in the store",
    found: "none of this name",
    fix: "cria list shows what is there",
  });
}

async function removeAddress(url: string, settings: HubSettings): Promise<Removal> {
  const { folder } = addressPlace(settings, url, "");
  const files = await platform.disk.list(folder);
  if (files.length === 0) throw notThere(publicAddress(url));
  await platform.disk.remove(folder);
  return { removed: [folder], freedBytes: files.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

async function removeTorrent(source: string, { ownFolder }: HubSettings): Promise<Removal> {
  const { infoHashOf } = await import("../torrent/index.ts");
  const folder = platform.join(ownFolder, "torrents", await infoHashOf(source));
  const files = await platform.disk.list(folder);
  if (files.length === 0) throw notThere(source);
  const freedBytes = await bytesBelow(folder);
  await platform.disk.remove(folder);
  return { removed: [folder], freedBytes };
}

async function removeFromHub(name: string, reference: HubReference, settings: HubSettings): Promise<Removal> {
  const folder = new RepositoryFolder(settings.cacheFolder, reference.id);
  if ((await platform.disk.entry(folder.path)) === undefined) throw notThere(name);
  if (reference.select === undefined) return removeRepository(folder);
  const commit = await commitOf(folder, reference.revision);
  if (commit === undefined) throw notThere(name);
  const files = await storedFiles(folder, commit);
  const { id, select } = reference;
  const chosen = chooseFiles(files, { id, select, fits: () => true }).files;
  // Card and licence stay while another model of the repository does.
  const isModel = (file: { readonly name: string }) => /\.(gguf|safetensors|bin|pth)$/i.test(file.name);
  const kept = files.filter((file) => !chosen.includes(file));
  if (!kept.some(isModel)) return removeRepository(folder, commit);
  const gone = chosen.filter(isModel);
  for (const file of gone) await platform.disk.remove(folder.file(commit, file.name));
  const { freedBytes } = await removeUnused(folder);
  return { removed: gone.map((file) => folder.file(commit, file.name)), freedBytes };
}

/** Everything of a repository, or what belongs to one commit alone. */
async function removeRepository(folder: RepositoryFolder, commit?: string): Promise<Removal> {
  const others = (await storedSnapshots(folder)).filter((snapshot) => snapshot.commit !== commit);
  if (commit === undefined || others.length === 0) {
    const freedBytes = await bytesBelow(folder.blobs);
    await platform.disk.remove(folder.path);
    return { removed: [folder.path], freedBytes };
  }
  await platform.disk.remove(folder.snapshot(commit));
  for (const [revision, at] of await revisionsOf(folder)) {
    if (at === commit) await platform.disk.remove(folder.ref(revision));
  }
  const { freedBytes } = await removeUnused(folder);
  return { removed: [folder.snapshot(commit)], freedBytes };
}

/** Blobs that no snapshot links to. Parts stay: they are continued. */
async function removeUnused(folder: RepositoryFolder, alsoParts = false): Promise<Removal> {
  const used = new Set<string>();
  for (const { files } of await storedSnapshots(folder)) {
    for (const { path } of files) used.add(platform.baseName(path));
  }
  const removed: string[] = [];
  let freedBytes = 0;
  for (const { name, byteLength } of await platform.disk.list(folder.blobs)) {
    const etag = isBlobName(name) ? name : (blobOfPart(name.replace(/\.log$/, "")) ?? name);
    const isUnused = isBlobName(name) ? !used.has(name) : alsoParts && isBlobName(etag);
    if (!isUnused) continue;
    // A blob of a pull that is going on has no link yet.
    const unlock = await platform.disk.lock(folder.lock(etag));
    const path = platform.join(folder.blobs, name);
    await platform.disk.remove(path);
    await unlock();
    removed.push(path);
    freedBytes += byteLength;
  }
  return { removed, freedBytes };
}

/**
 * Removes what no branch or tag names any more, blobs without a link, and parts of transfers that were given up. A
 * transfer that is going on is waited for.
 */
export async function pruneStore(settings: HubSettings): Promise<Removal> {
  const removed: string[] = [];
  let freedBytes = 0;
  for (const folder of await storedRepositories(settings.cacheFolder)) {
    const named = new Set((await revisionsOf(folder)).values());
    if (named.size > 0) {
      for (const { commit } of await storedSnapshots(folder)) {
        if (named.has(commit)) continue;
        await platform.disk.remove(folder.snapshot(commit));
        removed.push(folder.snapshot(commit));
      }
    }
    const unused = await removeUnused(folder, true);
    removed.push(...unused.removed);
    freedBytes += unused.freedBytes;
  }
  return { removed, freedBytes };
}
