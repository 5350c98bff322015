/**
 * BitTorrent: magnet links and .torrent files read and written, downloads from peers over TCP and from web seeds, seeds.
 * Torrents, trackers, peers and web seeds are strangers: what they send is bounded and checked, and bytes reach the disk
 * only as pieces whose SHA-1 is right. Nothing is uploaded unless a call asks for it.
 *
 * Refused or absent: version 2 alone, UDP trackers, DHT, peer exchange, encryption, uTP.
 */
export { type CreatedTorrent, type CreateOptions, createTorrentFile } from "./create.ts";
export { type DownloadedTorrent, type DownloadOptions, downloadTorrent } from "./download.ts";
export { formatMagnet, isMagnet, type Magnet, parseMagnet } from "./magnet.ts";
export type { TorrentOptions, TorrentProgress } from "./options.ts";
export { type Seeding, type SeedOptions, seed } from "./seed.ts";
export { infoHashOf, isTorrentSource, type TorrentSource } from "./source.ts";
export { encodeTorrent, parseTorrent, type Torrent, type TorrentFile } from "./torrent.ts";
