import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFile } from "./node-lock.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-lock-"));
  path = join(folder, "a", "x.lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("lockFile", () => {
  it("lets one in at a time, in one process too", async () => {
    let inside = 0;
    let most = 0;
    const enter = async () => {
      const unlock = await lockFile(path);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
      await unlock();
    };
    await Promise.all([enter(), enter(), enter()]);
    expect(most).toBe(1);
    expect(readdirSync(join(folder, "a"))).toEqual([]);
  });

  it("takes a dead process's lock over, once", async () => {
    const first = await lockFile(path);
    await first();
    const dead = { id: "x", pid: 2 ** 22 + 1, host: hostname() };
    writeFileSync(path, JSON.stringify(dead));
    let held = 0;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const unlock = await lockFile(path);
        expect(++held).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 2));
        held--;
        await unlock();
      }),
    );
    expect(readdirSync(join(folder, "a"))).toEqual([]);
  });

  it("ends waiting at the signal, and tells that it waits", async () => {
    const unlock = await lockFile(path);
    const stop = new AbortController();
    const onWait = () => stop.abort(new Error("enough"));
    await expect(lockFile(path, { signal: stop.signal, onWait })).rejects.toThrow("enough");
    await unlock();
  });

  it("does not remove a lock that another has taken over", async () => {
    const unlock = await lockFile(path);
    writeFileSync(path, JSON.stringify({ id: "other", pid: process.pid, host: hostname() }));
    await unlock();
    expect(readdirSync(join(folder, "a"))).toEqual(["x.lock"]);
  });
});
