/** `cria tokenizer train` from outside: real files in, real files out. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type BuiltPackage,
  buildPackage,
  ENVIRONMENT,
  type Finished,
  type RunOptions,
  runCria,
} from "./process.ts";

let built: BuiltPackage;
let folder: string;
beforeAll(() => {
  built = buildPackage();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-train-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => built[Symbol.dispose]());

const TEXT = readFileSync(resolve(import.meta.dirname, "../../docs/architecture.md"), "utf8");
const at = (name: string): string => join(folder, name);
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

const train = (args: readonly string[], options?: RunOptions): Promise<Finished> =>
  runCria(built.main, ["tokenizer", "train", ...args], options);

/** Trains and returns the summary. */
async function summary(args: readonly string[], options?: RunOptions): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await train([...args, "--json"], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Runs, expects this exit code, and returns the message. No files must remain. */
async function failure(code: number, args: readonly string[], options?: RunOptions): Promise<string> {
  const before = readdirSync(folder).sort();
  const result = await train(args, options);
  expect(result.code).toBe(code);
  expect(result.stdout).toBe("");
  expect(readdirSync(folder).sort()).toEqual(before);
  return result.stderr;
}

describe("cria tokenizer train", () => {
  it("writes a tokenizer.model that cria tokenize uses, and reports what it did", async () => {
    const out = at("tok.model");
    const { code, stdout } = await train([put("a.txt", TEXT), "--vocab", "500", "-o", out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/written +.*tok\.model\npieces +500 \(spm-bpe\), \d+ of them merged/);
    expect(stdout).toMatch(/held out +\S+ \w+, \d\.\d+ bytes per token/);
    const encoded = await runCria(built.main, ["tokenize", out, "the tokens of a step", "--json"]);
    const { tokens } = JSON.parse(encoded.stdout) as { tokens: { piece: string }[] };
    expect(tokens.map(({ piece }) => piece).join("")).toBe("<s>▁the▁tokens▁of▁a▁step");
    expect(tokens.length).toBeLessThan(14);
  });

  it("writes tokenizer.json with its configuration", async () => {
    const out = at("tokenizer.json");
    const result = await summary([
      put("a.txt", TEXT),
      "--vocab",
      "400",
      "-o",
      out,
      "--pre",
      "gpt-2",
      "-s",
      "1",
    ]);
    expect(result).toMatchObject({ kind: "byte-bpe", vocabSize: 400, merges: 143, documents: 1 });
    expect(result.files).toEqual([out, at("tokenizer_config.json")]);
    expect(result.peakMemoryBytes).toBeGreaterThan(1e7);
    const config = JSON.parse(readFileSync(at("tokenizer_config.json"), "utf8")) as Record<string, unknown>;
    expect(config.eos_token).toBe("<|endoftext|>");
    const decoded = await runCria(built.main, ["tokenize", folder, "-d", "0", "1", "255"]);
    expect(decoded).toMatchObject({ code: 0, stderr: "" });
  });

  it("reads text and JSON lines, plain and compressed, from files, folders and the standard input", async () => {
    const paragraphs = TEXT.split("\n\n");
    const jsonl = paragraphs.map((text) => JSON.stringify({ body: text })).join("\n");
    mkdirSync(at("in/deep"), { recursive: true });
    put("in/ignored.md", "xyz".repeat(500));
    put("in/a.jsonl", jsonl);
    put("in/deep/b.jsonl.gz", gzipSync(jsonl));
    put("two.txt", `${paragraphs.join("\n<|endoftext|>\n")}\n`);
    put("two.txt.gz", gzipSync(TEXT));
    const common = ["--vocab", "420", "--held-out", "0", "--force", "-o", at("t.model")];
    const count = async (args: readonly string[], options?: RunOptions) => {
      const result = await summary([...args, ...common], options);
      return [result.documents, result.characters];
    };
    const n = paragraphs.length;
    const characters = TEXT.replaceAll("\n", "").length;
    expect(await count([at("in"), "--field", "body"])).toEqual([2 * n, 2 * characters]);
    expect(await count([at("two.txt")])).toEqual([n, characters]);
    expect(await count([at("two.txt.gz"), at("two.txt")])).toEqual([n + 1, 2 * characters]);
    expect(await count(["-"], { input: TEXT })).toEqual([1, characters]);
    const once = readFileSync(at("t.model"));
    expect(await count(["-", "--format", "jsonl", "--field", "body"], { input: jsonl })).toEqual([
      n,
      characters,
    ]);
    expect(readFileSync(at("t.model")).equals(once)).toBe(true);
  });

  it("passes on the training options", async () => {
    const args = [
      ...[
        "--vocab",
        "420",
        "--held-out",
        "0",
        "--no-split-digits",
        "--no-byte-fallback",
        "--no-add-dummy-prefix",
      ],
      ...["--user-defined-symbols", "llama", "--user-defined-symbols", "x▁y"],
      ...[
        "--control-symbols",
        "<mask>",
        "--pad-piece",
        "<pad>",
        "--bos-piece",
        "",
        "--max-piece-length",
        "4",
      ],
    ];
    const text = `${TEXT}${"2024\n1999\n".repeat(60)}`;
    await summary([put("a.txt", text), ...args, "-o", at("t.model")]);
    const shown = await runCria(built.main, ["tokenize", at("t.model"), "2024 llama", "--json"]);
    const pieces = (JSON.parse(shown.stdout) as { tokens: { piece: string }[] }).tokens.map(
      ({ piece }) => piece,
    );
    expect(pieces).toEqual(["2024", "▁", "llama"]);
    const bytes = readFileSync(at("t.model")).toString("latin1");
    for (const part of ["<pad>", "<mask>"]) expect(bytes).toContain(part);
    expect(bytes).not.toContain("<0x00>");
  });

  it("leaves no files after an error", async () => {
    const text = put("a.txt", TEXT);
    const out = ["-o", at("t.model")];
    expect(await failure(2, [text, "--vocab", "300"])).toContain("expected -o FILE");
    expect(await failure(2, [text, ...out])).toContain("expected --vocab N");
    expect(await failure(2, [text, "--vocab", "300", "-o", at("t.bin")])).toContain(
      "--kind, or a name that ends in",
    );
    expect(await failure(2, [text, "--vocab", "300", ...out])).toContain("vocabSize of at least");
    expect(await failure(2, [text, "--vocab", "90000", ...out])).toContain("vocabSize of at most");
    expect(await failure(2, [text, "--vocab", "400", ...out, "--pre", "gpt-2"])).toContain(
      "the kind spm-bpe, got pre",
    );
    const settings = ["--vocab", "400", "-o", at("tokenizer_config.json")];
    expect(await failure(2, [text, ...settings])).toContain("another name than tokenizer_config.json");
    const json = ["-o", at("t.json"), "--vocab", "400", "--no-split-digits"];
    expect(await failure(2, [text, ...json])).toContain("the kind byte-bpe, got splitDigits");
    const twice = ["--control-symbols", "<a>", "--control-symbols", "<a>"];
    expect(await failure(2, [text, "--vocab", "400", ...out, ...twice])).toContain(
      '"<a>" twice in controlSymbols',
    );

    const enough = ["--vocab", "400", ...out];
    expect(await failure(3, [at("none.txt"), ...enough])).toContain("no such file or folder");
    expect(await failure(3, [text, put("b.txt", Uint8Array.of(0x61, 0x0a, 0xff)), ...enough])).toContain(
      "line 2: expected UTF-8",
    );
    expect(await failure(3, [put("c.jsonl", '{"text":"a"}\nno'), ...enough])).toContain(
      `"${at("c.jsonl")}", line 2`,
    );
    expect(await failure(2, [put("d.json", "[]"), ...enough])).toContain("a name that ends in .txt, .jsonl");
    const cut = gzipSync(TEXT);
    expect(await failure(3, [put("e.txt.gz", cut.subarray(0, cut.length - 20)), ...enough])).toContain(
      "the file is damaged or truncated",
    );
    mkdirSync(at("empty"));
    expect(await failure(2, [at("empty"), ...enough])).toContain("expected files named .txt");
    expect(await failure(2, ["-", ...enough])).toContain("expected text to train on");
  });

  it("replaces a file only on request", async () => {
    const args = [put("a.txt", TEXT), "--vocab", "400", "-o", put("t.model", "old")];
    expect(await failure(3, args)).toContain("t.model");
    expect(readFileSync(at("t.model"), "utf8")).toBe("old");
    await summary([...args, "--force"]);
    expect(readFileSync(at("t.model")).length).toBeGreaterThan(3000);
  });

  it("ends at Ctrl-C, even while waiting for input, and leaves no files", async () => {
    const args = [built.main, "tokenizer", "train", "-", "--vocab", "400", "-o", at("t.model")];
    const child = spawn(process.execPath, args, { env: ENVIRONMENT });
    child.stdin.write(TEXT);
    // The temporary file is made when everything is ready.
    while (readdirSync(folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});
