/** Torrents as references: pulled into the store, then found by the commands that run models. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findModel, pull, type TransferProgress } from "../../src/hub/index.ts";
import { createTorrentFile, encodeTorrent, formatMagnet } from "../../src/hub/torrent/index.ts";
import { Folder, startWebSeed } from "./world.ts";

describe("pull", () => {
  it("fetches a torrent once, and findModel finds it by file and by magnet link", async () => {
    using from = new Folder();
    using own = new Folder();
    const bytes = from.file("set/model.gguf", 400_000);
    const card = from.file("set/README.md", 100);
    await using web = await startWebSeed({ "set/model.gguf": bytes, "set/README.md": card });
    const { torrent } = await createTorrentFile(from.join("set"), {
      webSeeds: [web.url],
      pieceBytes: 16_384,
    });
    const file = from.join("model.torrent");
    writeFileSync(file, encodeTorrent(torrent));
    const settings = { ownFolder: own.path };

    await expect(findModel(file, { settings })).rejects.toThrow("was not fetched");
    await expect(pull(file, { settings })).rejects.toThrow("it is in the local network");
    const reports: TransferProgress[] = [];
    const pulled = await pull(file, {
      settings,
      allowLocal: true,
      onProgress: (report) => reports.push(report),
    });
    expect(pulled.files.map(({ name }) => name)).toEqual(["set/README.md", "set/model.gguf"]);
    expect(pulled.receivedBytes).toBeGreaterThanOrEqual(400_100);
    expect(readFileSync(pulled.path).equals(bytes)).toBe(true);
    expect(reports.at(-1)).toMatchObject({ file: "set", done: 400_100, total: 400_100 });

    expect((await pull(file, { settings, allowLocal: true })).receivedBytes).toBe(0);
    for (const name of [file, formatMagnet({ infoHash: torrent.infoHash })])
      expect((await findModel(name, { settings })).path).toBe(pulled.path);
    await expect(pull(file, { settings: { ...settings, offline: true } })).rejects.toThrow("HF_HUB_OFFLINE");
  });
});
