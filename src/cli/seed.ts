/** `cria seed`: shares files over BitTorrent until it is told to stop. Nothing else in Cria uploads. */
import { findModel } from "../hub/index.ts";
import {
  encodeTorrent,
  isTorrentSource,
  type Seeding,
  type SeedOptions,
  seed as share,
} from "../hub/torrent/index.ts";
import { platform } from "../platform/node.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { progressBar } from "./progress.ts";
import { warn } from "./session.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, jsonLine, printable } from "./text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const seed: VerbAction = async (args, values) => {
  using interrupt = listenForInterrupt();
  process.once("SIGTERM", interrupt.interrupt);
  const paths = await Promise.all(args.map(pathOf));
  const bar = progressBar(values, "reading ");
  const source = paths.length === 1 ? paths[0] : paths;
  const seeding = await share(source, {
    ...seedOptions(values),
    signal: interrupt.signal,
    onProgress: ({ phase, done, total }) => phase === "verify" && bar.update(done, total),
    onNotice: (text) => values.quiet !== true && warn(text),
  }).finally(bar.stop);
  await using _ = seeding;
  if (values.output !== undefined) writeTorrent(values.output, seeding, values);
  process.stdout.write(
    values.json === true ? jsonLine(summary(seeding, values)) : announcement(seeding, values),
  );
  if (seeding.torrent.trackers.length === 0 && (values.tracker ?? []).length === 0 && values.quiet !== true)
    warn("without a tracker, others must be told this machine's address and port");
  const line = statusLine(seeding, values);
  await seeding.ended.finally(line.stop);
  return EXIT.ok;
};

/** A path, or where the store keeps a model. Nothing is fetched. */
async function pathOf(name: string): Promise<string> {
  if (platform.status(name) !== undefined || isTorrentSource(name)) return name;
  return (await findModel(name, { settings: { offline: true } })).path;
}

function seedOptions({
  tracker,
  webSeed,
  port,
  host,
  maxPeers,
  uploads,
  private: isPrivate,
}: OptionValues): SeedOptions {
  const given = { trackers: tracker, webSeeds: webSeed, port, host, maxPeers, uploads, isPrivate };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function writeTorrent(path: string, { torrent }: Seeding, { force = false }: OptionValues): void {
  using file = platform.createFile(path, { overwrite: force });
  file.write(encodeTorrent(torrent));
  file.commit();
}

function summary({ torrent, magnet, port }: Seeding, { output }: OptionValues): object {
  const { name, infoHash, byteLength, pieceCount, pieceBytes, files } = torrent;
  const paths = files.map(({ path }) => path.join("/"));
  return { name, infoHash, byteLength, pieceCount, pieceBytes, files: paths, port, magnet, torrent: output };
}

function announcement({ torrent, magnet, port }: Seeding, { quiet, output }: OptionValues): string {
  if (quiet === true) return `${printable(magnet)}\n`;
  const { name, files, byteLength, pieceCount, pieceBytes } = torrent;
  const rows = [
    ["sharing", files.length === 1 ? name : `${name} (${formatCount(files.length)} files)`],
    ["size", `${formatBytes(byteLength)} in ${formatCount(pieceCount)} pieces of ${formatBytes(pieceBytes)}`],
    ["port", `${port}`],
    ...(output === undefined ? [] : [["torrent", output]]),
    ["magnet", magnet],
  ];
  return `${columns(rows.map((row) => row.map(printable)))}\nCtrl-C ends it.\n`;
}

const STATUS_MS = 1000;

/** One line on a terminal that tells how it goes. */
function statusLine(seeding: Seeding, { json, quiet }: OptionValues): { stop(): void } {
  if (!process.stderr.isTTY || json === true || quiet === true) return { stop() {} };
  const show = () => {
    const { peers, uploaded } = seeding.progress;
    process.stderr.write(`\r\x1b[Kpeers ${peers}, uploaded ${formatBytes(uploaded)}`);
  };
  const timer = setInterval(show, STATUS_MS);
  return {
    stop() {
      clearInterval(timer);
      process.stderr.write("\r\x1b[K");
    },
  };
}
