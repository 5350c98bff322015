/**
 * Keeps the direction of imports: a folder imports only folders of lower rank (and itself). Ranks follow the
 * flow of docs/architecture.md: bytes → formats → weights → model → generation → apps.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const RANK: Record<string, number> = {
  base: 0,
  platform: 1,
  quant: 1,
  formats: 2,
  tokenizer: 3,
  engine: 3,
  weights: 4,
  model: 5,
  adapt: 6,
  generation: 7,
  train: 8,
  convert: 8,
  align: 9,
  data: 9,
  eval: 9,
  hub: 9,
  bench: 10,
  server: 10,
  cli: 11,
};
/** The public faces in src/ itself stand above everything but the applications. */
const FACE_RANK = 9.5;
const src = resolve(import.meta.dirname, "../src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);

function rankOf(file: string): number {
  const [folder, rest] = file.split("/");
  if (rest === undefined) return FACE_RANK;
  const rank = RANK[folder];
  if (rank === undefined) throw new Error(`src/${folder} has no rank: add it to test/layers.test.ts`);
  return rank;
}

/** The first folder of a path inside src; "" for the files in src/ itself. */
function folderOf(path: string): string {
  return path.includes("/") ? path.split("/")[0] : "";
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]);
}

describe("layers", () => {
  it.each(files)("%s imports only lower ranks", (file) => {
    for (const target of importsOf(file)) {
      if (target === "#platform") expect(rankOf(file)).toBeGreaterThanOrEqual(RANK.platform);
      if (!target.startsWith(".")) continue;
      const imported = relative(src, resolve(src, dirname(file), target));
      if (folderOf(imported) === folderOf(file)) continue;
      expect(rankOf(imported), `${file} imports ${imported}`).toBeLessThan(rankOf(file));
    }
  });

  it.each(files)("%s touches Node only where Node is allowed", (file) => {
    const allowed = file.startsWith("platform/node") || file.startsWith("cli/") || file.startsWith("server/");
    if (!allowed) expect(importsOf(file).filter((target) => target.startsWith("node:"))).toEqual([]);
  });
});
