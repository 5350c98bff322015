/** Checks README.md and docs/cli.md: commands parse, imports exist, every folder has a caption. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, exitCodeOf } from "../../src/cli/exit-codes.ts";
import { createProgram } from "../../src/cli/program.ts";
import { GROUPS, VERBS } from "../../src/cli/verbs.ts";
import * as cria from "../../src/index.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const readme = read("README.md");

/** The words of a shell command up to a pipe, a redirection or a comment. */
function shellWords(command: string): string[] {
  const [own] = command.split(/\s[|<>#]/);
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
}

/** Every `npx cria …` of a text, in fences and in tables. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/npx (cria [^`\n]+)/g)].map(([, command]) => command.trim());
}

async function parse(words: readonly string[]): Promise<string> {
  let parsed = "";
  const program = createProgram("0.0.0", async ({ name }) => {
    parsed = name;
  });
  for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: () => {} });
  await program.parseAsync(words.slice(1), { from: "user" });
  return parsed;
}

/** The verb of a command's words, with its group if it has one. */
function verbOf([, first, second]: readonly string[]): string {
  return first in GROUPS ? `${first} ${second}` : first;
}

describe("README.md", () => {
  const commands = commandsOf(readme);

  it("has commands for every verb except the demo", () => {
    const verbs = new Set(commands.map((command) => verbOf(shellWords(command))));
    expect(verbs).toEqual(new Set(VERBS.map(({ name }) => name).filter((name) => name !== "demo")));
  });

  it.each(commands)("%s", async (command) => {
    const words = shellWords(command);
    expect(await parse(words)).toBe(verbOf(words));
  });

  it("imports what the package exports", () => {
    const imports = [...readme.matchAll(/import \{([^}]+)\} from "cria"/g)].flatMap(([, names]) =>
      names.split(","),
    );
    expect(imports.length).toBeGreaterThan(0);
    for (const name of imports) expect(cria).toHaveProperty(name.trim());
    for (const name of ["inspectModel", "loadTokenizer", "convertCheckpoint"])
      expect(cria).toHaveProperty(name);
  });

  it("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("captions every folder of src, and no other", () => {
    expect(captionedFolders().sort()).toEqual(sourceFolders().sort());
  });
});

/** Folders of the tree in README.md, by their indentation. */
function captionedFolders(): string[] {
  const [, tree] = /<!-- tree:[\s\S]*?```\nsrc\/\n([\s\S]*?)```/.exec(readme) ?? [];
  let parent = "";
  return (tree ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, indent, name] = /^( {2,4})(\S+)\/ +\S/.exec(line) ?? [];
      if (indent === undefined) throw new Error(`no caption in the line "${line}"`);
      if (indent.length === 2) parent = name;
      return indent.length === 2 ? name : `${parent}/${name}`;
    });
}

/** Folders of src, two levels deep; folders used only by tests need no caption. */
function sourceFolders(): string[] {
  const folders = (path: string) =>
    readdirSync(join(root, "src", path), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && entry.name !== "fixtures"
        ? [path === "" ? entry.name : `${path}/${entry.name}`]
        : [],
    );
  return folders("").flatMap((folder) => [folder, ...folders(folder)]);
}

describe("examples in the help", () => {
  const examples = VERBS.flatMap((verb) => verb.examples.map(([line]) => [verb.name, line] as const));
  it.each(examples)("of %s: %s", async (name, line) => {
    const command = line.slice(line.indexOf("cria "));
    expect(await parse(shellWords(command))).toBe(name);
  });
});

describe("docs/cli.md", () => {
  it("has the existing exit codes", () => {
    const rows = [...read("docs/cli.md").matchAll(/^\| (\d+) +\| [^|]+\|([^|]*)\|$/gm)];
    expect(new Set(rows.map(([, code]) => Number(code)))).toEqual(new Set(Object.values(EXIT)));
    const documented = new Map(
      rows.flatMap(([, code, names]) =>
        [...names.matchAll(/`([A-Z]+)`/g)].map(([, name]) => [name, Number(code)]),
      ),
    );
    const problem = { doing: "test", found: "nothing" };
    const errors = Object.values(cria).flatMap((value) =>
      typeof value === "function" && value.prototype instanceof cria.CriaError
        ? [new (value as new (p: typeof problem) => cria.CriaError)(problem)]
        : [],
    );
    expect(errors.length).toBe(12);
    for (const error of errors) expect(documented.get(error.code), error.code).toBe(exitCodeOf(error));
    expect(documented.get("INTERNAL")).toBe(exitCodeOf(new Error("a slip")));
  });
});
