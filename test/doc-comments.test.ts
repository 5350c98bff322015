/** Every class, constant and function that a program can import, and all of backend/, has a doc comment. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const src = join(root, "src");

interface Exported {
  readonly name: string;
  readonly file: string;
}

const DECLARATION = /^export (?:abstract )?(?:async )?(?:class|const|function\*?) (\w+)/;

/** Names that a file declares itself, and whether a comment precedes each. */
function declarations(file: string): Map<string, boolean> {
  const lines = readFileSync(file, "utf8").split("\n");
  return new Map(
    lines.flatMap((line, i) => {
      const [, name] = DECLARATION.exec(line) ?? [];
      return name === undefined ? [] : [[name, lines[i - 1]?.trim().endsWith("*/") ?? false] as const];
    }),
  );
}

/** Exports of an entry, found in the files that declare them, without pure types. */
function exportsOf(file: string): Exported[] {
  const text = readFileSync(file, "utf8");
  const own = [...declarations(file).keys()].map((name) => ({ name, file }));
  const passed = [...text.matchAll(/^export (type )?(?:\*|\{([^}]*)\}) from "(\.[^"]+)";/gm)].flatMap(
    ([, type, names, target]) => {
      if (type !== undefined) return [];
      const inner = exportsOf(join(dirname(file), target));
      if (names === undefined) return inner;
      const wanted = new Set(names.split(",").map((name) => name.trim().split(" as ")[0]));
      return inner.filter(({ name }) => wanted.has(name));
    },
  );
  return [...own, ...passed];
}

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, { default?: string } | string>;
};
const entries = Object.values(exports)
  .flatMap((entry) => (typeof entry === "string" ? [] : [entry.default ?? ""]))
  .map((path) => join(src, path.replace("./dist/", "").replace(/\.js$/, ".ts")))
  .filter(existsSync);
const backend = readdirSync(join(src, "engine/backend"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => join(src, "engine/backend", name));

describe("public names", () => {
  const all = [...entries, ...backend].flatMap(exportsOf);
  const unique = [
    ...new Map(all.map((found) => [`${found.name} in ${relative(src, found.file)}`, found])).entries(),
  ];
  it("are many", () => {
    expect(unique.length).toBeGreaterThan(150);
  });
  it.each(unique)("%s has a comment", (_, { name, file }) => {
    expect(declarations(file).get(name)).toBe(true);
  });
});
