/** SHA-256 and gzip with Node's native code. */
import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Sha256 } from "./platform.ts";

export function sha256(): Sha256 {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}

const OUTPUT_BYTES = 1 << 18;

/** Decompresses all members of a file, as `gzip -d` does. */
export function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const output = createGunzip({ chunkSize: OUTPUT_BYTES });
  // Errors reach the reader of the output.
  pipeline(Readable.from(chunks), output, () => {});
  return output;
}
