/** Files and folders in memory, for tests of writers. */
import { assert } from "../src/base/errors.ts";
import type { FileSink, FolderSink } from "../src/platform/platform.ts";

export interface MemoryFile extends FileSink {
  committed: boolean;
  /** All that was written. */
  content(): Uint8Array;
}

export function memoryFile(): MemoryFile {
  let data = new Uint8Array(1024);
  let length = 0;
  return {
    committed: false,
    get position() {
      return length;
    },
    write(bytes) {
      if (length + bytes.byteLength > data.byteLength) {
        const grown = new Uint8Array(2 * (length + bytes.byteLength));
        grown.set(data.subarray(0, length));
        data = grown;
      }
      data.set(bytes, length);
      length += bytes.byteLength;
    },
    writeAt(offset, bytes) {
      assert(offset + bytes.byteLength <= length, "writeAt only overwrites");
      data.set(bytes, offset);
    },
    commit() {
      this.committed = true;
    },
    abort() {},
    content: () => data.slice(0, length),
    [Symbol.dispose]() {},
  };
}

export interface MemoryFolder extends FolderSink {
  /** Content of the committed files by name. */
  files(): Map<string, Uint8Array>;
}

export function memoryFolder(): MemoryFolder {
  const files = new Map<string, MemoryFile>();
  return {
    file(name) {
      assert(!files.has(name), `${name} is written twice`);
      const file = memoryFile();
      files.set(name, file);
      return file;
    },
    commit() {},
    abort() {},
    [Symbol.dispose]() {},
    files() {
      const committed = [...files].filter(([, file]) => file.committed);
      return new Map(committed.map(([name, file]) => [name, file.content()]));
    },
  };
}
