/** A platform with files in memory, for cases that open, convert and write whole folders. */
import { type ByteSource, bufferSource } from "../../src/base/bytes.ts";
import { FileError } from "../../src/base/errors.ts";
import { memorySink } from "../../src/platform/memory-sink.ts";
import { platform as node } from "../../src/platform/node.ts";
import type { FileSink, Platform } from "../../src/platform/platform.ts";

export type Files = Map<string, Uint8Array>;

/** @param watch wraps every source, to count its reads. */
export function memoryPlatform(files: Files, watch = (source: ByteSource): ByteSource => source): Platform {
  const isFolder = (path: string): boolean => [...files.keys()].some((name) => name.startsWith(`${path}/`));
  const find = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new FileError({ doing: `open "${path}"`, found: "no such file" });
    if (bytes.byteLength === 0) throw new FileError({ doing: `open "${path}"`, found: "the file is empty" });
    return bytes;
  };
  const createFile = (path: string): FileSink => {
    const sink = memorySink(path);
    const commit = (): void => {
      sink.commit();
      files.set(path, sink.bytes());
    };
    return new Proxy(sink, {
      get: (target, key) => (key === "commit" ? commit : Reflect.get(target, key, target)),
    });
  };
  return {
    ...node,
    join: (...parts) => parts.join("/"),
    folderOf: (path) => path.slice(0, Math.max(0, path.lastIndexOf("/"))),
    baseName: (path) => path.slice(path.lastIndexOf("/") + 1),
    open: (path) => watch(bufferSource(find(path), path)),
    status: (path) => {
      const bytes = files.get(path);
      if (bytes !== undefined) return { kind: "file", byteLength: bytes.byteLength };
      return isFolder(path) ? { kind: "folder", byteLength: 0 } : undefined;
    },
    list: (folder) =>
      [...files.keys()]
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => name.slice(folder.length + 1)),
    readText: (path) => new TextDecoder().decode(find(path)),
    createFile,
    createFolder: (path) => ({
      file: (name) => createFile(`${path}/${name}`),
      commit() {},
      abort() {},
      [Symbol.dispose]() {},
    }),
  };
}
