/** Several files as one case: text marks between them, so that damage to a mark also damages the folder. */

import type { Files } from "./memory-platform.ts";
import { join } from "./raw-gguf.ts";

const MARK = /\n=== ([A-Za-z0-9._-]{1,60}) ===\n/g;
const encoder = new TextEncoder();

export function bundle(files: Readonly<Record<string, Uint8Array | string | object>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return [
      encoder.encode(`\n=== ${name} ===\n`),
      content instanceof Uint8Array ? content : encoder.encode(text),
    ];
  });
  return join(...parts);
}

/** The files below a folder. */
export function unbundle(bytes: Uint8Array, folder: string): Files {
  const text = new TextDecoder("latin1").decode(bytes);
  const marks = [...text.matchAll(MARK)];
  return new Map(
    marks.map((mark, i) => [
      `${folder}/${mark[1]}`,
      bytes.slice(mark.index + mark[0].length, marks[i + 1]?.index ?? bytes.byteLength),
    ]),
  );
}
