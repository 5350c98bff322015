/** Fetches a model of the hub into the store. */
import { platform } from "#platform";
import { FileError } from "../base/errors.ts";
import { verifyChecklist } from "./checklist.ts";
import { checkDiskSpace, fitsMemory } from "./fit.ts";
import type { PulledModel, PullOptions } from "./pull.ts";
import { formatReference, type HubReference } from "./reference.ts";
import { chooseFiles, type Selection } from "./repository/choose.ts";
import { HubClient, isOffline, type RepositoryFile, type RepositoryInfo } from "./repository/client.ts";
import { refusal } from "./repository/refusals.ts";
import type { HubSettings } from "./settings.ts";
import { bringFile } from "./store/bring-file.ts";
import { RepositoryFolder } from "./store/layout.ts";
import { placeFile } from "./store/place-file.ts";
import { type AcceptLicence, readTerms, requireAcceptance } from "./terms.ts";
import { hashOfEtag, startHash } from "./transfer/checksum.ts";
import { Meter } from "./transfer/progress.ts";

/** What a reference means at the hub now. */
export interface Plan {
  readonly reference: HubReference;
  readonly info: RepositoryInfo;
  /** All files of the commit. */
  readonly files: readonly RepositoryFile[];
  readonly selection: Selection<RepositoryFile>;
}

/** Asks the hub for a reference's commit and files. Fetches no file. */
export async function planRepository(
  reference: HubReference,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<Plan> {
  const hub = new HubClient(settings);
  const info = await hub.info(reference.id, reference.revision, signal);
  const files = await hub.files(info.id, info.commit, signal);
  const { id, select } = reference;
  const selection = chooseFiles(files, { id, select, fits: fitsMemory });
  return { reference, info, files, selection };
}

/** Fetches the files of a plan that are not in the store yet. */
export async function pullRepository(
  plan: Plan,
  settings: HubSettings,
  options: PullOptions,
): Promise<PulledModel> {
  const { reference, info, selection } = plan;
  if (settings.offline) throw isOffline(`pull ${formatReference(reference)}`);
  // The name that was asked for, so that it is found again; Python does the same.
  const folder = new RepositoryFolder(settings.cacheFolder, reference.id);
  const missing = await missingFiles(folder, plan);
  await checkSpace(folder, missing, reference);
  const total = bytesOf(selection.files);
  const meter = new Meter(options.onProgress, total, total - bytesOf(missing));
  const isTerms = ({ name }: RepositoryFile): boolean =>
    selection.companions.some((file) => file.name === name);
  for (const file of missing.filter(isTerms)) await bring(file, folder, plan, settings, options, meter);
  await checkTerms(folder, info.commit, settings, options.acceptLicence);
  for (const file of missing.filter((each) => !isTerms(each))) {
    await bring(file, folder, plan, settings, options, meter);
  }
  await finish(folder, plan);
  return {
    reference: formatReference(reference),
    path: openedPath(folder, info.commit, selection.opens),
    choice: `${selection.label}: ${selection.reason}`,
    commit: info.commit,
    files: selection.files.map(({ name, byteLength }) => ({ name, byteLength })),
    byteLength: total,
    receivedBytes: meter.received,
    ...(info.license === undefined ? {} : { license: info.license }),
  };
}

const bytesOf = (files: readonly { readonly byteLength: number }[]): number =>
  files.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** @throws RequestError unless the terms that lie in a snapshot are accepted. */
export async function checkTerms(
  folder: RepositoryFolder,
  commit: string,
  settings: HubSettings,
  accept: AcceptLicence | undefined,
): Promise<void> {
  const root = folder.snapshot(commit);
  const names = (await platform.disk.list(root)).flatMap(({ kind, name }) => (kind === "file" ? [name] : []));
  await requireAcceptance(await readTerms(folder.id, root, names), accept, settings);
}

/** What `openModel` opens of a snapshot. */
export function openedPath(folder: RepositoryFolder, commit: string, opens: string): string {
  return opens === "" ? folder.snapshot(commit) : folder.file(commit, opens);
}

/** Files of the plan that the commit's snapshot lacks. */
async function missingFiles(
  folder: RepositoryFolder,
  { info, selection }: Plan,
): Promise<readonly RepositoryFile[]> {
  const missing: RepositoryFile[] = [];
  for (const file of selection.files) {
    const found = await platform.disk.entry(folder.file(info.commit, file.name));
    if (found?.kind !== "file" || found.byteLength !== file.byteLength) missing.push(file);
  }
  return missing;
}

async function checkSpace(
  folder: RepositoryFolder,
  missing: readonly RepositoryFile[],
  reference: HubReference,
): Promise<void> {
  let wanted = 0;
  for (const { etag, byteLength } of missing) {
    if ((await platform.disk.entry(folder.blob(etag))) === undefined) wanted += byteLength;
  }
  await checkDiskSpace(folder.path, wanted, `pull ${formatReference(reference)}`);
}

async function bring(
  file: RepositoryFile,
  folder: RepositoryFolder,
  { info, selection }: Plan,
  settings: HubSettings,
  options: PullOptions,
  meter: Meter,
): Promise<void> {
  const { name, etag, byteLength } = file;
  const hub = new HubClient(settings);
  const wanted = {
    name,
    byteLength,
    identity: etag,
    hash: () => startHash(hashOfEtag(etag), byteLength),
    checksum: etag,
    path: folder.blob(etag),
    use: { path: folder.file(info.commit, name), place: () => placeFile(folder, info.commit, name, etag) },
    part: folder.part(etag),
    lock: folder.lock(etag),
  };
  const { signal, connections, retry, segmentBytes, watch } = options;
  await bringFile(wanted, {
    client: hub.client,
    url: hub.address(info.id, info.commit, name),
    refusal: (answer) => refusal(`fetch "${name}" of "${info.id}"`, answer, settings.token !== undefined),
    signal,
    connections,
    retry,
    segmentBytes,
    watch: name === selection.files[0].name ? watch : undefined,
    meter,
  });
}

/** The revision names the commit once all files are there, so that a model that was cut off is never found. */
async function finish(folder: RepositoryFolder, { reference, info, selection }: Plan): Promise<void> {
  const names = selection.files.map(({ name }) => name);
  const failed = await verifyChecklist(folder.snapshot(info.commit), names);
  if (failed !== undefined) {
    throw new FileError({
      doing: `verify "${folder.id}"`,
      expected: `the MD5 sum in "${failed.list}" for "${failed.name}"`,
      found: "another",
      fix: "the repository itself is damaged; choose another",
    });
  }
  if (reference.revision !== info.commit)
    await platform.disk.writeText(folder.ref(reference.revision), info.commit);
}
