/** Names that need no hub. Apart from the rest, which is loaded only for the others. */
import { platform } from "#platform";

/** Whether the name is the path of a file or folder to open; a torrent's file stands for a model elsewhere. */
export function isLocalModel(name: string): boolean {
  return platform.status(name) !== undefined && !/\.torrent$/i.test(name);
}
