/**
 * Keeps the direction of imports: a folder imports only folders of lower rank (and itself). Ranks follow the flow of
 * docs/architecture.md: bytes → formats → weights → model → generation → apps. Rooms with inner rooms have a
 * separate table, in which a file next to folders has a rank under its own name.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

type Ranks = Readonly<Record<string, number>>;

/** By folder: the rank of each entry. Folders not listed have a single rank. */
const RANKS: Readonly<Record<string, Ranks>> = {
  "": {
    base: 0,
    platform: 1,
    quant: 1,
    schema: 1,
    formats: 2,
    tokenizer: 3,
    engine: 3,
    weights: 4,
    config: 5,
    open: 6,
    cache: 6,
    model: 7,
    adapt: 8,
    data: 8,
    generation: 9,
    convert: 9,
    train: 10,
    quantise: 10,
    align: 11,
    tune: 11,
    eval: 11,
    hub: 11,
    library: 12,
    "index.ts": 13,
    "browser.ts": 13.5,
    measure: 14,
    server: 14,
    cli: 15,
  },
  engine: { graph: 0, jit: 0, kernels: 1, backend: 2, "index.ts": 3 },
  "engine/backend": {
    "backend.ts": 0,
    "names.ts": 0,
    reference: 1,
    program: 1,
    native: 2,
    wasm: 2,
    "select.ts": 3,
  },
};
const src = resolve(import.meta.dirname, "../src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);

function rankIn(folder: string, file: string): number {
  const entry = relative(folder, file).split("/")[0];
  const rank = RANKS[folder][entry];
  if (rank === undefined)
    throw new Error(`${join(folder, entry)} has no rank: add it to test/layers.test.ts`);
  return rank;
}

const isInside = (folder: string, file: string): boolean => folder === "" || file.startsWith(`${folder}/`);

/** The innermost folder with ranks that holds both files in different entries; undefined within one entry. */
function meetingRoom(file: string, imported: string): string | undefined {
  return Object.keys(RANKS)
    .filter((folder) => isInside(folder, file) && isInside(folder, imported))
    .sort((a, b) => b.length - a.length)
    .find((folder) => relative(folder, file).split("/")[0] !== relative(folder, imported).split("/")[0]);
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]);
}

describe("layers", () => {
  it.each(files)("%s imports only lower ranks", (file) => {
    for (const target of importsOf(file)) {
      if (target === "#platform") expect(rankIn("", file)).toBeGreaterThanOrEqual(RANKS[""].platform);
      if (!target.startsWith(".")) continue;
      const imported = relative(src, resolve(src, dirname(file), target));
      const room = meetingRoom(file, imported);
      if (room === undefined) continue;
      expect(rankIn(room, imported), `${file} imports ${imported}`).toBeLessThan(rankIn(room, file));
    }
  });

  it.each(files)("%s touches Node only where Node is allowed", (file) => {
    const allowed = file.startsWith("platform/node") || file.startsWith("cli/") || file.startsWith("server/");
    if (!allowed) expect(importsOf(file).filter((target) => target.startsWith("node:"))).toEqual([]);
  });
});

/** Entry files other than index.ts. */
const DOORS: Readonly<Record<string, string>> = {
  platform: "platform.ts",
  cli: "main.ts",
  "engine/graph": "graph.ts",
  "engine/kernels": "launch.ts",
  "engine/backend": "backend.ts",
  "engine/backend/program": "kernel-program.ts",
  "engine/backend/reference": "reference.ts",
  "engine/backend/native": "native.ts",
  "engine/backend/wasm": "wasm.ts",
};

describe("rooms", () => {
  const rooms = Object.entries(RANKS).flatMap(([folder, ranks]) =>
    Object.keys(ranks)
      .map((entry) => join(folder, entry))
      .filter((path) => files.some((file) => file.startsWith(`${path}/`))),
  );
  it.each(rooms)("%s describes itself in its entry file", (room) => {
    const door = join(src, room, DOORS[room] ?? "index.ts");
    expect(readFileSync(door, "utf8")).toMatch(/^(#!.*\n)?\/\*\*\s[\s\S]{40,}?\*\//);
  });
});
