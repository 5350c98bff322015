/** Fetching from a hub into an empty store: which files, where they are kept, what happens with bad servers. */
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findModel } from "../../src/hub/find.ts";
import { pull } from "../../src/hub/pull.ts";
import { RepositoryFolder } from "../../src/hub/store/layout.ts";
import { platform } from "../../src/platform/node.ts";
import { etagOf, gitHash, sha256, TestHub, TOKEN } from "./server.ts";
import { noise, type TestStore, testStore } from "./store.ts";

let hub: TestHub;
let store: TestStore;
beforeEach(async () => {
  hub = await TestHub.start();
  store = testStore(hub);
});
afterEach(async () => {
  store[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

const repository = (id: string): string => join(store.cache, `models--${id.replace("/", "--")}`);
const blobs = (id: string): string[] => readdirSync(join(repository(id), "blobs")).sort();

describe("pull", () => {
  it("keeps files in Hugging Face's layout", async () => {
    const model = noise(100_000);
    const commit = hub.add("owner/name", {
      files: { "m.Q4_0.gguf": model, "README.md": "# card", "other.txt": "x" },
    });
    const { path, receivedBytes, choice } = await pull("hf:owner/name", store.options);
    expect(path).toBe(join(repository("owner/name"), "snapshots", commit, "m.Q4_0.gguf"));
    expect(readlinkSync(path)).toBe(join("..", "..", "blobs", sha256(model)));
    expect(readFileSync(path)).toEqual(Buffer.from(model));
    expect(readFileSync(join(repository("owner/name"), "refs", "main"), "utf8")).toBe(commit);
    const card = new TextEncoder().encode("# card");
    expect(blobs("owner/name")).toEqual([gitHash(card), sha256(model)].sort());
    expect(choice).toBe("Q4_0: Q4_0 by default");
    expect(receivedBytes).toBe(model.byteLength + card.byteLength);
  });

  it("fetches nothing twice, and finds files without the network", async () => {
    hub.add("owner/name", { files: { "m.Q4_K_M.gguf": noise(50_000) } });
    const first = await pull("hf:owner/name", store.options);
    const again = await pull("hf:owner/name:q4_k_m", store.options);
    expect([again.path, again.receivedBytes]).toEqual([first.path, 0]);
    const before = hub.requests.length;
    expect((await findModel("hf:owner/name", store.options)).path).toBe(first.path);
    expect(hub.requests.length).toBe(before);
  });

  it("removes the log that a process leaves if it is killed just after the last byte", async () => {
    const model = noise(50_000);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    const { path } = await pull("hf:owner/name", store.options);
    const log = `${new RepositoryFolder(store.cache, "owner/name").part(sha256(model))}.log`;
    writeFileSync(log, "");
    rmSync(path);
    expect((await pull("hf:owner/name", store.options)).receivedBytes).toBe(0);
    expect(blobs("owner/name")).toEqual([sha256(model)]);
  });

  it("shares blobs between revisions, and follows a branch that moved", async () => {
    const same = noise(40_000, 2);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": same, "README.md": "one" } });
    const old = await pull("hf:owner/name", store.options);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": same, "README.md": "two!" } });
    const fresh = await pull("hf:owner/name", store.options);
    expect(fresh.commit).not.toBe(old.commit);
    expect(fresh.receivedBytes).toBe(4);
    expect(readFileSync(old.path)).toEqual(readFileSync(fresh.path));
    const pinned = await findModel(`hf:owner/name@${old.commit}`, store.options);
    expect(pinned.path).toBe(old.path);
  });

  it("keeps to the commit that it began with when the branch moves meanwhile", async () => {
    const model = noise(500_000);
    const began = hub.add("owner/name", { files: { "README.md": "1", "m.Q4_0.gguf": model } });
    hub.behaviour.status = ({ server }) => {
      if (server === "storage") hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(10, 3) } });
      return undefined;
    };
    const { path, commit } = await pull("hf:owner/name", store.options);
    expect(commit).toBe(began);
    expect(readFileSync(path)).toEqual(Buffer.from(model));
    expect((await pull("hf:owner/name", store.options)).commit).not.toBe(began);
  });

  it("takes safetensors with configuration and tokenizer, and opens the folder", async () => {
    const files = {
      "config.json": "{}",
      "tokenizer.json": "{}",
      "model.safetensors.index.json": "{}",
      "model-00001-of-00002.safetensors": noise(3000),
      "model-00002-of-00002.safetensors": noise(3000, 5),
      "optimizer.bin": noise(10),
      LICENSE: "text",
    };
    const commit = hub.add("owner/name", { files });
    const { path } = await pull("hf:owner/name", store.options);
    expect(path).toBe(join(repository("owner/name"), "snapshots", commit));
    expect(readdirSync(path)).toEqual(
      Object.keys(files)
        .filter((name) => name !== "optimizer.bin")
        .sort(),
    );
    expect((await findModel("hf:owner/name", store.options)).path).toBe(path);
  });

  it("checks Meta's checklist.chk", async () => {
    const weights = noise(1000);
    const files = (sum: string) => ({
      "original/consolidated.00.pth": weights,
      "original/params.json": "{}",
      "original/checklist.chk": `${sum}  consolidated.00.pth\n`,
    });
    hub.add("meta/good", { files: files(createHash("md5").update(weights).digest("hex")) });
    const { path } = await pull("hf:meta/good", store.options);
    expect(readdirSync(path)).toContain("consolidated.00.pth");
    hub.add("meta/bad", { files: files("0".repeat(32)) });
    await expect(pull("hf:meta/bad", store.options)).rejects.toThrow(/MD5 sum in "original\/checklist.chk"/);
    expect(existsSync(join(repository("meta/bad"), "refs"))).toBe(false);
  });

  it("reads trees of several pages", async () => {
    hub.behaviour.pageSize = 2;
    const names = Array.from({ length: 7 }, (_, i) => `f${i}.txt`);
    hub.add("owner/name", {
      files: { ...Object.fromEntries(names.map((n) => [n, n])), "z.Q4_0.gguf": noise(10) },
    });
    expect((await pull("hf:owner/name", store.options)).files[0].name).toBe("z.Q4_0.gguf");
  });

  it("follows a repository that was renamed, under both names", async () => {
    hub.add("old/name", { files: { "m.Q4_0.gguf": noise(1000) } });
    hub.rename("old/name", "new/name");
    const { path } = await pull("hf:old/name", store.options);
    expect(path.startsWith(repository("old/name"))).toBe(true);
    expect((await findModel("hf:old/name", store.options)).path).toBe(path);
  });

  it("fetches in several connections, and continues after cuts", async () => {
    const model = noise(3_000_000);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    let cuts = 0;
    hub.behaviour.cutAfter = (_, length) => (cuts++ < 20 ? Math.floor(length / 2) : undefined);
    const { path } = await pull("hf:owner/name", { ...store.options, segmentBytes: 500_000, connections: 4 });
    expect(sha256(readFileSync(path))).toBe(sha256(model));
    expect(hub.requests.filter(({ server }) => server === "storage").length).toBeGreaterThan(20);
    // What was cut had reached the connection; nothing else is sent twice.
    expect(hub.sentBytes).toBeLessThan(model.byteLength * 1.5);
  });

  it("takes the whole file where ranges are ignored", async () => {
    const model = noise(2_000_000);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    hub.behaviour.ignoreRange = true;
    const { path } = await pull("hf:owner/name", { ...store.options, segmentBytes: 500_000, connections: 3 });
    expect(sha256(readFileSync(path))).toBe(sha256(model));
  });

  it("never stores wrong bytes", async () => {
    const model = noise(200_000);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    hub.behaviour.corrupt = true;
    await expect(pull("hf:owner/name", store.options)).rejects.toMatchObject({ code: "FORMAT" });
    expect(blobs("owner/name")).toEqual([]);
    expect(existsSync(join(repository("owner/name"), "refs"))).toBe(false);
    hub.behaviour.corrupt = false;
    expect(readFileSync((await pull("hf:owner/name", store.options)).path)).toEqual(Buffer.from(model));
  });

  it("asks for a new presigned address when one has expired", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(400_000) } });
    hub.behaviour.usesOfAddress = 0;
    const failing = pull("hf:owner/name", { ...store.options, retry: { attempts: 3, firstDelay: 1 } });
    await expect(failing).rejects.toMatchObject({ code: "NETWORK" });
    const answers = [403];
    hub.behaviour = { status: ({ server }) => (server === "storage" ? answers.shift() : undefined) };
    await pull("hf:owner/name", store.options);
  });

  it("waits as servers ask, and tries errors of servers again", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(1000) } });
    const answers = [503, 500, 429];
    hub.behaviour.status = ({ server }) => (server === "storage" ? answers.shift() : undefined);
    await pull("hf:owner/name", store.options);
    expect(answers).toEqual([]);
  });

  it("stops at the signal and keeps what arrived", async () => {
    const model = noise(2_000_000);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    hub.behaviour.bytesPerSecond = 4_000_000;
    const stop = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ received }: { received: number }) => {
      if (received > 0) stop.abort(reason);
    };
    const options = { ...store.options, signal: stop.signal, onProgress };
    await expect(pull("hf:owner/name", options)).rejects.toBe(reason);
    hub.behaviour.bytesPerSecond = undefined;
    const { receivedBytes } = await pull("hf:owner/name", store.options);
    expect(receivedBytes).toBeGreaterThan(0);
    expect(receivedBytes).toBeLessThan(model.byteLength);
  });

  it("reports progress that ends at the total", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(300_000), "README.md": "card" } });
    const seen: { done: number; total: number }[] = [];
    await pull("hf:owner/name", {
      ...store.options,
      onProgress: ({ done, total }) => seen.push({ done, total }),
    });
    expect(seen.at(-1)).toEqual({ done: 300_004, total: 300_004 });
    expect(seen.every(({ done }, i) => i === 0 || done >= seen[i - 1].done)).toBe(true);
  });

  it("copies files where links do not work", async () => {
    const spy = vi.spyOn(platform.disk, "canLink").mockResolvedValue(false);
    try {
      const model = noise(10_000);
      hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
      const { path } = await pull("hf:owner/name", store.options);
      expect(lstatSync(path).isSymbolicLink()).toBe(false);
      expect(sha256(readFileSync(path))).toBe(sha256(model));
      expect((await pull("hf:owner/name", store.options)).receivedBytes).toBe(0);
      hub.add("owner/name", { files: { "m.Q4_0.gguf": model, "README.md": "new" } });
      expect((await pull("hf:owner/name", store.options)).path).not.toBe(path);
    } finally {
      spy.mockRestore();
    }
  });
});

describe("tokens", () => {
  it("open gated and private repositories, and go to the hub only", async () => {
    hub.add("owner/gated", { files: { "m.Q4_0.gguf": noise(1000) }, gated: true });
    hub.add("owner/private", { files: { "m.Q4_0.gguf": noise(1000) }, private: true });
    await expect(pull("hf:owner/gated", store.options)).rejects.toThrow(/gated.*accept its terms.*HF_TOKEN/);
    await expect(pull("hf:owner/private", store.options)).rejects.toThrow(
      /no such repository, or it is private/,
    );
    const member = { ...store.options, settings: { ...store.options.settings, token: TOKEN } };
    await pull("hf:owner/gated", member);
    await pull("hf:owner/private", member);
    const withToken = hub.requests.filter(({ authorization }) => authorization !== undefined);
    expect(withToken.length).toBeGreaterThan(4);
    expect(withToken.every(({ server }) => server === "hub")).toBe(true);
  });

  it("are in no error, nor are presigned signatures", async () => {
    const member = { ...store.options, settings: { ...store.options.settings, token: TOKEN } };
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(1000) } });
    const failures: unknown[] = [];
    const behaviours = [
      { status: () => 500 },
      { status: () => 403 },
      { cutAfter: () => 0 },
      { corrupt: true },
      { redirect: () => "ftp://elsewhere/x?X-Amz-Signature=signed" },
      { redirect: () => "http://127.0.0.1:1/x?X-Amz-Signature=signed" },
    ];
    for (const behaviour of behaviours) {
      hub.behaviour = behaviour;
      await pull("hf:owner/name", { ...member, retry: { attempts: 2, firstDelay: 1 } }).catch((e) =>
        failures.push(e),
      );
    }
    expect(failures.length).toBe(behaviours.length);
    for (const failure of failures) {
      const text = inspect(failure, { depth: 10 });
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain("X-Amz-Signature");
    }
  });
});

describe("names from a server", () => {
  const hostile = [
    "../escape.gguf",
    "/etc/x.gguf",
    "a/../../x.gguf",
    "C:\\x.gguf",
    "a\\..\\x.gguf",
    "con.gguf",
    "x.gguf ",
    "x:stream.gguf",
    "x\u0000.gguf",
    `${"x".repeat(300)}.gguf`,
    `${"d/".repeat(600)}x.gguf`,
    "\ud800.gguf",
  ];

  it("that could leave the store are not used", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(100) } });
    hub.behaviour.tree = (entries) => hostile.map((path) => ({ ...entries[0], path }));
    await expect(pull("hf:owner/name", store.options)).rejects.toThrow(/no files/);
    const commit = hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(100) } });
    hub.behaviour.tree = (entries) => [...hostile.map((path) => ({ ...entries[0], path })), ...entries];
    const { path } = await pull("hf:owner/name", store.options);
    expect(path).toBe(join(repository("owner/name"), "snapshots", commit, "m.Q4_0.gguf"));
    expect(readdirSync(store.folder)).toEqual(["cria", "hub"]);
  });

  it("of blobs are checksums, and nothing else", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(100) } });
    hub.behaviour.tree = (entries) =>
      entries.map((entry) => ({ ...entry, lfs: { oid: "../../x", size: 100 } }));
    await expect(pull("hf:owner/name", store.options)).rejects.toThrow(/no files/);
  });
});

describe("plain addresses", () => {
  it("are kept by address, without presigned queries", async () => {
    const bytes = noise(50_000);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": bytes } });
    const address = `${hub.storage}/${sha256(bytes)}`;
    const { path } = await pull(`${address}?X-Amz-Signature=1`, store.options);
    expect(readFileSync(path)).toEqual(Buffer.from(bytes));
    expect((await pull(`${address}?X-Amz-Signature=2`, store.options)).receivedBytes).toBe(0);
    expect((await findModel(`${address}?X-Amz-Signature=3`, store.options)).path).toBe(path);
    expect(statSync(path).size).toBe(bytes.byteLength);
  });

  it("that have expired say so", async () => {
    await expect(pull(`${hub.storage}/x.gguf?secret=hidden`, store.options)).rejects.toThrow(
      /access is refused; the address may have expired \(status 403\); request a new one/,
    );
    await expect(pull(`${hub.storage}/x.gguf?secret=hidden`, store.options)).rejects.not.toThrow(/hidden/);
  });

  it("whose file changes during the transfer are not mixed", async () => {
    const files = [noise(400_000, 1), noise(400_000, 2)];
    for (const [i, bytes] of files.entries()) hub.add(`owner/n${i}`, { files: { "m.Q4_0.gguf": bytes } });
    hub.behaviour.cutAfter = (_, length) => (length > 1 ? 100_000 : undefined);
    const address = `${hub.storage}/${sha256(files[0])}?X-Amz-Signature=1`;
    let served = 0;
    hub.behaviour.blob = (digest) => (digest === sha256(files[0]) && ++served > 2 ? files[1] : undefined);
    await expect(pull(address, store.options)).rejects.toThrow(/the file changed on the server/);
  });

  it("of this machine are there already", async () => {
    const { path, receivedBytes } = await pull(`file://${import.meta.filename}`, store.options);
    expect([path, receivedBytes]).toEqual([import.meta.filename, 0]);
    await expect(pull("nowhere.gguf", store.options)).rejects.toThrow(/write hf:owner\/repo/);
  });

  it("are fetched by pull only", async () => {
    await expect(findModel(`${hub.storage}/x.gguf`, store.options)).rejects.toThrow(/cria pull/);
    expect(hub.requests).toEqual([]);
  });
});

it("etags of the test hub are the hub's", () => {
  expect(etagOf("README.md", new TextEncoder().encode("hello\n"))).toBe(
    "ce013625030ba8dba906f756967f9e9ca394464a",
  );
});
