/** Fetches a file from a plain address into Cria's own folder. */
import { platform } from "#platform";
import { type CriaError, NetworkError } from "../base/errors.ts";
import type { HttpAnswer } from "../platform/http.ts";
import { checkDiskSpace } from "./fit.ts";
import type { PulledModel, PullOptions } from "./pull.ts";
import { isOffline } from "./repository/client.ts";
import { isSafeName } from "./safe-names.ts";
import type { HubSettings } from "./settings.ts";
import { type AddressNote, readAddressNote, writeAddressNote } from "./store/addresses.ts";
import { bringFile } from "./store/bring-file.ts";
import { Meter } from "./transfer/progress.ts";
import { type Client, createClient, publicAddress } from "./transfer/request.ts";
import { isTemporary, TemporaryFailure, withRetries } from "./transfer/retry.ts";

interface Head {
  readonly byteLength: number;
  readonly etag: string | undefined;
  readonly name: string;
}

export async function pullAddress(
  url: string,
  settings: HubSettings,
  options: PullOptions,
): Promise<PulledModel> {
  const doing = `fetch ${publicAddress(url)}`;
  if (settings.offline) throw isOffline(doing);
  const client = createClient();
  const { signal, connections, retry, segmentBytes } = options;
  const head = await withRetries(() => lookUp(client, url, doing, signal), { policy: retry, signal });
  const place = addressPlace(settings, url, head.name);
  const known = await readAddressNote(place.folder);
  const isCurrent = known !== undefined && known.byteLength === head.byteLength && known.etag === head.etag;
  if (!isCurrent) await platform.disk.remove(place.path);
  await checkDiskSpace(place.folder, isCurrent ? 0 : head.byteLength, doing);
  const meter = new Meter(options.onProgress, head.byteLength, 0);
  const checksum = await bringFile(
    {
      name: head.name,
      byteLength: head.byteLength,
      identity: JSON.stringify([head.etag ?? "", head.byteLength]),
      hash: () => platform.hash("sha256"),
      checksum: undefined,
      path: place.path,
      part: `${place.path}.cria-part`,
      lock: `${place.path}.lock`,
    },
    {
      client,
      url,
      refusal: (answer) => refused(doing, answer),
      signal,
      connections,
      retry,
      segmentBytes,
      etag: head.etag,
      meter,
    },
  );
  if (checksum !== undefined) {
    const { byteLength, etag, name } = head;
    await writeAddressNote(place.folder, {
      url: publicAddress(url),
      name,
      byteLength,
      etag,
      sha256: checksum,
    });
  }
  return {
    reference: publicAddress(url),
    path: place.path,
    choice: "the file at this address",
    files: [{ name: head.name, byteLength: head.byteLength }],
    byteLength: head.byteLength,
    receivedBytes: meter.received,
  };
}

/** Where the file of an address is kept: presigned queries, which change, do not count. */
export function addressPlace(
  { ownFolder }: HubSettings,
  url: string,
  name: string,
): { readonly folder: string; readonly path: string } {
  const hash = platform.hash("sha256");
  hash.update(new TextEncoder().encode(publicAddress(url)));
  const folder = platform.join(ownFolder, "addresses", hash.digest().slice(0, 16));
  return { folder, path: platform.join(folder, name) };
}

/** The file of an address that is in the store already. */
export async function storedAddress(
  settings: HubSettings,
  url: string,
): Promise<{ readonly path: string; readonly note: AddressNote } | undefined> {
  const { folder } = addressPlace(settings, url, "");
  const note = await readAddressNote(folder);
  if (note === undefined) return undefined;
  const path = platform.join(folder, note.name);
  return (await platform.disk.entry(path))?.byteLength === note.byteLength ? { path, note } : undefined;
}

/** Length and identity, from the answer to one byte: presigned addresses often permit no HEAD. */
async function lookUp(
  client: Client,
  url: string,
  doing: string,
  signal: AbortSignal | undefined,
): Promise<Head> {
  const answer = await client.send({ url, headers: { range: "bytes=0-0" }, signal });
  answer.discard();
  const { status } = answer;
  if (isTemporary(status)) throw new TemporaryFailure(refused(doing, answer));
  if (status !== 206 && status !== 200) throw refused(doing, answer);
  const [, total] = /\/(\d{1,15})$/.exec(answer.header("content-range") ?? "") ?? [];
  const text = status === 206 ? total : answer.header("content-length");
  const byteLength = text === undefined ? Number.NaN : Number(text);
  if (Number.isSafeInteger(byteLength) && byteLength > 0) {
    return { byteLength, etag: answer.header("etag")?.slice(0, 200), name: nameOf(url) };
  }
  throw new NetworkError({ doing, expected: "a file and its length", found: "an answer without a length" });
}

function nameOf(url: string): string {
  const last = new URL(url).pathname.split("/").at(-1) ?? "";
  const name = safeDecode(last);
  return isSafeName(name) && !name.includes("/") ? name : "model";
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

const MEANINGS: Readonly<Record<number, { readonly found: string; readonly fix: string }>> = {
  401: {
    found: "the server asks for a user and a password",
    fix: "put them into the address: https://USER:PASSWORD@…",
  },
  403: {
    found: "access is refused; the address may have expired",
    fix: "request a new one from whoever gave it",
  },
  404: { found: "there is no such file", fix: "check the address" },
  410: { found: "the file was removed", fix: "request a new address" },
  416: { found: "the server has fewer bytes now", fix: "try again" },
};

function refused(doing: string, { status }: HttpAnswer): CriaError {
  const { found, fix } = MEANINGS[status] ?? { found: "an error of the server", fix: "try again later" };
  return new NetworkError({ doing, found: `${found} (status ${status})`, fix });
}
