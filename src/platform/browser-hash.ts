/** Checksums in a web page, whose own (crypto.subtle) need the whole file at once. */
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Hash, HashName } from "./platform.ts";

const HASHES = { sha256, sha1, md5 };

export function hash(name: HashName): Hash {
  const state = HASHES[name].create();
  return {
    update: (bytes) => void state.update(bytes),
    digest: () => Array.from(state.digest(), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}
