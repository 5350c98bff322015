/** Puts a blob into a snapshot, by the rule of huggingface_hub (file_download.py, _create_symlink). */
import { platform } from "#platform";
import type { RepositoryFolder } from "./layout.ts";

/**
 * A relative link to the blob. Where links do not work, a new blob moves into the snapshot, and an old one, which
 * another snapshot may use, is copied.
 */
export async function placeFile(
  folder: RepositoryFolder,
  commit: string,
  name: string,
  etag: string,
): Promise<void> {
  const { disk } = platform;
  const blob = folder.blob(etag);
  const path = folder.file(commit, name);
  if (await disk.canLink(folder.path)) {
    if ((await disk.linkTarget(path)) !== blob) await disk.link(blob, path);
    return;
  }
  const there = await disk.entry(path);
  const found = await disk.entry(blob);
  if (found === undefined || (there !== undefined && there.byteLength === found.byteLength)) return;
  await disk.rename(blob, path);
}
