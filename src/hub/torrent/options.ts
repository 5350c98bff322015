/** Options that downloads and seeds share, and their defaults. */
import { platform } from "#platform";
import type { Http } from "../../platform/http.ts";
import type { TcpAddress } from "../../platform/tcp.ts";
import { PACE, type Pace } from "./limits.ts";
import type { PieceOrder } from "./picker.ts";
import type { SwarmOptions, SwarmState } from "./swarm.ts";

export interface TorrentProgress {
  /** "metadata": a magnet link is becoming a torrent. "verify": what is on the disk is being read. */
  readonly phase: "metadata" | "verify" | "download" | "seed";
  /** Of the torrent; its hash while nothing else is known. */
  readonly name: string;
  /** Verified bytes, and bytes in all; both 0 in the phase "metadata". */
  readonly done: number;
  readonly total: number;
  readonly bytesPerSecond: number;
  /** Undefined if nothing arrives. */
  readonly secondsLeft: number | undefined;
  readonly peers: number;
  readonly webSeeds: number;
  readonly downloaded: number;
  readonly uploaded: number;
}

export interface TorrentOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: TorrentProgress) => void;
  /** Problems that do not end the transfer, in one sentence each: a tracker that refuses, a peer that is banned. */
  readonly onNotice?: (text: string) => void;
  /** Trackers in addition to the torrent's. */
  readonly trackers?: readonly string[];
  /** Peers to connect to, in addition to those that trackers name. */
  readonly peers?: readonly TcpAddress[];
  /** The port to listen on; 0, the default, takes a free one. Only what is uploaded needs one. */
  readonly port?: number;
  /** The address to listen on; all by default. */
  readonly host?: string;
  /** Connections at once (default 50). */
  readonly maxPeers?: number;
  /** Peers that are served at once (default 6). */
  readonly uploads?: number;
  /** Use addresses of the local network that the torrent, a magnet link or a public tracker names. */
  readonly allowLocal?: boolean;
  /** Default: the platform's, through the environment's proxies. */
  readonly http?: Http;
  /** Times of the protocol; for tests. */
  readonly pace?: Partial<Pace>;
  /** Numbers in [0, 1): the order of rarest-first and of choking. */
  readonly random?: () => number;
}

export function paceOf({ pace }: TorrentOptions): Pace {
  return { ...PACE, ...pace };
}

export const httpOf = ({ http }: TorrentOptions): Http => http ?? platform.http;

export function swarmOptions(
  options: TorrentOptions,
  infoHash: string,
  upload: boolean,
  order: PieceOrder,
): SwarmOptions {
  return {
    infoHash,
    http: httpOf(options),
    tcp: platform.tcp,
    pace: paceOf(options),
    random: options.random ?? Math.random,
    upload,
    port: options.port ?? 0,
    host: options.host,
    maxPeers: options.maxPeers ?? 50,
    places: options.uploads ?? 6,
    allowLocal: options.allowLocal ?? false,
    order,
  };
}

export function progressOf(
  phase: TorrentProgress["phase"],
  name: string,
  done: number,
  total: number,
  state?: SwarmState,
): TorrentProgress {
  const { bytesPerSecond = 0, peers = 0, webSeeds = 0, downloaded = 0, uploaded = 0 } = state ?? {};
  const secondsLeft = bytesPerSecond > 0 ? (total - done) / bytesPerSecond : undefined;
  return { phase, name, done, total, bytesPerSecond, secondsLeft, peers, webSeeds, downloaded, uploaded };
}
