/** A sink that keeps its content in memory: for browsers, which cannot write files, and for tests. */
import { DISPOSE } from "../base/dispose.ts";
import { FileError } from "../base/errors.ts";
import type { FileSink } from "./platform.ts";

export interface MemorySink extends FileSink {
  /** The committed content. Throws FileError before commit and after abort. */
  bytes(): Uint8Array<ArrayBuffer>;
}

/** @param name for messages. */
export function memorySink(name = "buffer"): MemorySink {
  let buffer = new Uint8Array(1 << 12);
  let length = 0;
  let state: "open" | "committed" | "aborted" = "open";
  const check = (wanted: typeof state) => {
    if (state !== wanted)
      throw new FileError({ doing: `use the sink "${name}"`, expected: `it ${wanted}`, found: state });
  };
  const abort = () => {
    if (state !== "open") return;
    state = "aborted";
    buffer = new Uint8Array(0);
  };
  return {
    get position() {
      return length;
    },
    write(bytes) {
      check("open");
      if (length + bytes.byteLength > buffer.byteLength) {
        const larger = new Uint8Array(Math.max(length + bytes.byteLength, 2 * buffer.byteLength));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(bytes, length);
      length += bytes.byteLength;
    },
    writeAt(offset, bytes) {
      check("open");
      if (!(offset >= 0 && offset + bytes.byteLength <= length)) {
        throw new FileError({
          doing: `write to "${name}"`,
          expected: `to overwrite bytes inside the ${length} written so far`,
          found: `${bytes.byteLength} bytes at offset ${offset}`,
        });
      }
      buffer.set(bytes, offset);
    },
    commit() {
      check("open");
      state = "committed";
    },
    abort,
    [DISPOSE]: abort,
    bytes() {
      check("committed");
      return buffer.slice(0, length);
    },
  };
}
