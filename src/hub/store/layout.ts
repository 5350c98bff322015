/**
 * The layout of Hugging Face's cache (huggingface_hub, "Understand caching"):
 *
 *     CACHE/models--OWNER--NAME/
 *       refs/main                    the commit that a branch or tag named when it was fetched
 *       snapshots/COMMIT/FILE        a link to its blob, or the file itself where links do not work
 *       blobs/ETAG                   the bytes: SHA-256 for large files, git's SHA-1 for small ones
 *       blobs/ETAG.cria-part         bytes that have arrived so far; ours, other programs ignore it
 *     CACHE/.locks/models--OWNER--NAME/ETAG.cria.lock
 */
import { platform } from "#platform";
import { assert } from "../../base/errors.ts";
import { isCommit, isRepositoryId, isRevision, isSafeName } from "../safe-names.ts";

const PREFIX = "models--";
const PART_SUFFIX = ".cria-part";

/** Names of blobs: the checksum that the hub promises. */
export const isBlobName = (name: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name);

export class RepositoryFolder {
  readonly id: string;
  readonly path: string;
  readonly #locks: string;

  constructor(cacheFolder: string, id: string) {
    assert(isRepositoryId(id), `"${id}" is a repository`);
    const name = PREFIX + id.replaceAll("/", "--");
    this.id = id;
    this.path = platform.join(cacheFolder, name);
    this.#locks = platform.join(cacheFolder, ".locks", name);
  }

  ref(revision: string): string {
    assert(isRevision(revision), `"${revision}" is a revision`);
    return platform.join(this.path, "refs", revision);
  }

  get refs(): string {
    return platform.join(this.path, "refs");
  }

  get snapshots(): string {
    return platform.join(this.path, "snapshots");
  }

  get blobs(): string {
    return platform.join(this.path, "blobs");
  }

  snapshot(commit: string): string {
    assert(isCommit(commit), `"${commit}" is a commit`);
    return platform.join(this.snapshots, commit);
  }

  file(commit: string, name: string): string {
    assert(isSafeName(name), `"${name}" stays in its folder`);
    return platform.join(this.snapshot(commit), ...name.split("/"));
  }

  blob(etag: string): string {
    assert(isBlobName(etag), `"${etag}" is a checksum`);
    return platform.join(this.blobs, etag);
  }

  part(etag: string): string {
    return this.blob(etag) + PART_SUFFIX;
  }

  lock(etag: string): string {
    assert(isBlobName(etag), `"${etag}" is a checksum`);
    return platform.join(this.#locks, `${etag}.cria.lock`);
  }
}

/** The blob that a part in `blobs/` belongs to. */
export const blobOfPart = (name: string): string | undefined =>
  name.endsWith(PART_SUFFIX) ? name.slice(0, -PART_SUFFIX.length) : undefined;

/** The repository whose folder has this name; undefined for other folders. */
export function repositoryOf(folderName: string): string | undefined {
  if (!folderName.startsWith(PREFIX)) return undefined;
  const id = folderName.slice(PREFIX.length).replaceAll("--", "/");
  return isRepositoryId(id) ? id : undefined;
}
