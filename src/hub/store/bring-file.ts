/**
 * Brings one file into the store: fetched by one process at a time, verified, and only then given its name. What has
 * arrived stays for the next attempt, also of another process.
 */
import { platform } from "#platform";
import { FormatError } from "../../base/errors.ts";
import type { Hash } from "../../platform/platform.ts";
import type { TransferWatch } from "../arrival.ts";
import { RunningChecksum } from "../transfer/checksum.ts";
import { type FetchOptions, fetchPart } from "../transfer/fetch-part.ts";
import type { Meter } from "../transfer/progress.ts";
import { publicAddress } from "../transfer/request.ts";

export interface WantedFile {
  /** For progress and messages. */
  readonly name: string;
  readonly byteLength: number;
  /** What the bytes belong to: a part of another identity is not continued. */
  readonly identity: string;
  readonly hash: () => Hash;
  /** Undefined where no checksum is known in advance. */
  readonly checksum: string | undefined;
  /** Where its bytes go. */
  readonly path: string;
  /** Where it is used, if that is elsewhere: `place` puts it there, and it is complete when it is there. */
  readonly use?: { readonly path: string; readonly place: () => Promise<void> } | undefined;
  readonly part: string;
  readonly lock: string;
}

export interface BringOptions extends Omit<FetchOptions, "onBytes" | "first"> {
  readonly meter: Meter;
  /** Uses the file while it arrives. Then a part whose checksum is wrong is not fetched again. */
  readonly watch?: TransferWatch | undefined;
}

/** @returns the checksum if the file was fetched or completed by this call; undefined if it was there. */
export async function bringFile(file: WantedFile, options: BringOptions): Promise<string | undefined> {
  const { meter, signal } = options;
  meter.startFile(file.name);
  const inUse = file.use?.path ?? file.path;
  if (await isThere(file, inUse)) {
    meter.found(file.byteLength);
    return undefined;
  }
  const unlock = await platform.disk.lock(file.lock, { signal, onWait: () => meter.waiting() });
  try {
    // Another process may have fetched it meanwhile, and another commit may use the same bytes.
    const isHere = (await isThere(file, inUse)) || (await isThere(file, file.path));
    if (isHere) {
      meter.found(file.byteLength);
      // A process that was killed just after the last byte leaves the log of its part.
      await platform.disk.removePart(file.part);
    }
    const checksum = isHere ? undefined : await complete(file, options);
    await file.use?.place();
    return checksum;
  } finally {
    await unlock();
  }
}

async function isThere({ byteLength }: WantedFile, path: string): Promise<boolean> {
  const found = await platform.disk.entry(path);
  return found?.kind === "file" && found.byteLength === byteLength;
}

async function complete(file: WantedFile, options: BringOptions): Promise<string> {
  const first = await attempt(file, options);
  // Bytes of an earlier run may be damaged, after a power failure for example; those of one run may not.
  const mayRepeat = first.isWrong && first.wasContinued && options.watch === undefined;
  const result = mayRepeat ? await attempt(file, options) : first;
  if (!result.isWrong) return result.digest;
  throw new FormatError({
    doing: `fetch "${file.name}" from ${publicAddress(options.url)}`,
    expected: `the checksum ${file.checksum}`,
    found: result.digest,
    fix: "the server or a proxy sends wrong bytes, which were deleted; try again, or from elsewhere",
  });
}

interface Attempt {
  readonly digest: string;
  readonly isWrong: boolean;
  /** Whether a part of an earlier attempt was used. */
  readonly wasContinued: boolean;
}

async function attempt(file: WantedFile, options: BringOptions): Promise<Attempt> {
  const { byteLength, identity } = file;
  const part = await platform.disk.openPart(file.part, { byteLength, identity });
  try {
    const before = part.have.size;
    if (before > 0) options.meter.found(before);
    const { watch } = options;
    watch?.onPart(part, file.part);
    const checksum = new RunningChecksum(part, file.hash());
    checksum.follow();
    const onBytes = (count: number): void => {
      options.meter.add(count);
      checksum.follow();
      watch?.onWritten();
    };
    await fetchPart(part, { ...options, onBytes, first: watch && (() => watch.first()) });
    const digest = await checksum.digest();
    const isWrong = file.checksum !== undefined && digest !== file.checksum;
    if (isWrong) {
      await part.discard();
      options.meter.found(-byteLength);
    } else await part.finish(file.path);
    return { digest, isWrong, wasContinued: before > 0 };
  } finally {
    await part.close();
  }
}
