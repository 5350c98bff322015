/** `pull`: brings what a reference names into the store, or finds that it is there. */
import { platform } from "#platform";
import { RequestError } from "../base/errors.ts";
import { Arrival, type TransferWatch } from "./arrival.ts";
import { pullAddress } from "./pull-address.ts";
import { type Plan, planRepository, pullRepository } from "./pull-repository.ts";
import { type HubReference, parseReference } from "./reference.ts";
import { type HubSettings, hubSettings } from "./settings.ts";
import { readNotes } from "./store/notes.ts";
import { requireOllama } from "./store/ollama.ts";
import type { AcceptLicence } from "./terms.ts";
import type { ReportProgress } from "./transfer/progress.ts";
import type { RetryPolicy } from "./transfer/retry.ts";

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  /** Connections per large file. Default 4. */
  readonly connections?: number | undefined;
  /** What one request asks for, at most, in bytes. Default 64 MiB. */
  readonly segmentBytes?: number | undefined;
  readonly retry?: RetryPolicy | undefined;
  /** Of a torrent: use trackers, web seeds and peers that it names in the local network. */
  readonly allowLocal?: boolean | undefined;
  /** Called with what a repository's reference means, before anything is fetched; throws to refuse it. */
  readonly onPlan?: ((plan: Plan) => Promise<void> | void) | undefined;
  /** Whether to accept the licence. Default: open ones, such as apache-2.0, and those that were accepted before. */
  readonly acceptLicence?: AcceptLicence | undefined;
  /** Uses the first file while it arrives; for `pullEarly`. */
  readonly watch?: TransferWatch | undefined;
  /** Overrides of the environment. */
  readonly settings?: Partial<HubSettings> | undefined;
}

export interface PulledModel {
  /** Names the same model again. */
  readonly reference: string;
  /** Opens it: a file or a folder. */
  readonly path: string;
  /** Which files were taken and why, in one line. */
  readonly choice: string;
  /** Of a repository. */
  readonly commit?: string;
  readonly license?: string;
  readonly files: readonly { readonly name: string; readonly byteLength: number }[];
  readonly byteLength: number;
  /** By this call; less than `byteLength` if files or parts were there. */
  readonly receivedBytes: number;
}

/**
 * Fetches the newest state of a reference. Files that are there are not fetched again.
 * @throws RequestError, NetworkError, FileError; FormatError for a wrong checksum.
 */
export async function pull(name: string, options: PullOptions = {}): Promise<PulledModel> {
  const settings = await hubSettings(options.settings);
  const { aliases } = await readNotes(settings);
  const reference = parseReference(aliases[name] ?? name, settings.endpoint);
  switch (reference.kind) {
    case "hub":
      return pullPlanned(reference, settings, options);
    case "url":
      return pullAddress(reference.url, settings, options);
    case "torrent":
      return (await import("./pull-torrent.ts")).pullTorrent(reference.source, settings, options);
    case "ollama":
      return here(name, (await requireOllama(settings.ollamaFolder, reference.name, reference.tag)).path);
    case "path":
      return here(name, reference.path);
  }
}

/** What is on this machine already needs no transfer. */
function here(reference: string, path: string): PulledModel {
  const found = platform.status(path);
  if (found === undefined) {
    throw new RequestError({
      doing: `pull "${reference.slice(0, 200)}"`,
      expected: "hf:owner/repo, an address, a magnet link, a torrent, or a file of this machine",
      found: "none of them",
      fix: "write hf:owner/repo for a repository",
    });
  }
  const { byteLength } = found;
  const files = [{ name: platform.baseName(path), byteLength }];
  return { reference, path, choice: "on this machine", files, byteLength, receivedBytes: 0 };
}

/** Plans, tells the caller, and fetches. */
export async function pullPlanned(
  reference: HubReference,
  settings: HubSettings,
  options: PullOptions,
): Promise<PulledModel> {
  const plan = await planRepository(reference, settings, options.signal);
  await options.onPlan?.(plan);
  return pullRepository(plan, settings, options);
}

/** What one request asks for while a file is used: layers should arrive in order, not side by side. */
const EARLY_SEGMENT_BYTES = 8 << 20;

/**
 * Like `pullPlanned`, but resolves as soon as a model can be opened, if it is one GGUF file; other models, and those
 * that another process is fetching, are waited for.
 */
export async function pullEarly(
  reference: HubReference,
  settings: HubSettings,
  options: PullOptions,
): Promise<Arrival | PulledModel> {
  const plan = await planRepository(reference, settings, options.signal);
  await options.onPlan?.(plan);
  const weights = plan.selection.files.filter(({ name }) => /\.gguf$/i.test(name));
  if (weights.length !== 1) return pullRepository(plan, settings, options);
  return Arrival.start(
    (watch, signal) =>
      pullRepository(plan, settings, { segmentBytes: EARLY_SEGMENT_BYTES, ...options, watch, signal }),
    options.signal,
  );
}
