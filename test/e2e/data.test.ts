/** `cria data` from outside: a real process over real files. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCorpus } from "../../src/data/index.ts";
import { writeHfTokenizer } from "../../src/tokenizer/index.ts";
import { tinyTokenizer, tinyVocabulary } from "../support/tiny-tokenizer.ts";
import { type BuiltPackage, buildPackage, type RunOptions, runCria } from "./process.ts";

let built: BuiltPackage;
let folder: string;
let tokenizer: string;
beforeAll(() => {
  built = buildPackage();
  folder = mkdtempSync(join(tmpdir(), "cria-data-"));
  tokenizer = write("tokenizer.json", writeHfTokenizer(tinyVocabulary()));
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);
function write(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

const pack = (args: readonly string[], options?: RunOptions) =>
  runCria(built.main, ["data", "pack", "--tokenizer", tokenizer, ...args], options);

function textsOf(path: string, source = "text", split: "train" | "heldOut" = "train"): string[] {
  using corpus = openCorpus(path);
  const documents = corpus.source(source)[split];
  return Array.from({ length: documents.count }, (_, i) => corpus.tokenizer.decode(documents.tokensOf(i)));
}

describe("cria data pack", () => {
  it("packs files, named sources and held-out files, and reports what it did", async () => {
    const stories = write("stories.txt", "the ant\n<|endoftext|>\nthe tan\n<|endoftext|>\n\n");
    const web = write("web.jsonl.gz", gzipSync('{"body":"to the"}\n{"body":"an ant"}\n{"other":1}\n'));
    const valid = write("valid.txt", "the tan");
    const args = [stories, "--source", `web=${web}`, "--weight", "web=0.5", "--field", "body", "--skip-bad"];
    const { code, stdout, stderr } = await pack([
      ...args,
      "--held-out-source",
      `text=${valid}`,
      "-o",
      at("mixed"),
      "--json",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      documents: 4,
      skipped: { empty: 1, bad: 1, heldOutCopies: 1 },
      bos: 1,
      eos: 2,
      tokenType: "u16",
      tokenizer: { file: "tokenizer.json" },
      bad: [{ file: web, line: 3, expected: 'an object with the text in "body"', found: "the fields other" }],
      sources: [
        { name: "text", train: { documents: 1 }, heldOut: { documents: 1 } },
        { name: "web", weight: 0.5, train: { documents: 2 }, heldOut: { documents: 0 } },
      ],
    });
    expect(report.bytes).toBe("the ant".length + "the tan".length + "to the".length + "an ant".length);
    expect(report.tokensPerSecond).toBeGreaterThan(0);
    expect(textsOf(at("mixed"))).toEqual(["the ant"]);
    expect(textsOf(at("mixed"), "text", "heldOut")).toEqual(["the tan"]);
    expect(textsOf(at("mixed"), "web")).toEqual(["to the", "an ant"]);
  });

  it("writes the same bytes on any number of threads, long documents included", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `the ${i} ant to ${i * i} tan\n`);
    const texts = [
      lines.join(""),
      ...lines.slice(0, 3000).map((line) => line.repeat(5)),
      lines.slice(7000).join(""),
    ];
    const input = write("long.jsonl", texts.map((text) => `${JSON.stringify({ text })}\n`).join(""));
    const threads = [1, 2, 3];
    for (const count of threads) {
      const { code, stderr } = await pack([input, "-o", at(`threads-${count}`), "--threads", String(count)]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
    const [one, ...others] = threads.map((count) =>
      Object.fromEntries(
        readdirSync(at(`threads-${count}`)).map((name) => [
          name,
          readFileSync(join(at(`threads-${count}`), name), "base64"),
        ]),
      ),
    );
    for (const other of others) expect(other).toEqual(one);
    using corpus = openCorpus(at("threads-3"));
    const { train } = corpus.source("text");
    expect([...train.tokensOf(0)]).toEqual(tinyTokenizer().encode(texts[0], { bos: true, eos: true }));
    expect(train.count).toBe(texts.length);
  });

  it("reads the standard input", async () => {
    const { code } = await pack(["-", "--format", "jsonl", "-o", at("piped"), "-q"], {
      input: '{"text":"the"}\n{"text":"to"}',
    });
    expect(code).toBe(0);
    expect(textsOf(at("piped"))).toEqual(["the", "to"]);
  });

  it("prints a table for people", async () => {
    const { code, stdout } = await pack([write("a.txt", "the ant"), "-o", at("told")]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^written +.*told\ndocuments +1\ntokens +\d+, [\d.]+ bytes each, stored as u16\nspeed +[\d,]+ tokens\/s/,
    );
    expect(stdout).toMatch(/\ntext +train +1 +\d+ +7 bytes/);
  });

  it.each([
    ["a line that is broken", ["broken.jsonl"], 3, /broken\.jsonl", line 2: expected JSON, .*--skip-bad/],
    ["a missing file", ["missing.txt"], 3, /no such file/],
    ["an unknown ending", ["notes.md"], 2, /set the format \(--format\)/],
    ["no input", [], 2, /expected files, folders/],
    ["a source without a name", ["--source", "web"], 2, /use --source: expected name=value/],
    ["a weight of no source", ["a.txt", "--weight", "web=1"], 2, /expected the name of a source, got "web"/],
    ["no text", ["empty.txt"], 3, /at least one document/],
  ])("ends with an error for %s, and leaves nothing", async (_, args, code, message) => {
    write("broken.jsonl", '{"text":"the"}\n{"text":\n');
    write("notes.md", "x");
    write("a.txt", "the ant");
    write("empty.txt", "");
    const paths = args.map((arg) => (/\.(txt|jsonl|md)$/.test(arg) ? at(arg) : arg));
    const result = await pack([...paths, "-o", at("never")]);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(readdirSync(folder).filter((name) => name.includes("never"))).toEqual([]);
  });

  it("leaves nothing when interrupted, and nothing that opens when killed", async () => {
    // A pipe that never ends, and may be silent: the process waits until the signal comes.
    for (const [signal, code, endless] of [
      ["SIGINT", 130, ""],
      ["SIGKILL", null, "the ant\n<|endoftext|>\n".repeat(60_000)],
    ] as const) {
      const child = pack(["-", "-o", at("cut")], {
        endless,
        onStart: async (process) => {
          while (!readdirSync(folder).some((name) => name.startsWith(".cut.")))
            await new Promise((go) => setTimeout(go, 20));
          process.kill(signal);
        },
      });
      expect((await child).code).toBe(code);
      expect(existsSync(at("cut"))).toBe(false);
    }
    const left = readdirSync(folder).filter((name) => name.startsWith(".cut."));
    expect(left.length).toBe(1); // of the killed one
    expect(() => openCorpus(at(left[0]))).toThrow("a folder with corpus.json");
  });
});

describe("cria data show", () => {
  it("prints counts and documents", async () => {
    await pack([write("s.txt", "the ant\n<|endoftext|>\nto the tan"), "-o", at("shown"), "-q"]);
    const { code, stdout } = await runCria(built.main, ["data", "show", at("shown"), "--tokens", "3"]);
    expect(code).toBe(0);
    expect(stdout).toContain("BOS 1 before, EOS 2 after");
    expect(stdout).toMatch(/text, document 0, \d+ tokens\nthe an…/);
    const json = await runCria(built.main, ["data", "show", at("shown"), "--json", "--samples", "9"]);
    expect(JSON.parse(json.stdout).samples.map(({ text }: { text: string }) => text)).toEqual([
      "the ant",
      "to the tan",
    ]);
  });

  it("rejects what is not a corpus", async () => {
    const { code, stderr } = await runCria(built.main, ["data", "show", folder]);
    expect(code).toBe(3);
    expect(stderr).toContain("expected a folder with corpus.json, got none in it");
  });
});

describe("cria data", () => {
  it("lists its verbs", async () => {
    const { code, stderr } = await runCria(built.main, ["data"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/pack .*\n[\s\S]*show /);
  });
});

describe("cria data check", () => {
  const check = (args: readonly string[]) =>
    runCria(built.main, ["data", "check", "--tokenizer", tokenizer, ...args]);

  it("shows what is learnt, and what is lost with its line", async () => {
    const data = write(
      "alpaca.json",
      '[{"instruction":"the","input":"","output":"an ant"},\n{"instruction":"to","output":""}]',
    );
    const { code, stdout } = await check([data, "--template", "vicuna"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Alpaca (instruction, input, output), an array: 2 records");
    expect(stdout).toContain("USER: the ASSISTANT:⟦ an ant</s>⟧");
    expect(stdout).toContain('alpaca.json", line 2: expected answers with text, got an empty answer');
  });

  it("prints the same as JSON", async () => {
    const data = write(
      "chat.jsonl",
      '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n',
    );
    const { stdout } = await check([data, "--template", "chatml", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      template: "chatml",
      examples: { train: 1, heldOut: 0 },
      samples: [{ tokens: expect.any(Number), parts: expect.any(Array) }],
    });
  });

  it("refuses unknown records", async () => {
    const { code, stderr } = await check([write("odd.json", '[{"foo":1}]')]);
    expect(code).toBe(3);
    expect(stderr).toContain("the fields foo");
  });
});
