/** Files and folders in memory, for tests of writers. */
import { assert } from "../../src/base/errors.ts";
import { type MemorySink, memorySink } from "../../src/platform/memory-sink.ts";
import type { FileSink, FolderSink } from "../../src/platform/platform.ts";

/** Returns all bytes that a writer writes to one file. */
export function writtenBy(write: (sink: FileSink) => void): Uint8Array<ArrayBuffer> {
  const sink = memorySink();
  write(sink);
  sink.commit();
  return sink.bytes();
}

export interface MemoryFolder extends FolderSink {
  /** Contents of each file by name. Throws FileError if one was not committed. */
  files(): Map<string, Uint8Array>;
}

export function memoryFolder(): MemoryFolder {
  const files = new Map<string, MemorySink>();
  return {
    file(name) {
      assert(!files.has(name), `${name} is written twice`);
      const file = memorySink(name);
      files.set(name, file);
      return file;
    },
    commit() {},
    abort() {},
    [Symbol.dispose]() {},
    files: () => new Map([...files].map(([name, file]) => [name, file.bytes()])),
  };
}
