/** The repositories, commits and files of Hugging Face's cache, whoever fetched them. */
import { platform } from "#platform";
import { isCommit, isRevision, isSafeName } from "../safe-names.ts";
import { RepositoryFolder, repositoryOf } from "./layout.ts";

export interface StoredFile {
  readonly name: string;
  readonly byteLength: number;
  /** The file with the bytes: a blob, or the entry itself where links do not work. */
  readonly path: string;
  readonly modified: number;
}

export interface StoredSnapshot {
  readonly id: string;
  readonly commit: string;
  /** Branches and tags that name the commit. */
  readonly revisions: readonly string[];
  readonly folder: string;
  readonly files: readonly StoredFile[];
}

const MAX_REF_BYTES = 256;
/** Deeper folders and further files are ignored: a cache has few of both. */
const MAX_DEPTH = 8;
const MAX_FILES = 100_000;

/** The commit that a revision named when it was fetched last; undefined if it never was. */
export async function commitOf(folder: RepositoryFolder, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const text = await platform.disk.readText(folder.ref(revision), MAX_REF_BYTES);
  const commit = text?.trim() ?? "";
  return isCommit(commit) ? commit : undefined;
}

/** The files of a commit that are there. Links without a target do not count. */
export async function storedFiles(folder: RepositoryFolder, commit: string): Promise<StoredFile[]> {
  return filesIn(folder.snapshot(commit), "", 0);
}

async function filesIn(root: string, prefix: string, depth: number): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const entry of await platform.disk.list(platform.join(root, prefix))) {
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (!isSafeName(name) || files.length > MAX_FILES) continue;
    const path = platform.join(root, ...name.split("/"));
    if (entry.kind === "folder" && !entry.isLink && depth < MAX_DEPTH) {
      files.push(...(await filesIn(root, name, depth + 1)));
    }
    if (entry.kind !== "file") continue;
    const target = entry.isLink ? await platform.disk.linkTarget(path) : path;
    files.push({ name, byteLength: entry.byteLength, path: target ?? path, modified: entry.modified });
  }
  return files;
}

/** Every branch and tag of a repository with its commit. */
export async function revisionsOf(folder: RepositoryFolder): Promise<Map<string, string>> {
  const names = await refNames(folder.refs, "", 0);
  const pairs = await Promise.all(
    names.filter(isRevision).map(async (name) => [name, await commitOf(folder, name)] as const),
  );
  return new Map(pairs.flatMap(([name, commit]) => (commit === undefined ? [] : [[name, commit]])));
}

async function refNames(root: string, prefix: string, depth: number): Promise<string[]> {
  const names: string[] = [];
  for (const { name, kind } of await platform.disk.list(platform.join(root, prefix))) {
    const whole = prefix === "" ? name : `${prefix}/${name}`;
    if (kind === "file") names.push(whole);
    else if (depth < MAX_DEPTH) names.push(...(await refNames(root, whole, depth + 1)));
  }
  return names;
}

/** All repositories in a cache, sorted by name. */
export async function storedRepositories(cacheFolder: string): Promise<RepositoryFolder[]> {
  const entries = await platform.disk.list(cacheFolder);
  return entries.flatMap(({ name, kind }) => {
    const id = kind === "folder" ? repositoryOf(name) : undefined;
    return id === undefined ? [] : [new RepositoryFolder(cacheFolder, id)];
  });
}

/** All commits of a repository that have files. */
export async function storedSnapshots(folder: RepositoryFolder): Promise<StoredSnapshot[]> {
  const revisions = await revisionsOf(folder);
  const snapshots: StoredSnapshot[] = [];
  for (const { name: commit, kind } of await platform.disk.list(folder.snapshots)) {
    if (kind !== "folder" || !isCommit(commit)) continue;
    const files = await storedFiles(folder, commit);
    const named = [...revisions].flatMap(([revision, at]) => (at === commit ? [revision] : []));
    if (files.length > 0) {
      snapshots.push({ id: folder.id, commit, revisions: named, folder: folder.snapshot(commit), files });
    }
  }
  return snapshots;
}
