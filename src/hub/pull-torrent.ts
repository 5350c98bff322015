/** Where torrents enter the hub. */
import { UnsupportedError } from "../base/errors.ts";
import type { PulledModel, PullOptions } from "./pull.ts";
import type { HubSettings } from "./settings.ts";

/** @param source a magnet link, or the path of a .torrent file. */
export async function pullTorrent(
  source: string,
  _settings: HubSettings,
  _options: PullOptions,
): Promise<PulledModel> {
  throw new UnsupportedError({
    doing: `pull "${source.slice(0, 80)}"`,
    found: "a torrent, which this version cannot fetch",
    fix: "use an address of the file itself",
  });
}
