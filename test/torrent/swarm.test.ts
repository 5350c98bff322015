import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FileError, NetworkError } from "../../src/base/errors.ts";
import {
  createTorrentFile,
  downloadTorrent,
  formatMagnet,
  seed,
  type Torrent,
} from "../../src/hub/torrent/index.ts";
import { FAST, Folder, HERE, LOCAL, startTracker, startWebSeed } from "./world.ts";

const PIECE = 16_384;
const SIZE = 64 * PIECE - 1000;
const peersOf = (...ports: number[]) => ports.map((port) => ({ host: LOCAL, port }));

/** One file of a megabyte, and its torrent. */
async function content(webSeeds: readonly string[] = []) {
  const from = new Folder();
  const bytes = from.file("model.gguf", SIZE);
  const { torrent } = await createTorrentFile(from.join("model.gguf"), { pieceBytes: PIECE, webSeeds });
  const to = new Folder();
  return {
    from,
    to,
    bytes,
    torrent,
    /** `toEqual` would compare a million elements, one by one. */
    isRight: () => readFileSync(to.join("model.gguf")).equals(bytes),
    [Symbol.dispose]: () => {
      from[Symbol.dispose]();
      to[Symbol.dispose]();
    },
  };
}

const withSeeds = (torrent: Torrent, ...webSeeds: string[]): Torrent => ({ ...torrent, webSeeds });

describe("downloadTorrent", () => {
  it("fetches from a peer that a tracker names, and says goodbye to the tracker", async () => {
    using files = await content();
    await using tracker = await startTracker();
    const { torrent } = files;
    await using seeding = await seed(torrent, { ...HERE, folder: files.from.path, trackers: [tracker.url] });
    await expect.poll(() => tracker.announcements.length).toBeGreaterThan(0);
    const phases = new Set<string>();
    let last = 0;
    const done = await downloadTorrent(
      { ...torrent, trackers: [tracker.url] },
      {
        ...HERE,
        folder: files.to.path,
        onProgress: (progress) => {
          phases.add(progress.phase);
          if (progress.phase === "download") last = progress.done;
        },
      },
    );
    expect(files.isRight()).toBe(true);
    expect(done).toMatchObject({
      path: files.to.join("model.gguf"),
      files: [files.to.join("model.gguf")],
      uploaded: 0,
    });
    expect(done.downloaded).toBeGreaterThanOrEqual(SIZE);
    expect(last).toBe(SIZE);
    expect(phases).toContain("download");
    expect(existsSync(files.to.join("model.gguf.part"))).toBe(false);
    expect(seeding.progress.uploaded).toBeGreaterThanOrEqual(SIZE);
    const ours = tracker.announcements.filter((query) => query.get("port") === "1");
    expect(ours.map((query) => query.get("event"))).toEqual(["started", "completed", "stopped"]);
    expect(ours[2].get("left")).toBe("0");
  });

  it("fetches from a web seed alone, every byte once, as ranges", async () => {
    using files = await content();
    await using web = await startWebSeed({ "model.gguf": files.bytes });
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    const { downloaded } = await downloadTorrent(torrent, { ...HERE, folder: files.to.path });
    expect(files.isRight()).toBe(true);
    expect(downloaded).toBe(SIZE);
    expect(web.ranges.length).toBeGreaterThan(4);
  });

  it("fetches from a peer and a web seed together", async () => {
    using files = await content();
    await using web = await startWebSeed({ "model.gguf": files.bytes }, { delay: 20 });
    await using seeding = await seed(files.torrent, { ...HERE, folder: files.from.path });
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    await downloadTorrent(torrent, { ...HERE, folder: files.to.path, peers: peersOf(seeding.port) });
    expect(files.isRight()).toBe(true);
    expect(seeding.progress.uploaded).toBeGreaterThan(0);
    expect(web.sent).toBeGreaterThan(0);
    expect(seeding.progress.uploaded + web.sent).toBeLessThan(2 * SIZE);
  });

  it("fetches a folder, with empty files and pieces across files", async () => {
    using from = new Folder();
    using to = new Folder();
    const given = {
      "set/a.bin": from.file("set/a.bin", 5000),
      "set/sub/b.bin": from.file("set/sub/b.bin", 70_000),
      "set/sub/empty": from.file("set/sub/empty", 0),
      "set/z z.bin": from.file("set/z z.bin", 40_001),
    };
    const { torrent, folder } = await createTorrentFile(from.join("set"), { pieceBytes: PIECE });
    await using seeding = await seed(torrent, { ...HERE, folder });
    await using web = await startWebSeed(given);
    await downloadTorrent(torrent, { ...HERE, folder: to.path, peers: peersOf(seeding.port) });
    for (const [name, bytes] of Object.entries(given))
      expect(readFileSync(to.join(name)).equals(bytes)).toBe(true);
    using third = new Folder();
    await downloadTorrent(withSeeds(torrent, web.url), { ...HERE, folder: third.path });
    for (const [name, bytes] of Object.entries(given))
      expect(readFileSync(third.join(name)).equals(bytes)).toBe(true);
  });

  it("turns a magnet link into a torrent with the help of peers", async () => {
    using files = await content();
    await using tracker = await startTracker();
    await using seeding = await seed(files.torrent, {
      ...HERE,
      folder: files.from.path,
      trackers: [tracker.url],
    });
    const phases = new Set<string>();
    const link = formatMagnet({ infoHash: files.torrent.infoHash, trackers: [tracker.url] });
    const { torrent } = await downloadTorrent(link, {
      ...HERE,
      folder: files.to.path,
      onProgress: ({ phase }) => phases.add(phase),
    });
    expect(torrent.infoHash).toBe(seeding.torrent.infoHash);
    expect(files.isRight()).toBe(true);
    expect([...phases]).toEqual(["metadata", "download"]);
  });

  it("passes pieces on during a download if asked, and several downloads help each other", async () => {
    using files = await content();
    await using tracker = await startTracker();
    await using seeding = await seed(files.torrent, {
      ...HERE,
      folder: files.from.path,
      trackers: [tracker.url],
    });
    using third = new Folder();
    const options = { ...HERE, trackers: [tracker.url], upload: true };
    const [one, two] = await Promise.all([
      downloadTorrent(files.torrent, { ...options, folder: files.to.path }),
      downloadTorrent(files.torrent, { ...options, folder: third.path }),
    ]);
    expect(files.isRight()).toBe(true);
    expect(readFileSync(third.join("model.gguf")).equals(files.bytes)).toBe(true);
    expect(one.uploaded + two.uploaded + seeding.progress.uploaded).toBeGreaterThanOrEqual(2 * SIZE);
  });

  it("fetches in order if asked", async () => {
    using files = await content();
    await using web = await startWebSeed({ "model.gguf": files.bytes });
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    await downloadTorrent(torrent, { ...HERE, folder: files.to.path, order: "sequential" });
    const starts = web.ranges.map((range) => Number(/\d+/.exec(range)));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });
});

describe("resuming", () => {
  it("keeps what has arrived after an abort, verifies it, and fetches only the rest", async () => {
    using files = await content();
    await using slow = await startWebSeed({ "model.gguf": files.bytes }, { delay: 30 });
    const torrent = withSeeds(files.torrent, `${slow.url}model.gguf`);
    const stop = new AbortController();
    const reason = new Error("enough");
    const first = downloadTorrent(torrent, {
      ...HERE,
      folder: files.to.path,
      signal: stop.signal,
      onProgress: ({ done }) => done > SIZE / 3 && stop.abort(reason),
    });
    await expect(first).rejects.toBe(reason);
    const part = files.to.join("model.gguf.part");
    expect(statSync(part).size).toBeGreaterThan(0);
    const { sent } = slow;

    // A byte of what is there changes: its piece is fetched again.
    const damaged = readFileSync(part);
    const piece = damaged.findIndex((byte, i) => byte !== 0 && i % PIECE === 0);
    damaged[piece] ^= 1;
    writeFileSync(part, damaged);

    const verified: number[] = [];
    const second = await downloadTorrent(torrent, {
      ...HERE,
      folder: files.to.path,
      onProgress: ({ phase, done }) => phase === "verify" && verified.push(done),
    });
    expect(files.isRight()).toBe(true);
    expect(verified.length).toBeGreaterThan(0);
    expect(second.downloaded).toBeLessThan(SIZE - SIZE / 3 + 2 * PIECE);
    expect(sent + second.downloaded).toBeGreaterThanOrEqual(SIZE);
    expect(existsSync(part)).toBe(false);
  });

  it("fetches nothing if the file is there, and refuses to replace another one", async () => {
    using files = await content();
    const done = await downloadTorrent(files.torrent, { ...HERE, folder: files.from.path });
    expect(done.downloaded).toBe(0);
    writeFileSync(files.to.join("model.gguf"), "mine");
    const refused = downloadTorrent(files.torrent, { ...HERE, folder: files.to.path });
    await expect(refused).rejects.toThrow(FileError);
    await expect(refused).rejects.toThrow("64 of 64 pieces differ");
    expect(readFileSync(files.to.join("model.gguf"), "utf8")).toBe("mine");
  });

  it("is done by one call at a time: a second waits, and finds the files there", async () => {
    using files = await content();
    await using web = await startWebSeed({ "model.gguf": files.bytes }, { delay: 20 });
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    const options = { ...HERE, folder: files.to.path };
    const both = await Promise.all([downloadTorrent(torrent, options), downloadTorrent(torrent, options)]);
    expect(both.map(({ downloaded }) => downloaded).toSorted((a, b) => a - b)).toEqual([0, SIZE]);
    expect(files.isRight()).toBe(true);
    expect(readdirSync(files.to.path)).toEqual(["model.gguf"]);
  });

  it("takes over a partial file that is longer than the torrent says", async () => {
    using files = await content();
    await using web = await startWebSeed({ "model.gguf": files.bytes });
    writeFileSync(files.to.join("model.gguf.part"), Buffer.concat([files.bytes, Buffer.alloc(5000, 1)]));
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    expect((await downloadTorrent(torrent, { ...HERE, folder: files.to.path })).downloaded).toBe(0);
    expect(files.isRight()).toBe(true);
  });
});

describe("web seeds", () => {
  it("survive cuts, errors and pauses of the server", async () => {
    using files = await content();
    await using web = await startWebSeed(
      { "model.gguf": files.bytes },
      {
        status: (answer) => [500, undefined, 503, undefined, 429][answer],
        cutAfter: (answer) => (answer % 3 === 1 ? 20_000 : undefined),
      },
    );
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    await downloadTorrent(torrent, { ...HERE, folder: files.to.path });
    expect(files.isRight()).toBe(true);
  });

  it.each([
    ["wrong bytes", { wrong: true }, "sends wrong bytes"],
    ["whole files for ranges", { ignoresRanges: true }, "status 206"],
    ["404", { status: () => 404 }, "status 404"],
  ])("are dropped for %s; another one delivers", async (_, behaviour, notice) => {
    using files = await content();
    await using bad = await startWebSeed({ "model.gguf": files.bytes }, behaviour);
    await using good = await startWebSeed({ "model.gguf": files.bytes }, { delay: 30 });
    const notices: string[] = [];
    const torrent = withSeeds(files.torrent, `${bad.url}model.gguf`, `${good.url}model.gguf`);
    await downloadTorrent(torrent, {
      ...HERE,
      folder: files.to.path,
      onNotice: (text) => notices.push(text),
    });
    expect(files.isRight()).toBe(true);
    expect(notices.join()).toContain(notice);
  });

  it("that stall lose their pieces to others", async () => {
    using files = await content();
    await using bad = await startWebSeed({ "model.gguf": files.bytes }, { stalls: true });
    await using good = await startWebSeed({ "model.gguf": files.bytes });
    const torrent = withSeeds(files.torrent, `${bad.url}model.gguf`, `${good.url}model.gguf`);
    await downloadTorrent(torrent, { ...HERE, folder: files.to.path });
    expect(files.isRight()).toBe(true);
  });

  it("in the local network are not asked unless allowed", async () => {
    using files = await content();
    await using web = await startWebSeed({ "model.gguf": files.bytes });
    const notices: string[] = [];
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    const refused = downloadTorrent(torrent, {
      folder: files.to.path,
      pace: FAST,
      onNotice: (text) => notices.push(text),
    });
    await expect(refused).rejects.toThrow("no peer, tracker or web seed is left to ask");
    expect(notices.join()).toContain("local network");
    expect(web.ranges).toEqual([]);
    // Those that the caller names itself are.
    await downloadTorrent(files.torrent, { folder: files.to.path, webSeeds: [`${web.url}model.gguf`] });
    expect(files.isRight()).toBe(true);
  });
});

describe("failures", () => {
  it("name the torrent, and keep what has arrived", async () => {
    using files = await content();
    const alone = downloadTorrent(files.torrent, { ...HERE, folder: files.to.path });
    await expect(alone).rejects.toThrow(NetworkError);
    await expect(alone).rejects.toThrow(
      'Cannot download the torrent "model.gguf": no peer, tracker or web seed',
    );
    await using web = await startWebSeed({ "model.gguf": files.bytes }, { stalls: true });
    const torrent = withSeeds(files.torrent, `${web.url}model.gguf`);
    const stalled = downloadTorrent(torrent, {
      ...HERE,
      pace: { ...FAST, webSeedTimeout: 9000 },
      patience: 0.3,
      folder: files.to.path,
    });
    await expect(stalled).rejects.toThrow("nothing has arrived for 0.3 s");
  });

  it("end at once when the signal aborts, also before the start and without any source", async () => {
    using files = await content();
    const reason = new Error("stop");
    const options = { ...HERE, folder: files.to.path };
    await expect(
      downloadTorrent(files.torrent, { ...options, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    const stop = new AbortController();
    const link = formatMagnet({ infoHash: files.torrent.infoHash });
    const waiting = downloadTorrent(link, { ...options, peers: peersOf(1), signal: stop.signal });
    setTimeout(() => stop.abort(reason), 100);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe("seed", () => {
  it("refuses files that differ from the torrent", async () => {
    using files = await content();
    files.from.file("model.gguf", SIZE);
    await expect(seed(files.torrent, { ...HERE, folder: files.from.path })).rejects.toThrow(
      "64 that differ or are missing",
    );
    await expect(seed(files.torrent, { ...HERE, folder: files.to.path })).rejects.toThrow(
      "no such file or folder",
    );
  });

  it("serves paths at once, and stops when its signal aborts", async () => {
    using files = await content();
    const stop = new AbortController();
    const seeding = await seed(files.from.join("model.gguf"), { ...HERE, signal: stop.signal });
    const link = seeding.magnet;
    await downloadTorrent(link, { ...HERE, folder: files.to.path, peers: peersOf(seeding.port) });
    expect(files.isRight()).toBe(true);
    stop.abort();
    await seeding.ended;
    using third = new Folder();
    const late = downloadTorrent(link, { ...HERE, folder: third.path, peers: peersOf(seeding.port) });
    await expect(late).rejects.toThrow(NetworkError);
  });
});
