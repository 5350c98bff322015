/** Files that stages write: whole or not at all. */
import { platform } from "../../src/platform/node.ts";

/** Replaces the file; returns the bytes written. */
export function writeText(path: string, text: string): number {
  using sink = platform.createFile(path, { overwrite: true });
  const bytes = new TextEncoder().encode(text);
  sink.write(bytes);
  sink.commit();
  return bytes.byteLength;
}
