/** API keys. Only their SHA-256 hashes are kept, and comparing takes the same time for every key. */
import { createHash, timingSafeEqual } from "node:crypto";
import { ConfigError } from "../base/errors.ts";

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

export class KeyRing {
  readonly #hashes: readonly Buffer[];

  /**
   * @param lines a key each, or `sha256:` and the key's hash in hexadecimal digits. Empty lines and those that begin with
   * "#" are skipped.
   * @throws ConfigError without any key, and for a key of less than 16 characters.
   */
  constructor(lines: readonly string[]) {
    const keys = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
    if (keys.length === 0)
      throw new ConfigError({ doing: "read API keys", expected: "at least one key", found: "none" });
    this.#hashes = keys.map((key) => {
      const [, hash] = /^sha256:([0-9a-f]{64})$/i.exec(key) ?? [];
      if (hash !== undefined) return Buffer.from(hash, "hex");
      if (key.length >= 16) return hashOf(key);
      throw new ConfigError({
        doing: "read API keys",
        expected: "keys of at least 16 characters",
        found: `one of ${key.length}`,
      });
    });
  }

  /** A name for the key that reveals nothing of it; undefined if it is not one of the keys. */
  find(key: string): string | undefined {
    const hash = hashOf(key);
    let found: string | undefined;
    for (const known of this.#hashes) if (timingSafeEqual(known, hash)) found = known.toString("hex", 0, 8);
    return found;
  }

  /** The key of a request: `Authorization: Bearer KEY`, or `X-API-Key: KEY`. */
  static presented(headers: Headers): string | undefined {
    const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    return bearer ?? headers.get("x-api-key") ?? undefined;
  }
}
