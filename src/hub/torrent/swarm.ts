/**
 * A swarm: the peers, trackers and web seeds of one torrent, and what is fetched from them and served to them. It begins
 * with a torrent, or with its hash alone; then the peers are first asked for the metadata.
 */
import { assert } from "../../base/errors.ts";
import type { Http } from "../../platform/http.ts";
import type { TcpAddress } from "../../platform/tcp.ts";
import type { Origin } from "./address-book.ts";
import { Assembler } from "./assembler.ts";
import { type ConnectionOptions, Connections } from "./connections.ts";
import { MetadataFetch, MetadataService, parseMetadataMessage, rejectionOf } from "./metadata.ts";
import { Peer } from "./peer.ts";
import type { Block, PieceOrder, Source } from "./picker.ts";
import type { PieceSet } from "./pieces.ts";
import type { Storage } from "./storage.ts";
import type { Torrent } from "./torrent.ts";
import { Trackers } from "./trackers.ts";
import { Uploader } from "./uploader.ts";
import { isHttp, isLocalHost, isLocalUrl } from "./urls.ts";
import { WebSeeds } from "./web-seeds.ts";
import type { Handshake } from "./wire.ts";

export interface SwarmOptions extends ConnectionOptions {
  readonly http: Http;
  readonly random: () => number;
  /** Serve pieces and metadata, and accept connections. */
  readonly upload: boolean;
  /** Peers that are served at once. */
  readonly places: number;
  /** Local addresses from the torrent, its trackers and magnet links may be used. */
  readonly allowLocal: boolean;
  readonly order: PieceOrder;
}

export interface SwarmEvents {
  /** A peer has sent the dictionary `info`, which has the right hash. */
  metadata(info: Uint8Array): void;
  verified(byteLength: number): void;
  completed(): void;
  failed(error: unknown): void;
  notice(text: string): void;
}

export interface SwarmState {
  readonly peers: number;
  readonly webSeeds: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly bytesPerSecond: number;
  /** Sources that may still deliver: connected or known peers, trackers, web seeds. */
  readonly sources: number;
}

/** The announced port of one that accepts no connections. */
const NO_PORT = 1;
/** What exists once the torrent is known. */
interface Content {
  readonly torrent: Torrent;
  readonly storage: Storage;
  readonly assembler: Assembler;
  readonly webSeeds: WebSeeds;
  readonly uploader: Uploader;
  readonly metadata: MetadataService;
}

export class Swarm {
  readonly #options: SwarmOptions;
  readonly #events: SwarmEvents;
  readonly #connections: Connections;
  readonly #trackers: Trackers;
  readonly #metadata: MetadataFetch;
  #content: Content | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #nextChoke = 0;
  #fromPeers = 0;

  constructor(options: SwarmOptions, events: SwarmEvents) {
    this.#options = options;
    this.#events = events;
    this.#metadata = new MetadataFetch(options.infoHash);
    this.#trackers = new Trackers(options.http, options.pace, {
      state: () => this.#announcement(),
      peers: (addresses, url) => this.#named(addresses, url),
      notice: events.notice,
    });
    this.#connections = new Connections(options, {
      greeted: (peer, handshake) => this.#greeted(peer, handshake),
      changed: (peer) => this.#changed(peer),
      gained: (_, piece) => this.#content?.assembler.picker.gained(piece),
      block: (peer, block, bytes) => this.#block(peer, block, bytes),
      asked: (peer) => void this.#content?.uploader.serve(peer),
      metadata: (peer, bytes) => this.#metadataMessage(peer, bytes),
      closed: (peer) => this.#closed(peer),
    });
  }

  get #peers(): ReadonlySet<Peer> {
    return this.#connections.peers;
  }

  /** Listens if it serves, and begins to connect. @throws NetworkError if the port is taken. */
  async start(): Promise<void> {
    if (this.#options.upload) await this.#connections.listen();
    this.#timer = setInterval(() => this.#tick(), this.#options.pace.tick);
    this.#tick();
  }

  /** The port that accepts connections; undefined if none does. */
  get port(): number | undefined {
    return this.#connections.port;
  }

  get state(): SwarmState {
    const peers = [...this.#peers].filter(({ id }) => id !== undefined);
    const { webSeeds, assembler } = this.#content ?? {};
    const now = performance.now();
    const rate = peers.reduce((sum, { down }) => sum + down.rate(now), webSeeds?.down.rate(now) ?? 0);
    return {
      peers: peers.length,
      webSeeds: webSeeds?.alive ?? 0,
      downloaded: this.#fromPeers + (webSeeds?.down.total ?? 0),
      uploaded: this.#content?.uploader.up.total ?? 0,
      bytesPerSecond: assembler?.picker.isComplete === true ? 0 : rate,
      sources: this.#connections.candidates + this.#trackers.alive + (webSeeds?.alive ?? 0),
    };
  }

  addTrackers(urls: readonly string[], isTrusted: boolean): void {
    this.#trackers.add(this.#allowed(urls, isTrusted, "tracker"));
    this.#kick();
  }

  addPeers(addresses: readonly TcpAddress[], origin: Origin): void {
    const isTrusted = origin === "caller" || this.#options.allowLocal;
    for (const address of addresses)
      if (isTrusted || !isLocalHost(address.host)) this.#connections.book.add(address, origin);
    this.#kick();
  }

  /** Addresses that may be used; a notice names the others. */
  #allowed(urls: readonly string[], isTrusted: boolean, what: string): string[] {
    return urls.filter((url) => {
      const isLocal = !isTrusted && !this.#options.allowLocal && isLocalUrl(url);
      if (!isHttp(url)) this.#events.notice(`the ${what} ${url} is not used: only http and https are`);
      else if (isLocal) this.#events.notice(`the ${what} ${url} is not used: it is in the local network`);
      return isHttp(url) && !isLocal;
    });
  }

  /** A tracker in the local network may name local peers. */
  #named(addresses: readonly TcpAddress[], url: string): void {
    const known = isLocalUrl(url)
      ? addresses
      : addresses.filter(({ host }) => this.#options.allowLocal || !isLocalHost(host));
    for (const address of known) this.#connections.book.add(address, "tracker");
    this.#kick();
  }

  /**
   * The torrent is known: begins to fetch what is missing of it, and to serve what is there.
   * @param have pieces that are on the disk; more are added to it.
   * @param webSeeds addresses, and whether the caller named them itself.
   */
  begin(
    storage: Storage,
    have: PieceSet,
    webSeeds: readonly (readonly [url: string, isTrusted: boolean])[],
  ): void {
    assert(this.#content === undefined, "a swarm has one torrent");
    const { torrent } = storage;
    const { order, random, http, pace, places } = this.#options;
    const assembler = new Assembler(storage, have, order, random, {
      verified: (piece, byteLength) => this.#verified(piece, byteLength),
      ban: (source) => this.#ban(source, "sent wrong bytes"),
      superfluous: (block, others) => this.#superfluous(block, others),
      failed: (error) => this.#events.failed(error),
    });
    const urls = webSeeds.flatMap(([url, isTrusted]) => this.#allowed([url], isTrusted, "web seed"));
    this.#content = {
      torrent,
      storage,
      assembler,
      webSeeds: new WebSeeds(urls, torrent, assembler, http, pace, this.#events.notice),
      uploader: new Uploader(storage, have, places, random),
      metadata: new MetadataService(torrent.info),
    };
    if (torrent.isPrivate) this.#connections.leavePublic();
    for (const peer of [...this.#peers]) {
      if (peer.id === undefined) continue;
      peer.setTorrent(torrent);
      this.#tellHave(peer);
      this.#changed(peer);
    }
    this.#kick();
  }

  #announcement() {
    const { torrent, assembler } = this.#content ?? {};
    const have = assembler?.picker.have;
    const { uploaded, downloaded } = this.state;
    const left =
      torrent === undefined || have === undefined ? 1 : (have.count - have.size) * torrent.pieceBytes;
    const { infoHash } = this.#options;
    return {
      infoHash,
      peerId: this.#connections.ownId,
      port: this.port ?? NO_PORT,
      uploaded,
      downloaded,
      left,
    };
  }

  #kick(): void {
    if (this.#timer !== undefined) this.#tick();
  }

  #tick(): void {
    const now = performance.now();
    const { pace } = this.#options;
    this.#trackers.tick(now);
    this.#connections.connect(now);
    for (const peer of [...this.#peers]) this.#tend(peer, now);
    this.#metadata.dropSilent(now - pace.blockTimeout);
    if (this.#content === undefined) {
      for (const peer of this.#peers) this.#metadata.offer(peer);
      return;
    }
    this.#content.webSeeds.fill(now);
    if (this.#options.upload && now >= this.#nextChoke) {
      this.#nextChoke = now + pace.choke;
      this.#content.uploader.round([...this.#peers], now);
    }
  }

  /** Looks after one peer: silence, blocks that it owes for too long, interest. */
  #tend(peer: Peer, now: number): void {
    const { handshakeTimeout, silence, blockTimeout, keepAlive } = this.#options.pace;
    if (peer.id === undefined) {
      if (now - peer.connectedAt > handshakeTimeout) peer.close("no handshake");
      return;
    }
    if (now - peer.lastHeard > silence) {
      peer.close("silence");
      return;
    }
    peer.keepAlive(now, keepAlive);
    if (peer.owed > 0 && now - peer.lastBlock > blockTimeout) {
      peer.isSlow = true;
      peer.forgetRequests();
      this.#content?.assembler.picker.release(peer);
      for (const other of this.#peers) if (other !== peer) this.#fill(other);
    }
    this.#changed(peer);
  }

  #greeted(peer: Peer, { peerId, hasExtensions }: Handshake): string | undefined {
    const refusal = this.#connections.refusal(peer, peerId);
    if (refusal !== undefined) return refusal;
    if (peer.isIncoming) peer.greet(this.#connections.ownId);
    const content = this.#options.upload ? this.#content : undefined;
    if (hasExtensions) peer.sendExtensions(content?.torrent.info.length, this.port);
    if (content !== undefined && content.assembler.picker.have.size > 0)
      peer.sendBitfield(content.assembler.picker.have);
    if (this.#content !== undefined) peer.setTorrent(this.#content.torrent);
    return undefined;
  }

  /** Tells a peer that was connected before the torrent was known. */
  #tellHave(peer: Peer): void {
    if (!this.#options.upload) return;
    const { have } = this.#content!.assembler.picker;
    for (let piece = 0; piece < have.count; piece++) if (have.has(piece)) peer.sendHave(piece);
  }

  #changed(peer: Peer): void {
    const content = this.#content;
    if (content === undefined || peer.isClosed || peer.pieces === undefined) return;
    const { picker } = content.assembler;
    peer.setInterested(picker.wants(peer.pieces));
    if (peer.isChoking && peer.owed > 0) {
      // A choke makes open requests void.
      peer.forgetRequests();
      picker.release(peer);
    }
    this.#fill(peer);
    if (this.#options.upload) content.uploader.welcome(peer, [...this.#peers], performance.now());
    if (picker.isComplete && peer.pieces.isFull) peer.close("both sides have everything");
  }

  #fill(peer: Peer): void {
    const room = peer.room;
    if (room === 0 || this.#content === undefined || peer.pieces === undefined) return;
    peer.request(this.#content.assembler.picker.blocksFor(peer, peer.pieces, room));
  }

  #block(peer: Peer, block: Block, bytes: Uint8Array): void {
    this.#fromPeers += bytes.length;
    this.#content?.assembler.receive(peer, block, bytes);
    this.#fill(peer);
  }

  #superfluous(block: Block, others: readonly Source[]): void {
    for (const other of others) if (other instanceof Peer) other.cancel(block);
  }

  #verified(piece: number, byteLength: number): void {
    const { assembler } = this.#content!;
    if (this.#options.upload) for (const peer of this.#peers) if (peer.id !== undefined) peer.sendHave(piece);
    this.#events.verified(byteLength);
    if (!assembler.picker.isComplete) return;
    this.#trackers.completed();
    this.#events.completed();
  }

  #ban(source: Source, reason: string): void {
    if (!(source instanceof Peer)) {
      this.#content?.webSeeds.ban(source);
      return;
    }
    this.#connections.book.ban(source.address);
    this.#events.notice(`the peer ${source.address.host}:${source.address.port} is banned: it ${reason}`);
    source.close(reason);
  }

  #metadataMessage(peer: Peer, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      if (this.#content === undefined) this.#metadata.offer(peer);
      return;
    }
    const message = parseMetadataMessage(bytes);
    if (this.#content === undefined) void this.#metadataPart(peer, message);
    else if (this.#options.upload) this.#content.metadata.answer(peer, message);
    else if (message.kind === 0) peer.sendMetadata(rejectionOf(message.part));
  }

  async #metadataPart(peer: Peer, message: ReturnType<typeof parseMetadataMessage>): Promise<void> {
    const info = await this.#metadata.answer(peer, message);
    if (info === "wrong") this.#ban(peer, "sent wrong metadata");
    else if (info !== undefined && this.#content === undefined) this.#events.metadata(info);
  }

  #closed(peer: Peer): void {
    if (!this.#connections.remove(peer)) return;
    this.#metadata.drop(peer);
    const picker = this.#content?.assembler.picker;
    picker?.release(peer);
    if (peer.pieces !== undefined) picker?.lost(peer.pieces);
    for (const other of this.#peers) this.#fill(other);
  }

  /** Returns when received pieces are on the disk. Blocks that arrive later are ignored. */
  async settle(): Promise<void> {
    await this.#content?.assembler.stop();
  }

  /** Closes every connection; returns when received pieces are on the disk and the trackers know. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#content?.webSeeds.close();
    await Promise.all([this.#connections.close(), this.#content?.assembler.stop(), this.#trackers.close()]);
  }
}
