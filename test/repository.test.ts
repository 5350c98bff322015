/** Invariants of the whole repository. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

function filesIn(folder: string, pattern: RegExp): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => pattern.test(name)).map((name) => `${folder}/${name}`);
}

describe("docs/papers.md", () => {
  const keys = new Set([...read("docs/papers.md").matchAll(/^\| \[(\w+)\]/gm)].map(([, key]) => key));

  /** `[RoPE]` in a comment; shapes are capitals only ([T, D], [B]), and code has its own brackets. */
  const cited = filesIn("src", /\.ts$/).flatMap((path) =>
    [...read(path).matchAll(/(?:\/\/|^ *\/?\*\*?) .*$/gm)]
      .flatMap(([comment]) => [
        ...comment.matchAll(/(?<![\w\])])\[([A-Z]\w*[a-z]\w*|GQA|LLaMA)\](?![(\w[])/g),
      ])
      .map(([, key]) => [key, path] as const),
  );

  it("is cited", () => {
    expect(cited.length).toBeGreaterThan(10);
  });

  it.each([...new Map(cited)])("has [%s], cited in %s", (key) => {
    expect(keys).toContain(key);
  });
});

describe("docs/decisions", () => {
  const notes = filesIn("docs/decisions", /\.md$/).sort();

  it("are numbered from 1 without gaps", () => {
    expect(notes.map((path) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]))).toEqual(
      notes.map((_, i) => i + 1),
    );
  });

  it.each(notes)("%s has its number, situation, choice and cost", (path) => {
    const text = read(path);
    expect(text).toMatch(new RegExp(`^# ${Number(/\d{4}/.exec(path)?.[0])}\\. `));
    for (const part of ["Situation", "Choice", "Cost"]) expect(text).toContain(`**${part}.**`);
  });
});

describe("package-lock.json", () => {
  it("names no address, so that every registry serves", () => {
    // A workspace is resolved to its folder.
    expect(/"resolved": "(?!apps\/)|\bregistry\./.test(read("package-lock.json"))).toBe(false);
    for (const path of ["package.json", ".npmrc", ".ci/run"]) expect(read(path)).not.toMatch(/https?:\/\//);
  });

  it("names every dependency of package.json", () => {
    const manifest = JSON.parse(read("package.json"));
    const lock = JSON.parse(read("package-lock.json")).packages[""];
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies"])
      expect(lock[kind] ?? {}, kind).toEqual(manifest[kind] ?? {});
  });
});

describe("keys of explicit resource management", () => {
  const library = filesIn("src", /\.ts$/).filter(
    (path) => !/^src\/cli\/|\.test\.ts$|base\/dispose\.ts$/.test(path),
  );
  it("are only in base/dispose.ts, because runtimes may lack them", () => {
    expect(library.filter((path) => /\[Symbol\.(?:async)?[dD]ispose\]/.test(read(path)))).toEqual([]);
  });
});
