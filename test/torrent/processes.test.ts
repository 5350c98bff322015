/** Several processes of Cria on one machine: `cria seed` serves, others download, and one of them is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { downloadTorrent, parseTorrent } from "../../src/hub/torrent/index.ts";
import { Folder, HERE, LOCAL, startTracker, startWebSeed } from "./world.ts";

const root = resolve(import.meta.dirname, "../..");
const SOURCE = ["--import", "tsx", "--conditions=cria-source"];
const SIZE = 3_000_000;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function run(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [...SOURCE, ...args], {
    cwd: root,
    env: { ...process.env, CI: "true" },
  });
  children.push(child);
  return child;
}

/** The first line that a process prints, as JSON. */
function firstLine(child: ChildProcess): Promise<Record<string, never>> {
  return new Promise((done, reject) => {
    let text = "";
    let errors = "";
    child.stderr?.on("data", (bytes: Buffer) => {
      errors += bytes;
    });
    child.stdout?.on("data", (bytes: Buffer) => {
      text += bytes;
      if (text.includes("\n")) done(JSON.parse(text.slice(0, text.indexOf("\n"))));
    });
    child.on("exit", (code) => reject(new Error(`it ended with ${code}: ${errors}`)));
  });
}

const startSeed = async (...args: string[]) => {
  const child = run(["src/cli/main.ts", "seed", "--json", "--host", LOCAL, ...args]);
  return { child, ...(await firstLine(child)) } as {
    child: ChildProcess;
    port: number;
    infoHash: string;
    magnet: string;
  };
};

describe("cria seed", () => {
  it("serves another process: from it alone, with a web seed, and by its magnet link", async () => {
    using from = new Folder();
    const bytes = from.file("model.gguf", SIZE);
    await using tracker = await startTracker();
    await using web = await startWebSeed({ "model.gguf": bytes }, { delay: 10 });
    const file = from.join("model.torrent");
    const address = `${web.url}model.gguf`;
    const seeding = await startSeed(
      from.join("model.gguf"),
      "--tracker",
      tracker.url,
      "--web-seed",
      address,
      "-o",
      file,
    );
    const torrent = await parseTorrent(readFileSync(file));
    expect(torrent).toMatchObject({
      infoHash: seeding.infoHash,
      trackers: [tracker.url],
      webSeeds: [address],
    });

    using alone = new Folder();
    await downloadTorrent({ ...torrent, webSeeds: [] }, { ...HERE, folder: alone.path });
    expect(readFileSync(alone.join("model.gguf")).equals(bytes)).toBe(true);
    expect(web.sent).toBe(0);

    using both = new Folder();
    const { downloaded } = await downloadTorrent(file, { ...HERE, folder: both.path });
    expect(readFileSync(both.join("model.gguf")).equals(bytes)).toBe(true);
    expect(web.sent).toBeGreaterThan(0);
    expect(downloaded - web.sent).toBeGreaterThan(0);

    using linked = new Folder();
    await downloadTorrent(seeding.magnet, { ...HERE, folder: linked.path });
    expect(readFileSync(linked.join("model.gguf")).equals(bytes)).toBe(true);

    const ended = new Promise((done) => seeding.child.on("exit", done));
    seeding.child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(tracker.announcements.at(-1)?.get("event")).toBe("stopped");

    using last = new Folder(); // the web seed alone
    await downloadTorrent({ ...torrent, trackers: [] }, { ...HERE, folder: last.path });
    expect(readFileSync(last.join("model.gguf")).equals(bytes)).toBe(true);
  });

  it("serves a .torrent file and its files, and refuses other files", async () => {
    using from = new Folder();
    const bytes = from.file("set/model.gguf", 100_000);
    const file = from.join("set.torrent");
    const first = await startSeed(from.join("set"), "-o", file, "--private");
    first.child.kill("SIGKILL");
    const second = await startSeed(file);
    expect(second.infoHash).toBe(first.infoHash);
    using to = new Folder();
    await downloadTorrent(file, { ...HERE, folder: to.path, peers: [{ host: LOCAL, port: second.port }] });
    expect(readFileSync(to.join("set/model.gguf")).equals(bytes)).toBe(true);
    writeFileSync(from.join("set/model.gguf"), "other");
    const { error } = await firstLine(run(["src/cli/main.ts", "seed", "--json", file]));
    expect(error).toMatchObject({ code: "FILE", found: "7 that differ or are missing" });
  });
});

describe("a killed download", () => {
  it("is continued by the next process, which fetches only the rest", async () => {
    using from = new Folder();
    using to = new Folder();
    const bytes = from.file("model.gguf", SIZE);
    await using web = await startWebSeed({ "model.gguf": bytes }, { delay: 60 });
    const file = from.join("model.torrent");
    const seeding = await startSeed(from.join("model.gguf"), "-o", file);
    seeding.child.kill("SIGKILL");
    const torrent = await parseTorrent(readFileSync(file));
    const sources = { webSeeds: [`${web.url}model.gguf`] };
    const options = JSON.stringify({ ...HERE, ...sources, folder: to.path });
    const module = JSON.stringify(resolve(root, "src/hub/torrent/index.ts"));
    const script = `import { downloadTorrent } from ${module}; await downloadTorrent(${JSON.stringify(file)}, ${options});`;
    const part = to.join("model.gguf.part");
    for (let kill = 0; kill < 3 && !existsSync(to.join("model.gguf")); kill++) {
      const before = web.sent;
      const child = run(["--input-type=module", "-e", script]);
      const ended = new Promise((done) => child.on("exit", done));
      const hasArrived = () => web.sent > before && existsSync(part) && statSync(part).size > 0;
      await expect.poll(hasArrived, { timeout: 60_000 }).toBe(true);
      child.kill("SIGKILL");
      await ended;
    }
    const { sent } = web;
    const { downloaded } = await downloadTorrent(torrent, { ...HERE, ...sources, folder: to.path });
    expect(readFileSync(to.join("model.gguf")).equals(bytes)).toBe(true);
    expect(downloaded).toBeLessThan(SIZE);
    expect(sent + downloaded).toBeGreaterThanOrEqual(SIZE);
  });
});
