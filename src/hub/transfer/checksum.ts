/**
 * The checksum of a part, computed behind the transfer: bytes are read back as soon as all before them are there, so
 * what is verified is what was written.
 */
import { platform } from "#platform";
import type { PartFile } from "../../platform/disk.ts";
import type { Hash, HashName } from "../../platform/platform.ts";

const READ_BYTES = 4 << 20;

/** A hash of the whole file. Git's covers a header before the bytes (git-hash-object). */
export function startHash(name: HashName | "git", byteLength: number): Hash {
  if (name !== "git") return platform.hash(name);
  const hash = platform.hash("sha1");
  hash.update(new TextEncoder().encode(`blob ${byteLength}\0`));
  return hash;
}

/** Which hash an etag is: git's for 40 digits, SHA-256 for 64. */
export const hashOfEtag = (etag: string): "git" | "sha256" => (etag.length === 40 ? "git" : "sha256");

export class RunningChecksum {
  readonly #part: PartFile;
  readonly #hash: Hash;
  #done = 0;
  #reading: Promise<void> | undefined;

  constructor(part: PartFile, hash: Hash) {
    this.#part = part;
    this.#hash = hash;
  }

  /** Continues where new bytes allow it. Returns at once; a failure appears in `digest`. */
  follow(): void {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    this.#reading.catch(() => {});
  }

  async #read(): Promise<void> {
    for (;;) {
      const end = Math.min(this.#part.have.endFrom(this.#done), this.#done + READ_BYTES);
      if (end === this.#done) return;
      const bytes = await this.#part.read(this.#done, end - this.#done);
      this.#hash.update(bytes);
      this.#done = end;
    }
  }

  /** Of the complete part. */
  async digest(): Promise<string> {
    await this.#reading;
    await this.#read();
    return this.#hash.digest();
  }
}
