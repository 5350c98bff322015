import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { tinyTensors, tinyVocabulary, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { CriaError, DtypeError, FormatError, ShapeError, TokenizerError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { configToHf } from "../config/hf.ts";
import { type GgufValue, ggufValue } from "../formats/gguf/index.ts";
import { writeSafetensors } from "../formats/safetensors/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import { platform } from "../platform/node.ts";
import { translateName } from "../weights/index.ts";
import { openModel, requireTokenizer } from "./open-model.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-model-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = () => join(folder, "m.gguf");
const CONFIG = tinyConfig();

function writeChanged(change: (entry: TensorEntry) => TensorEntry | undefined): string {
  writeTinyGguf(path(), CONFIG, { tensors: tinyTensors(CONFIG).flatMap((entry) => change(entry) ?? []) });
  return path();
}

describe("openModel", () => {
  it("opens a whole model", () => {
    writeTinyGguf(path(), CONFIG);
    using model = openModel(path());
    expect(model.config).toMatchObject({ dim: 24, nKvHeads: 2, tied: false, bosId: 1, eosIds: [2] });
    expect(model.tokenizer?.vocabSize).toBe(50);
    expect(model.tokenizerSource?.kind).toBe("gguf");
    expect(model.warnings).toEqual([]);
    expect(requireTokenizer(model)).toBe(model.tokenizer);
  });

  it("reports the wrong shape and the key to check", () => {
    const file = writeChanged((entry) =>
      entry.name === "blk.1.attn_k.weight" ? { ...entry, shape: [24, 12] } : entry,
    );
    expect(() => openModel(file)).toThrow(ShapeError);
    expect(() => openModel(file)).toThrow(
      `Cannot load tensor "blk.1.attn_k.weight" from "${file}": expected shape [12, 24], got [24, 12]; ` +
        "check head_count_kv",
    );
  });

  it("says which tensor is missing", () => {
    const file = writeChanged((entry) => (entry.name === "blk.0.ffn_up.weight" ? undefined : entry));
    expect(() => openModel(file)).toThrow(FormatError);
    expect(() => openModel(file)).toThrow(/"blk\.0\.ffn_up\.weight".*no such tensor/);
  });

  it("refuses integers for weights", () => {
    const file = writeChanged((entry) =>
      entry.name === "blk.0.ffn_up.weight"
        ? {
            ...entry,
            dtype: "I8",
            byteLength: entry.byteLength / 4,
            bytes: () => entry.bytes().subarray(0, 960),
          }
        : entry,
    );
    expect(() => openModel(file)).toThrow(DtypeError);
  });

  it("warns about unused tensors", () => {
    const [entry] = tinyTensors(CONFIG);
    writeTinyGguf(path(), CONFIG, {
      tensors: [
        ...tinyTensors(CONFIG),
        { ...entry, name: "blk.1.attn_q.bias" },
        { ...entry, name: "blk.0.attn_sinks.weight" },
      ],
    });
    using model = openModel(path());
    expect(model.warnings).toEqual([
      expect.stringContaining('"blk.0.attn_sinks.weight"'),
      expect.stringContaining("blk.1.attn_q.bias"),
    ]);
  });

  it("warns about control tokens with the type of text", () => {
    const metadata = tinyVocabulary(50).map(([key, value]): [string, GgufValue] =>
      key.endsWith(".tokens")
        ? [key, ggufValue.strings([...(value.value as string[]).slice(0, 48), "<|im_end|>", "<|im_start|>"])]
        : [key, value],
    );
    writeTinyGguf(path(), CONFIG, { vocabulary: false, metadata });
    using model = openModel(path());
    expect(model.warnings).toEqual([expect.stringMatching(/type of text: <\|im_end\|>, <\|im_start\|>/)]);
  });

  it("opens files with tensors of unknown types, unless it needs them", () => {
    const [entry] = tinyTensors(CONFIG);
    const write = (name: string, without?: string) => {
      const tensors = tinyTensors(CONFIG).filter((tensor) => tensor.name !== without);
      writeTinyGguf(path(), CONFIG, {
        tensors: [
          ...tensors,
          { ...entry, name, dtype: "I16", shape: [8], byteLength: 16, bytes: () => new Uint8Array(16) },
        ],
      });
      // The type's number follows the name, the number of dims and the dim.
      const bytes = readFileSync(path());
      bytes.writeUInt32LE(999, bytes.indexOf(name) + name.length + 4 + 8);
      writeFileSync(path(), bytes);
    };
    write("vision.patches");
    using model = openModel(path());
    expect(model.warnings).toEqual([
      expect.stringMatching(/does not know, and does not need: vision\.patches/),
    ]);
    rmSync(path());
    write("blk.0.ffn_up.weight", "blk.0.ffn_up.weight");
    expect(() => openModel(path())).toThrow(/type number 999/);
  });

  it("collects the end tokens of all sources", () => {
    writeTinyGguf(path(), CONFIG, { metadata: [["tokenizer.ggml.eot_token_id", ggufValue.u32(9)]] });
    writeFileSync(join(folder, "generation_config.json"), '{"eos_token_id": [7, 4000]}');
    using model = openModel(path());
    expect([...model.config.eosIds].sort()).toEqual([2, 7, 9]);
  });

  it("opens without a vocabulary, and reports what was searched when one is needed", () => {
    writeTinyGguf(path(), CONFIG, { vocabulary: false });
    using model = openModel(path());
    expect(model.tokenizer).toBeUndefined();
    expect(() => requireTokenizer(model)).toThrow(TokenizerError);
    expect(() => requireTokenizer(model)).toThrow(/tokenizer\.model, tokenizer\.json, tokenizer\.bin/);
  });

  it("skips a vocabulary that it cannot read, unless the caller named it", () => {
    writeTinyGguf(path(), CONFIG, { vocabulary: false });
    const junk = join(folder, "tokenizer.model");
    writeFileSync(junk, "junk");
    using model = openModel(path());
    expect(model.warnings).toEqual([expect.stringContaining(`Tokenizer "${junk}" is not used`)]);
    expect(() => requireTokenizer(model)).toThrow(/is not used/);
    expect(() => openModel(path(), { tokenizer: junk })).toThrow(/junk|tokenizer/);
  });

  it("refuses another model's vocabulary", () => {
    const other = join(folder, "wide.gguf");
    writeTinyGguf(other, CONFIG, { vocabulary: false, metadata: tinyVocabulary(80) });
    using model = openModel(other);
    expect(model.tokenizer).toBeUndefined();
    expect(model.warnings.join()).toMatch(/at most 50 pieces.*got 80/);
  });
});

/** Opens or fails with a typed error; nothing else. */
function opensOrRefuses(file: string): "opened" | "refused" {
  try {
    openModel(file).dispose();
    return "opened";
  } catch (error) {
    expect(error).toBeInstanceOf(CriaError);
    return "refused";
  }
}

describe("openModel, damaged files", () => {
  it("fails only with typed errors, whatever bytes change", () => {
    writeTinyGguf(path(), CONFIG);
    const whole = readFileSync(path());
    const random = new Random(11);
    const outcomes = Array.from({ length: 300 }, () => {
      const bytes = Uint8Array.from(whole);
      for (let change = 0; change < 3; change++) bytes[random.below(3000)] = random.below(256);
      writeFileSync(path(), bytes);
      return opensOrRefuses(path());
    });
    expect(new Set(outcomes)).toEqual(new Set(["opened", "refused"]));
  });

  it("fails only with typed errors, whatever the settings", () => {
    writeTinyGguf(path(), CONFIG);
    const hf = join(folder, "hf");
    mkdirSync(hf);
    const tensors = tinyTensors(CONFIG).map((entry) => {
      return { ...entry, name: translateName(entry.name, "gguf", "hf") as string };
    });
    using sink = platform.createFile(join(hf, "model.safetensors"));
    writeSafetensors(sink, tensors);
    sink.commit();
    const { json } = configToHf(CONFIG, "float32");
    const values = [0, -1, 1e308, 2 ** 31, 0.5, "8", null, true, [], {}, [1, 2], { factor: 1e9 }];
    for (const key of Object.keys(json)) {
      for (const value of values) {
        writeFileSync(join(hf, "config.json"), JSON.stringify({ ...json, [key]: value }));
        opensOrRefuses(hf);
      }
    }
    writeFileSync(join(hf, "config.json"), JSON.stringify(json));
    expect(opensOrRefuses(hf)).toBe("opened");
  });
});

describe.skipIf(!sharedData)("openModel, real files", () => {
  it.each([
    ["stories260K.bin", true],
    ["stories260K-v1.bin", true],
    ["stories260K-q8.bin", true],
    ["stories260Ktok512.gguf", false],
  ])("%s", (name, tied) => {
    using model = openModel(sharedPath(`checkpoints/${name}`));
    expect(model.config).toMatchObject({ dim: 64, nLayers: 5, nKvHeads: 4, vocabSize: 512, tied });
    expect(model.tokenizer?.vocabSize).toBe(512);
    expect(model.warnings).toEqual([]);
  });

  it("uses the tokenizer that the caller names", () => {
    const tokenizer = sharedPath("checkpoints/tok512.bin");
    using model = openModel(sharedPath("checkpoints/stories260Ktok512.gguf"), { tokenizer });
    expect(model.tokenizerSource).toEqual({ kind: "file", path: tokenizer });
    const wrong = sharedPath("tokenizers/llama2-tokenizer.model");
    expect(() => openModel(sharedPath("checkpoints/stories260K.bin"), { tokenizer: wrong })).toThrow(
      /at most 512 pieces.*got 32000/,
    );
  });
});
