import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { ConfigError, FileError, UnsupportedError } from "../base/errors.ts";
import type { ModelConfig, RopePairing } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import { ropeFrequencies } from "../config/rope-scaling.ts";
import { ggufValue } from "../formats/gguf/index.ts";
import { type OpenedModel, openModel } from "../open/open-model.ts";
import { decode } from "../quant/index.ts";
import { type CheckpointFormat, permuteRows } from "../weights/index.ts";
import { type ConvertOptions, convertCheckpoint } from "./convert.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-convert-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FORMATS: readonly CheckpointFormat[] = ["gguf", "safetensors", "pth", "llama2c"];
const at = (name: string) => join(folder, name);
const named = (name: string, to: CheckpointFormat) => at(to === "gguf" ? `${name}.gguf` : name);

/** Bytes of every parameter by canonical name, rows in one order; a tied output is the embedding. */
function tensorsOf(path: string, pairing: RopePairing): Map<string, Uint8Array> {
  using model = openModel(path);
  const bytes = parametersOf(model);
  const { nHeads, nKvHeads, headDim, rotaryDim, ropePairing } = model.config;
  for (const [name, rows] of ropePairing === pairing ? [] : bytes) {
    const heads = name.includes("attn_q.") ? nHeads : name.includes("attn_k.") ? nKvHeads : 0;
    if (heads > 0) bytes.set(name, permuteRows(rows, { nHeads: heads, headDim, rotaryDim }, pairing));
  }
  const embedding = bytes.get("token_embd.weight");
  if (embedding !== undefined && !bytes.has("output.weight")) bytes.set("output.weight", embedding);
  return bytes;
}
function parametersOf({ config, checkpoint }: OpenedModel): Map<string, Uint8Array> {
  const names = parameterShapes(config).filter(({ optional }) => !optional);
  return new Map(
    names.map(({ name }) => [name, (checkpoint.tensors.get(name)?.bytes() ?? new Uint8Array(0)).slice()]),
  );
}
function expectSameTensors(path: string, wanted: string): void {
  const found = tensorsOf(path, "interleaved");
  const expected = tensorsOf(wanted, "interleaved");
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, bytes] of expected) {
    expect(Buffer.compare(found.get(name) as Uint8Array, bytes), name).toBe(0);
  }
}
async function to(input: string, name: string, options: ConvertOptions) {
  const output = named(name, options.to);
  const report = await convertCheckpoint(input, output, options);
  return { output, report };
}

describe("convertCheckpoint, any pair of formats", () => {
  const pairs = FORMATS.flatMap((first) => FORMATS.map((second) => [first, second] as const));
  it.each(pairs)("%s to %s and back to GGUF is bit-identical", async (first, second) => {
    const config = tinyConfig({ normEps: 1e-5, eosIds: [2], bosId: 1 });
    writeTinyGguf(at("source.gguf"), config);
    const one = await to(at("source.gguf"), "one", { to: first });
    const two = await to(one.output, "two", { to: second });
    const three = await to(two.output, "three", { to: "gguf" });
    expectSameTensors(three.output, at("source.gguf"));
    using model = openModel(three.output);
    const { dim, ffnDim, nLayers, nHeads, nKvHeads, headDim, vocabSize, ropeTheta } = config;
    expect(model.config).toMatchObject({
      dim,
      ffnDim,
      nLayers,
      nHeads,
      nKvHeads,
      headDim,
      vocabSize,
      ropeTheta,
    });
    expect(model.config.normEps).toBeCloseTo(1e-5, 12);
    expect(model.config.ropePairing).toBe("interleaved");
    expect(one.report.permuted).toBe(first === "safetensors" ? 2 * nLayers : 0);
  });

  it.each(["safetensors", "llama2c", "gguf"] as const)("keeps a tied model tied in %s", async (format) => {
    writeTinyGguf(at("source.gguf"), tinyConfig({ tied: true }));
    const { output } = await to(at("source.gguf"), "out", { to: format });
    using model = openModel(output);
    expect(model.config.tied).toBe(true);
    expect(model.checkpoint.tensors.has("output.weight")).toBe(false);
    expectSameTensors(
      output === at("out.gguf") ? output : (await to(output, "back", { to: "gguf" })).output,
      at("source.gguf"),
    );
  });

  it("writes Meta's output projection for a tied model, and can tie it again", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig({ tied: true }));
    const meta = await to(at("source.gguf"), "meta", { to: "pth" });
    expect(meta.report.notes[0]).toContain("tied to the embedding");
    const untied = await to(meta.output, "untied", { to: "gguf" });
    expect(untied.report.notes[0]).toContain("`tie`");
    expectSameTensors(untied.output, at("source.gguf"));
    const tied = await to(meta.output, "tied", { to: "safetensors", tie: true });
    using model = openModel(tied.output);
    expect(model.config.tied).toBe(true);
    expect(JSON.parse(readFileSync(join(tied.output, "config.json"), "utf8")).tie_word_embeddings).toBe(true);
  });

  it.each([1, 2, 4])("splits Meta's layout into %i shards", async (shards) => {
    const config = tinyConfig({ dim: 32, headDim: 8, nHeads: 4, nKvHeads: 4, vocabSize: 52 });
    writeTinyGguf(at("source.gguf"), config);
    const { output, report } = await to(at("source.gguf"), "meta", { to: "pth", shards });
    expect(readdirSync(output).filter((name) => name.endsWith(".pth"))).toHaveLength(shards);
    expect(report.files).toContain("params.json");
    expectSameTensors(output, at("source.gguf"));
    // One shard's path opens all.
    expectSameTensors(join(output, "consolidated.00.pth"), at("source.gguf"));
  });
});

describe("convertCheckpoint, what formats lack", () => {
  const qwen = () =>
    tinyConfig({
      architecture: "qwen2",
      ropePairing: "halves",
      ropeTheta: 1e6,
      biases: { q: true, k: true, v: true, o: false, ffn: false },
    });

  it("converts Qwen2's biases between GGUF and safetensors without reordering", async () => {
    writeTinyGguf(at("source.gguf"), qwen());
    const hf = await to(at("source.gguf"), "hf", { to: "safetensors" });
    expect(hf.report.permuted).toBe(0);
    const back = await to(hf.output, "back", { to: "gguf" });
    expectSameTensors(back.output, at("source.gguf"));
    using model = openModel(back.output);
    expect(model.config).toMatchObject({ architecture: "qwen2", ropePairing: "halves", ropeTheta: 1e6 });
  });

  it.each(["pth", "llama2c"] as const)(
    "refuses Qwen2's biases in %s and leaves nothing behind",
    async (format) => {
      writeTinyGguf(at("source.gguf"), qwen());
      const attempt = convertCheckpoint(at("source.gguf"), at("out"), { to: format });
      await expect(attempt).rejects.toThrow(UnsupportedError);
      await expect(attempt).rejects.toThrow(/biases on q, k, v/);
      expect(readdirSync(folder)).toEqual(["source.gguf"]);
    },
  );

  it("reorders the rows of biases, too", async () => {
    const biases = { q: true, k: true, v: true, o: true, ffn: false };
    writeTinyGguf(at("source.gguf"), tinyConfig({ biases }));
    const hf = await to(at("source.gguf"), "hf", { to: "safetensors" });
    expect(hf.report.permuted).toBe(8);
    using source = openModel(at("source.gguf"));
    using target = openModel(hf.output);
    const before = source.checkpoint.tensors.get("blk.0.attn_q.bias")?.bytes() as Uint8Array;
    const after = target.checkpoint.tensors.get("blk.0.attn_q.bias")?.bytes() as Uint8Array;
    const order = [0, 2, 4, 1, 3, 5]; // one head of six
    for (let i = 0; i < 24; i++) {
      const from = 6 * Math.floor(i / 6) + order[i % 6];
      expect(after.slice(4 * i, 4 * i + 4)).toEqual(before.slice(4 * from, 4 * from + 4));
    }
    expectSameTensors((await to(hf.output, "back", { to: "gguf" })).output, at("source.gguf"));
  });

  it("preserves Llama 3's frequencies through all formats that can express them", async () => {
    const config: ModelConfig = tinyConfig({
      dim: 64,
      headDim: 16,
      ropeTheta: 500000,
      maxSeqLen: 131072,
      ropeScaling: {
        kind: "llama3",
        factor: 8,
        lowFreqFactor: 1,
        highFreqFactor: 4,
        originalMaxSeqLen: 8192,
      },
    });
    writeTinyGguf(at("source.gguf"), config);
    const hf = await to(at("source.gguf"), "hf", { to: "safetensors" });
    const meta = await to(hf.output, "meta", { to: "pth" });
    const back = await to(meta.output, "back", { to: "gguf" });
    expectSameTensors(back.output, at("source.gguf"));
    for (const path of [hf.output, meta.output, back.output]) {
      using model = openModel(path);
      const found = ropeFrequencies(model.config).inverseFrequencies;
      ropeFrequencies(config).inverseFrequencies.forEach((f, i) => {
        expect(found[i] / f).toBeCloseTo(1, 6);
      });
    }
    await expect(convertCheckpoint(hf.output, at("c"), { to: "llama2c" })).rejects.toThrow(
      /RoPE base 500000/,
    );
  });

  it("reports what it drops", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    const { report } = await to(at("source.gguf"), "meta", { to: "pth" });
    expect(report.dropped).toEqual(["the context length (96): params.json has no key for it"]);
  });
});

describe("convertCheckpoint, storage types", () => {
  const config = () => tinyConfig({ dim: 64, ffnDim: 96, headDim: 16, nHeads: 4 });

  it("rounds to the requested type and reports it", async () => {
    writeTinyGguf(at("source.gguf"), config());
    const { output, report } = await to(at("source.gguf"), "out", { to: "safetensors", dtype: "BF16" });
    expect(report.changes).toEqual([{ from: "F32", to: "BF16", count: 21, exact: false }]);
    expect(JSON.parse(readFileSync(join(output, "config.json"), "utf8")).torch_dtype).toBe("bfloat16");
    const wide = await to(output, "wide", { to: "gguf", dtype: "F32" });
    expect(wide.report.changes).toEqual([{ from: "BF16", to: "F32", count: 21, exact: true }]);
  });

  it("quantises matrices, spares norms and the output projection, and decodes again elsewhere", async () => {
    writeTinyGguf(at("source.gguf"), config());
    const { output } = await to(at("source.gguf"), "q4", { to: "gguf", dtype: "Q4_0" });
    using model = openModel(output);
    const dtype = (name: string) => model.checkpoint.tensors.get(name)?.dtype;
    expect(dtype("blk.0.attn_q.weight")).toBe("Q4_0");
    expect(dtype("output.weight")).toBe("Q8_0");
    expect(dtype("blk.0.attn_norm.weight")).toBe("F32");
    const hf = await to(output, "hf", { to: "safetensors" });
    expect(hf.report.changes).toContainEqual({ from: "Q4_0", to: "F32", count: 15, exact: true });
    using decoded = openModel(hf.output);
    const q4 = model.checkpoint.tensors.get("blk.0.ffn_up.weight")?.bytes() as Uint8Array;
    const f32 = decoded.checkpoint.tensors.get("blk.0.ffn_up.weight")?.bytes() as Uint8Array;
    expect(f32).toEqual(new Uint8Array(decode("Q4_0", q4, 96 * 64).buffer));
    // Quantised rows move unchanged: permuting commutes with decoding.
    const again = await to(hf.output, "again", { to: "gguf" });
    using last = openModel(again.output);
    const query = (opened: OpenedModel) =>
      opened.checkpoint.tensors.get("blk.1.attn_k.weight")?.bytes() as Uint8Array;
    expect(query(last)).toEqual(new Uint8Array(decode("Q4_0", query(model), 32 * 64).buffer));
  });

  it("stores rows that are not whole blocks as F16", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig({ dim: 64, ffnDim: 40, headDim: 16 }));
    const { output } = await to(at("source.gguf"), "q8", { to: "gguf", dtype: "Q8_0" });
    using model = openModel(output);
    expect(model.checkpoint.tensors.get("blk.0.ffn_down.weight")?.dtype).toBe("F16");
    expect(model.checkpoint.tensors.get("blk.0.ffn_up.weight")?.dtype).toBe("Q8_0");
  });

  it("never turns a large value into infinity", async () => {
    const tensors = tinyTensors(config());
    new DataView(tensors[0].bytes().buffer).setFloat32(400, 7e4, true);
    writeTinyGguf(at("source.gguf"), config(), { tensors });
    const attempt = convertCheckpoint(at("source.gguf"), at("out"), { to: "safetensors", dtype: "F16" });
    await expect(attempt).rejects.toThrow(/model\.embed_tokens\.weight" to F16: 70000/);
    expect(readdirSync(folder)).toEqual(["source.gguf"]);
  });

  it.each([
    ["quantised safetensors", { to: "safetensors", dtype: "Q8_0" }],
    ["half-precision llama2.c", { to: "llama2c", dtype: "F16" }],
    ["an unknown target", { to: "ggml" }],
    ["shards of GGUF", { to: "gguf", shards: 2 }],
    ["half a shard", { to: "pth", shards: 1.5 }],
    ["shards that cut a head", { to: "pth", shards: 8 }],
  ])("refuses %s", async (_, options) => {
    writeTinyGguf(at("source.gguf"), config());
    const attempt = convertCheckpoint(at("source.gguf"), at("out"), options as ConvertOptions);
    await expect(attempt).rejects.toThrow(ConfigError);
    expect(readdirSync(folder)).toEqual(["source.gguf"]);
  });
});

describe("convertCheckpoint, files", () => {
  it("splits GGUF and safetensors into files of limited size", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    const split = await to(at("source.gguf"), "split", { to: "gguf", maxShardBytes: 8000 });
    expect(split.report.files.length).toBeGreaterThan(2);
    expectSameTensors(split.report.files[1], at("source.gguf"));
    const hf = await to(split.report.files[0], "hf", { to: "safetensors", maxShardBytes: 8000 });
    expect(existsSync(join(hf.output, "model.safetensors.index.json"))).toBe(true);
    expectSameTensors(hf.output, at("source.gguf"));
    expectSameTensors(join(hf.output, "model.safetensors.index.json"), at("source.gguf"));
    const whole = await to(hf.output, "whole", { to: "gguf" });
    expectSameTensors(whole.output, at("source.gguf"));
  });

  it("replaces only on request, and never the source", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    const { output } = await to(at("source.gguf"), "hf", { to: "safetensors" });
    await expect(to(at("source.gguf"), "hf", { to: "safetensors" })).rejects.toThrow(FileError);
    await to(at("source.gguf"), "hf", { to: "safetensors", overwrite: true });
    const itself = convertCheckpoint(join(output, "model.safetensors"), output, {
      to: "safetensors",
      overwrite: true,
    });
    await expect(itself).rejects.toThrow(/does not contain the input/);
    expectSameTensors(output, at("source.gguf"));
  });

  it.each(FORMATS)("leaves nothing of %s behind when it is stopped half-way", async (format) => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    const controller = new AbortController();
    const seen: number[] = [];
    const attempt = to(at("source.gguf"), "out", {
      to: format,
      signal: controller.signal,
      onProgress: ({ done, total }) => {
        seen.push(done / total);
        if (done > total / 2) controller.abort();
      },
    });
    await expect(attempt).rejects.toThrow(/abort/i);
    expect(seen.at(-1)).toBeLessThan(1);
    expect(readdirSync(folder)).toEqual(["source.gguf"]);
  });

  it("leaves no output when the process is killed half-way", () => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    const module = new URL("./index.ts", import.meta.url).href;
    const script = `
      import { convertCheckpoint } from ${JSON.stringify(module)};
      let seen = 0;
      await convertCheckpoint(process.argv[1], process.argv[2], {
        to: process.argv[3],
        onProgress: () => { if (++seen === 9) process.kill(process.pid, "SIGKILL"); },
      });`;
    const flags = ["--conditions=cria-source", "--import", "tsx", "--input-type=module", "-e", script];
    for (const [name, format] of [
      ["out.gguf", "gguf"],
      ["out", "safetensors"],
    ]) {
      const { signal, stderr } = spawnSync(process.execPath, [...flags, at("source.gguf"), at(name), format]);
      expect(signal, String(stderr)).toBe("SIGKILL");
      expect(existsSync(at(name))).toBe(false);
    }
  });

  it("reports progress up to the end", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    const seen: { name: string; done: number; total: number }[] = [];
    const { report } = await to(at("source.gguf"), "out", {
      to: "pth",
      shards: 2,
      onProgress: (p) => seen.push(p),
    });
    expect(seen.at(-1)?.done).toBe(report.byteLength);
    expect(seen.every(({ done, total }) => done <= total)).toBe(true);
    expect(seen[0].name).toBe("tok_embeddings.weight");
  });

  it("preserves the vocabulary through every format", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    let path = at("source.gguf");
    for (const format of ["safetensors", "pth", "llama2c", "gguf"] as const) {
      const { output, report } = await to(path, `as-${format}`, { to: format });
      expect(report.tokenizer).toMatch(/copied|written/);
      using model = openModel(output);
      expect(model.tokenizer?.encode("abcd"), format).toEqual(expectedIds());
      path = output;
    }
    function expectedIds() {
      using source = openModel(at("source.gguf"));
      return source.tokenizer?.encode("abcd");
    }
  });

  it("converts without a vocabulary and reports it", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig(), { vocabulary: false });
    const { report } = await to(at("source.gguf"), "hf", { to: "safetensors" });
    expect(report.tokenizer).toContain("no tokenizer: looked for");
  });

  it("uses the vocabulary that the caller names", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig(), { vocabulary: false });
    writeTinyGguf(at("other.gguf"), tinyConfig());
    const { output } = await to(at("other.gguf"), "c", { to: "llama2c" });
    const tokenizer = join(output, "tokenizer.bin");
    for (const format of FORMATS) {
      const made = await to(at("source.gguf"), `with-${format}`, { to: format, tokenizer });
      using model = openModel(made.output);
      expect(model.tokenizer?.vocabSize, format).toBe(50);
    }
    const hf = await to(at("other.gguf"), "hf", { to: "safetensors" });
    const renamed = await to(hf.output, "renamed", { to: "safetensors", tokenizer });
    expect(renamed.report.tokenizer).toContain("written from the source's vocabulary");
  });

  it("preserves name and licence", async () => {
    const metadata = [
      ["general.name", ggufValue.string("Tiny")],
      ["general.license", ggufValue.string("apache-2.0")],
    ] as const;
    writeTinyGguf(at("source.gguf"), tinyConfig(), { metadata });
    const hf = await to(at("source.gguf"), "hf", { to: "safetensors" });
    const back = await to(hf.output, "back", { to: "gguf" });
    using model = openModel(back.output);
    expect(model.checkpoint.card).toMatchObject({ name: "Tiny", license: "apache-2.0" });
  });

  it("keeps keys of config.json that it does not know", async () => {
    writeTinyGguf(at("source.gguf"), tinyConfig());
    const hf = await to(at("source.gguf"), "hf", { to: "safetensors" });
    const path = join(hf.output, "config.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), my_key: [1] }));
    const again = await to(hf.output, "again", { to: "safetensors", dtype: "F16" });
    const json = JSON.parse(readFileSync(join(again.output, "config.json"), "utf8"));
    expect(json).toMatchObject({ my_key: [1], torch_dtype: "float16" });
    expect(again.report.warnings.join()).toContain("my_key");
  });
});

describe.skipIf(!sharedData)("convertCheckpoint, stories260K", () => {
  const source = sharedPath("checkpoints/stories260Ktok512.gguf");

  it.each([1, 2, 4])("GGUF → safetensors → .pth (%i) → llama2.c → GGUF is bit-identical", async (shards) => {
    const hf = await to(source, "hf", { to: "safetensors" });
    const meta = await to(hf.output, "meta", { to: "pth", shards });
    const c = await to(meta.output, "c", { to: "llama2c" });
    const back = await to(c.output, "back", { to: "gguf" });
    using before = openModel(source);
    using after = openModel(back.output);
    const wanted = parametersOf(before);
    const found = parametersOf(after);
    expect([...found.keys()]).toEqual([...wanted.keys()]);
    for (const [name, bytes] of wanted)
      expect(Buffer.compare(found.get(name) as Uint8Array, bytes), name).toBe(0);
    expect(after.tokenizer?.encode("Once upon a time")).toEqual(before.tokenizer?.encode("Once upon a time"));
  });

  it.each([
    ["stories260K.bin", 0],
    ["stories260K-v1.bin", 1],
  ] as const)("%s → GGUF → llama2.c is the same file", async (name, llama2cVersion) => {
    const input = sharedPath(`checkpoints/${name}`);
    const gguf = await to(input, "model", { to: "gguf" });
    const back = await convertCheckpoint(gguf.output, at("out.bin"), { to: "llama2c", llama2cVersion });
    expect(back.files).toEqual([at("out.bin"), at("tokenizer.bin")]);
    const a = readFileSync(input);
    const b = readFileSync(at("out.bin"));
    // Version 0 contains tables of angles, which readers skip and which libraries round differently.
    if (llama2cVersion === 1) expect(Buffer.compare(a, b)).toBe(0);
    else {
      expect(b.byteLength).toBe(a.byteLength);
      expectSameTensors(at("out.bin"), input);
    }
  });

  it("decodes every quantised type for safetensors", async () => {
    const hf = await to(sharedPath("golden/tiny-Q4_K_M.gguf"), "hf", { to: "safetensors" });
    expect(hf.report.changes.every(({ exact }) => exact)).toBe(true);
    using q4 = openModel(sharedPath("golden/tiny-Q4_K_M.gguf"));
    using f32 = openModel(hf.output);
    const up = q4.checkpoint.tensors.get("blk.1.ffn_up.weight");
    const expected = decode(up?.dtype ?? "F32", up?.bytes() as Uint8Array, 512 * 256);
    expect(f32.checkpoint.tensors.get("blk.1.ffn_up.weight")?.bytes()).toEqual(
      new Uint8Array(expected.buffer),
    );
  });
});
