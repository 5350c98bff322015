/** Notes next to files that came from plain addresses: where from, and the checksum they had when they arrived. */
import { platform } from "#platform";
import { isSafeName } from "../safe-names.ts";

export interface AddressNote {
  /** Without user and query. */
  readonly url: string;
  readonly name: string;
  readonly byteLength: number;
  readonly etag: string | undefined;
  readonly sha256: string;
}

const NOTE = "cria.json";
const MAX_NOTE_BYTES = 1 << 16;

export async function readAddressNote(folder: string): Promise<AddressNote | undefined> {
  const text = await platform.disk.readText(platform.join(folder, NOTE), MAX_NOTE_BYTES);
  if (text === undefined) return undefined;
  try {
    const { url, name, byteLength, etag, sha256 } = JSON.parse(text);
    const isValid =
      typeof url === "string" &&
      typeof name === "string" &&
      isSafeName(name) &&
      Number.isSafeInteger(byteLength) &&
      /^[0-9a-f]{64}$/.test(sha256);
    return isValid
      ? { url, name, byteLength, etag: typeof etag === "string" ? etag : undefined, sha256 }
      : undefined;
  } catch {
    return undefined;
  }
}

export async function writeAddressNote(folder: string, note: AddressNote): Promise<void> {
  await platform.disk.writeText(platform.join(folder, NOTE), `${JSON.stringify(note)}\n`);
}
