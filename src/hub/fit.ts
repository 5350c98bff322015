/** Whether a model fits this machine, computed before anything is fetched. */
import { platform } from "#platform";
import { FileError } from "../base/errors.ts";

/** Memory that a process needs besides weights and cache: code, activations, the engine's layouts. */
const OVERHEAD_BYTES = 300 << 20;
/** What the rest of the system needs. */
const RESERVED_SHARE = 0.1;

/** Memory that a model may take here; unlimited where the platform does not know. */
export function memoryLimit(machine: { readonly memoryBytes?: number } = platform): number {
  const { memoryBytes } = machine;
  return memoryBytes === undefined ? Number.POSITIVE_INFINITY : memoryBytes * (1 - RESERVED_SHARE);
}

/** @param cacheBytes of keys and values, where it is known. */
export const memoryNeed = (weightBytes: number, cacheBytes = 0): number =>
  weightBytes + cacheBytes + OVERHEAD_BYTES;

export const fitsMemory = (weightBytes: number, cacheBytes = 0): boolean =>
  memoryNeed(weightBytes, cacheBytes) <= memoryLimit();

/** Left free on the disk: a full disk breaks other programs. */
const DISK_RESERVE_BYTES = 64 << 20;

/** @throws FileError unless the disk has room for so many more bytes. */
export async function checkDiskSpace(folder: string, wantedBytes: number, doing: string): Promise<void> {
  const free = await platform.disk.freeBytes(folder);
  if (free === undefined || wantedBytes === 0 || wantedBytes + DISK_RESERVE_BYTES <= free) return;
  throw new FileError({
    doing,
    expected: `${gigabytes(wantedBytes)} free for "${folder}"`,
    found: gigabytes(free),
    fix:
      platform.homeFolder === undefined
        ? "remove models, or free disk space: the browser gives a page a share of it"
        : "free some space (cria list, cria rm), or choose another place with HF_HOME",
  });
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
