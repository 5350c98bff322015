/**
 * The declarations are self-contained: a program without the DOM's types, Node's or zod's compiles against them with
 * every library file checked. Syntax that only newer compilers understand is searched for in their text.
 */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, { types?: string }>;
};
const entries = Object.keys(exports)
  .filter((name) => exports[name].types !== undefined)
  .map((name) => name.replace(/^\./, "cria"));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-types-"));
  const cria = join(folder, "node_modules/cria");
  mkdirSync(cria, { recursive: true });
  const { stderr, status } = spawnSync(
    process.execPath,
    [join(root, "scripts/build.js"), "--out", join(cria, "dist")],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(stderr);
  writeFileSync(join(cria, "package.json"), readFileSync(join(root, "package.json")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
import { load, type ChatMessage, type GenerationResult, type Model } from "cria";
${entries.map((name, i) => `import * as e${i} from "${name}";`).join("\n")}
import { defineRecipe } from "cria/train";
export const all: object[] = [${entries.map((_, i) => `e${i}`).join(", ")}];
const messages: ChatMessage[] = [{ role: "user", content: "hi" }];
export async function run(): Promise<GenerationResult> {
  const model: Model = await load("model.gguf", { threads: 2 });
  for await (const piece of model.chat(messages, { tools: [] })) piece.toUpperCase();
  const answer: string = await model.startChat({ system: "x" }).send("hi").text();
  const { logprobs } = await model.generate(answer, { logprobs: 1 }).result();
  logprobs?.[0].top[0].text.trim();
  // @ts-expect-error: no such option
  await model.generate("a", { temprature: 1 }).result();
  return model.generate("a").result();
}
export const recipe: Parameters<typeof defineRecipe>[0]["model"]["dim"] = 64;
// @ts-expect-error: a number
export const wrong: Parameters<typeof defineRecipe>[0]["model"]["dim"] = "64";
`;

/** The compiler's messages for the program with these options. */
function complaints(name: string, options: Record<string, unknown>): string {
  writeFileSync(join(folder, name), PROGRAM);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2022"],
        module: "NodeNext",
        types: [],
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        ...options,
      },
      files: [name],
    }),
  );
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  return spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", cwd: folder }).stdout;
}

describe("the declarations of the package", () => {
  it.each([
    ["alone", "alone.mts", {}],
    ["from CommonJS", "common.cts", {}],
    ["together with the DOM's", "dom.mts", { lib: ["ES2023", "DOM", "DOM.Iterable"] }],
    ["with a bundler's resolution", "bundled.mts", { module: "ESNext", moduleResolution: "Bundler" }],
  ])("compile %s", (_, name, options) => {
    expect(complaints(name, options)).toBe("");
  });

  it("compile together with Node's", () => {
    mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
    symlinkSync(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
    expect(complaints("node.mts", { types: ["node"] })).toBe("");
  });

  it("use nothing that is newer than TypeScript 5.4", () => {
    const dist = join(folder, "node_modules/cria/dist");
    const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".d.ts"),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const name of files) {
      const text = readFileSync(join(dist, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect(text, name).not.toMatch(/Array<ArrayBuffer|from "zod|from "node:|Iterator<[^<>]+,[^<>]+>/);
    }
  });
});
