/** Reads files of the store again and compares them with their checksums. */
import { platform } from "#platform";
import type { HubSettings } from "../settings.ts";
import { hashOfEtag, startHash } from "../transfer/checksum.ts";
import { readAddressNote } from "./addresses.ts";
import { isBlobName } from "./layout.ts";
import { listOllama } from "./ollama.ts";
import { storedRepositories, storedSnapshots } from "./snapshots.ts";

interface Check {
  /** Where the file belongs, for people. */
  readonly name: string;
  readonly path: string;
  readonly byteLength: number;
  readonly hash: "git" | "sha256";
  readonly checksum: string;
}

export interface VerifyReport {
  readonly files: number;
  readonly byteLength: number;
  /** Files whose bytes differ from their checksum. */
  readonly damaged: readonly { readonly name: string; readonly path: string }[];
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Only files whose name contains this. */
  readonly only?: string | undefined;
  readonly onProgress?: ((done: number, total: number, name: string) => void) | undefined;
}

export async function verifyStore(
  settings: HubSettings,
  { signal, only, onProgress }: VerifyOptions = {},
): Promise<VerifyReport> {
  const all = [...(await hubChecks(settings)), ...(await otherChecks(settings))];
  const checks = all.filter(({ name }) => only === undefined || name.includes(only));
  const total = checks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const damaged: { name: string; path: string }[] = [];
  let done = 0;
  for (const { name, path, byteLength, hash, checksum } of checks) {
    const digest = startHash(hash, byteLength);
    for await (const chunk of platform.disk.read(path)) {
      signal?.throwIfAborted();
      digest.update(chunk);
      done += chunk.byteLength;
      onProgress?.(done, total, name);
    }
    if (digest.digest() !== checksum) damaged.push({ name, path });
  }
  return { files: checks.length, byteLength: total, damaged };
}

/** Files whose blob names their checksum. Where links do not work, nothing does. */
async function hubChecks({ cacheFolder }: HubSettings): Promise<Check[]> {
  const checks = new Map<string, Check>();
  for (const folder of await storedRepositories(cacheFolder)) {
    for (const { files, id } of await storedSnapshots(folder)) {
      for (const { path, name, byteLength } of files) {
        const checksum = platform.baseName(path);
        if (!isBlobName(checksum) || checks.has(path)) continue;
        checks.set(path, {
          name: `hf:${id}:${name}`,
          path,
          byteLength,
          hash: hashOfEtag(checksum),
          checksum,
        });
      }
    }
  }
  return [...checks.values()];
}

async function otherChecks({ ownFolder, ollamaFolder }: HubSettings): Promise<Check[]> {
  const checks: Check[] = [];
  const root = platform.join(ownFolder, "addresses");
  for (const { name } of await platform.disk.list(root)) {
    const note = await readAddressNote(platform.join(root, name));
    if (note === undefined) continue;
    const path = platform.join(root, name, note.name);
    if ((await platform.disk.entry(path))?.kind !== "file") continue;
    const { url, byteLength, sha256 } = note;
    checks.push({ name: url, path, byteLength, hash: "sha256", checksum: sha256 });
  }
  for (const { name, tag, path, byteLength, sha256 } of await listOllama(ollamaFolder)) {
    checks.push({ name: `ollama:${name}:${tag}`, path, byteLength, hash: "sha256", checksum: sha256 });
  }
  return checks;
}
