/** GGUF files of the model's stages: opened, and written under another name. */
import { type GgufFile, openGguf, writeGguf } from "../../src/formats/gguf/index.ts";
import { platform } from "../../src/platform/node.ts";

/** The caller disposes it. */
export const openFile = (path: string): GgufFile =>
  openGguf(platform.open(path), { open: (name) => platform.open(name) });

/** Replaces a file that exists. */
export function writeFile(path: string, content: Parameters<typeof writeGguf>[1]): void {
  using sink = platform.createFile(path, { overwrite: true });
  writeGguf(sink, content);
  sink.commit();
}
