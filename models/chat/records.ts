/** Records of a compressed file of JSON lines. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

export async function* recordsOf(path: string): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const input = createReadStream(path).pipe(createGunzip());
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line.trim() !== "") yield JSON.parse(line) as Record<string, unknown>;
}
