/** Sizes of folders. */
import { platform } from "#platform";

const MAX_DEPTH = 16;

/** Bytes of all files in a folder and its folders, without those that links lead to. */
export async function bytesBelow(folder: string, depth = 0): Promise<number> {
  let sum = 0;
  for (const { name, kind, isLink, byteLength } of await platform.disk.list(folder)) {
    if (isLink) continue;
    if (kind === "file") sum += byteLength;
    else if (depth < MAX_DEPTH) sum += await bytesBelow(platform.join(folder, name), depth + 1);
  }
  return sum;
}
