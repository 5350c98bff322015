/** Bounds on what a torrent, a tracker or a peer may make Cria hold, ask or wait for. */

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** Bounds on files and messages. Larger ones are refused before they are read. */
export const LIMITS = {
  /** A .torrent file, and metadata that peers send. A terabyte in pieces of 4 MiB takes 5 MiB. */
  torrentBytes: 32 * MIB,
  magnetLength: 64 * KIB,
  minPieceBytes: KIB,
  maxPieceBytes: 64 * MIB,
  pieces: 2 ** 20,
  files: 100_000,
  /** Folders within folders. */
  pathParts: 32,
  /** 64 TiB. */
  totalBytes: 2 ** 46,
  urls: 200,
  urlLength: 2048,
  bencodeDepth: 32,
  bencodeValues: 2 ** 20,
  trackerAnswerBytes: MIB,
  /** Known addresses of peers, connected or not. */
  addresses: 1000,
  /** The longest message of a peer: a bitfield of `pieces`, or a block of `blockBytes`. */
  messageBytes: 2 ** 17 + 9,
  /** The longest block that a peer may ask for. */
  blockBytes: 2 ** 17,
  /** Requests of one peer that wait for an answer. */
  waitingRequests: 250,
  /** Requests for metadata that one peer may make in all: twice the largest metadata. */
  metadataRequests: 4096,
  /** Bytes that wait to be sent to one peer. */
  waitingBytes: MIB,
} as const;

/** What is requested from peers at once. */
export const BLOCK_BYTES = 16 * KIB;

/** Times in milliseconds and counts that rule a swarm. Tests shorten the times. */
export interface Pace {
  /** How often time-outs, choking and reconnections are considered. */
  readonly tick: number;
  readonly connectTimeout: number;
  readonly handshakeTimeout: number;
  /** A peer that owes blocks and sends none for this long loses its requests, which others may then take. */
  readonly blockTimeout: number;
  /** A web seed that sends nothing for this long is asked again later. */
  readonly webSeedTimeout: number;
  /** A silent connection is closed. */
  readonly silence: number;
  readonly keepAlive: number;
  readonly choke: number;
  /** Wait before the first further attempt after a failure; doubled for each that follows. */
  readonly retry: number;
  readonly maxRetry: number;
  readonly trackerTimeout: number;
  /** Shortest time between announcements, whatever the tracker says. */
  readonly minAnnounce: number;
}

export const PACE: Pace = {
  tick: 1000,
  connectTimeout: 10_000,
  handshakeTimeout: 10_000,
  blockTimeout: 20_000,
  webSeedTimeout: 30_000,
  silence: 150_000,
  keepAlive: 100_000,
  choke: 10_000,
  retry: 5000,
  maxRetry: 600_000,
  trackerTimeout: 20_000,
  minAnnounce: 60_000,
};

/** Failures in a row after which an address or a web seed is forgotten. */
export const MAX_FAILURES = 5;
/** Peers that connect and are not yet connected. */
export const MAX_HALF_OPEN = 8;
/** Bad pieces to which a source contributed, with others, before it is banned. Alone, one is enough. */
export const MAX_SUSPICIONS = 3;
/** Banned ports of a host before the whole host is banned. */
export const MAX_BANNED_PORTS = 3;
/** Bytes of pieces that are being assembled in memory, unless one piece is larger. */
export const ASSEMBLY_BYTES = 128 * MIB;
/** Bytes that a web seed is asked for at once, unless a piece is larger. */
export const WEB_SEED_RUN_BYTES = 8 * MIB;
/** Requests to one web seed at once. */
export const WEB_SEED_CONNECTIONS = 2;
