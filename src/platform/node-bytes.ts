/** Checksums and gzip with Node's native code, which most processes need not load. */
import { pipeline, Readable } from "node:stream";
import type { Hash, HashName } from "./platform.ts";

export function hash(name: HashName): Hash {
  const hash = process.getBuiltinModule("node:crypto").createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}

const OUTPUT_BYTES = 1 << 18;

/** Decompresses all members of a file, as `gzip -d` does. */
export function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const output = process.getBuiltinModule("node:zlib").createGunzip({ chunkSize: OUTPUT_BYTES });
  // Errors reach the reader of the output.
  pipeline(Readable.from(chunks), output, () => {});
  return output;
}
