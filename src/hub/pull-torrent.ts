/** Torrents as models: fetched into Cria's own folder, by their hash, and found there. Nothing is uploaded. */
import { platform } from "#platform";
import type { PulledModel, PullOptions } from "./pull.ts";
import { isOffline } from "./repository/client.ts";
import type { HubSettings } from "./settings.ts";
import { downloadTorrent, infoHashOf } from "./torrent/index.ts";

/** @param source a magnet link, or the path of a .torrent file. */
export async function pullTorrent(
  source: string,
  settings: HubSettings,
  { signal, onProgress, allowLocal = false }: PullOptions,
): Promise<PulledModel> {
  if (settings.offline) throw isOffline(`pull "${source.slice(0, 80)}"`);
  const { torrent, path, downloaded } = await downloadTorrent(source, {
    folder: await folderOf(source, settings),
    signal,
    allowLocal,
    onProgress({ phase, name, done, total, downloaded: received, bytesPerSecond, secondsLeft }) {
      if (phase === "download")
        onProgress?.({ file: name, done, total, received, bytesPerSecond, secondsLeft, waiting: false });
    },
  });
  const files = torrent.files.filter(({ isPadding }) => !isPadding);
  return {
    reference: source,
    path: await modelIn(path),
    choice: "the files of this torrent",
    files: files.map((file) => ({ name: file.path.join("/"), byteLength: file.byteLength })),
    byteLength: torrent.byteLength,
    receivedBytes: downloaded,
  };
}

async function folderOf(source: string, { ownFolder }: HubSettings): Promise<string> {
  return platform.join(ownFolder, "torrents", await infoHashOf(source));
}

/** The model of a torrent that was fetched completely. */
export async function storedTorrent(source: string, settings: HubSettings): Promise<string | undefined> {
  const folder = await folderOf(source, settings);
  const entries = await platform.disk.list(folder);
  const found = entries.find(({ name }) => !name.startsWith(".") && !name.endsWith(".part"));
  return found === undefined ? undefined : modelIn(platform.join(folder, found.name));
}

/** What opens a model: the only GGUF file of a folder, or the first of a split one; else the folder or file itself. */
async function modelIn(path: string): Promise<string> {
  if ((await platform.disk.entry(path))?.kind !== "folder") return path;
  const names = (await platform.disk.list(path))
    .map(({ name }) => name)
    .filter((name) => /\.gguf$/i.test(name));
  const first = names.length === 1 ? names[0] : names.find((name) => /-00001-of-\d{5}\.gguf$/i.test(name));
  return first === undefined ? path : platform.join(path, first);
}
