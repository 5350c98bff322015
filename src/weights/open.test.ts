import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { bufferSource } from "../base/bytes.ts";
import { CriaError, FileError, FormatError, UnsupportedError } from "../base/errors.ts";
import { writeLlama2c } from "../formats/llama2c/index.ts";
import { writePth } from "../formats/pth/index.ts";
import { writeSafetensors } from "../formats/safetensors/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import { platform } from "../platform/node.ts";
import { translateName } from "./names.ts";
import { openCheckpoint } from "./open.ts";
import { recogniseFile } from "./recognise.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-open-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const CONFIG = tinyConfig();
function tensors(scheme: "meta" | "hf"): TensorEntry[] {
  return tinyTensors(CONFIG).map((entry) => ({
    ...entry,
    name: translateName(entry.name, "gguf", scheme) as string,
  }));
}
const METADATA = {
  meta: {
    dim: 24,
    n_layers: 2,
    n_heads: 4,
    n_kv_heads: 2,
    vocab_size: 50,
    multiple_of: 8,
    norm_eps: 1e-5,
    hidden_dim: 40,
  },
  hf: { model_type: "llama", hidden_size: 24 },
};

function writeGguf(name = "m.gguf"): string {
  writeTinyGguf(at(name), CONFIG);
  return at(name);
}
function writeMeta(name: string, withParams = true): string {
  mkdirSync(at(name), { recursive: true });
  using sink = platform.createFile(join(at(name), "consolidated.00.pth"));
  writePth(sink, tensors("meta"));
  sink.commit();
  if (withParams) writeFileSync(join(at(name), "params.json"), JSON.stringify(METADATA.meta));
  return at(name);
}
function writeHf(name: string, weights = "model.safetensors"): string {
  mkdirSync(at(name), { recursive: true });
  using sink = platform.createFile(join(at(name), weights));
  if (weights.endsWith(".bin")) writePth(sink, tensors("hf"));
  else writeSafetensors(sink, tensors("hf"));
  sink.commit();
  writeFileSync(join(at(name), "config.json"), JSON.stringify(METADATA.hf));
  return at(name);
}
function writeBin(path: string): string {
  using sink = platform.createFile(path);
  const { dim, ffnDim, nLayers, nHeads, nKvHeads, vocabSize, maxSeqLen } = CONFIG;
  const header = {
    version: 0,
    dim,
    ffnDim,
    nLayers,
    nHeads,
    nKvHeads,
    vocabSize,
    maxSeqLen,
    tied: false,
  } as const;
  writeLlama2c(sink, { header, tensors: new Map(tensors("meta").map((entry) => [entry.name, entry])) });
  sink.commit();
  return path;
}
const NAMES = tinyTensors(CONFIG)
  .map(({ name }) => name)
  .sort();

describe("openCheckpoint", () => {
  it.each([
    ["a GGUF file", "gguf", writeGguf, "gguf", "gguf"],
    ["a folder with one GGUF file", "gguf", () => platform.folderOf(writeGguf()), "gguf", "gguf"],
    ["a Hugging Face folder", "safetensors", () => writeHf("hf"), "hf", "hf"],
    ["a safetensors file", "safetensors", () => join(writeHf("hf"), "model.safetensors"), "hf", "hf"],
    ["a folder with pytorch_model.bin", "pth", () => writeHf("hf", "pytorch_model.bin"), "hf", "hf"],
    ["a Meta folder", "pth", () => writeMeta("meta"), "meta", "meta"],
    ["one of Meta's shards", "pth", () => join(writeMeta("meta"), "consolidated.00.pth"), "meta", "meta"],
    ["a llama2.c file", "llama2c", () => writeBin(at("m.bin")), "meta", "llama2c"],
  ] as const)("opens %s", (_, format, write, scheme, kind) => {
    using checkpoint = openCheckpoint(write());
    expect(checkpoint).toMatchObject({ format, scheme, unused: [] });
    expect(checkpoint.rawConfig.kind).toBe(kind);
    expect([...checkpoint.tensors.keys()].sort()).toEqual(NAMES);
    expect(checkpoint.tensors.get("blk.1.ffn_down.weight")?.shape).toEqual([24, 40]);
  });

  it.each(["x", "x.gguf", "x.txt", "x.pth"])("recognises the content, whatever the name %s", (name) => {
    writeTinyGguf(at("m.gguf"), CONFIG);
    renameSync(at("m.gguf"), at(name));
    using checkpoint = openCheckpoint(at(name));
    expect(checkpoint.format).toBe("gguf");
  });

  it("opens a single .pth of any name with params.json next to it", () => {
    writeMeta("meta");
    renameSync(join(at("meta"), "consolidated.00.pth"), join(at("meta"), "finetuned.pt"));
    using checkpoint = openCheckpoint(at("meta"));
    expect(checkpoint.pairing).toBe("interleaved");
    expect(checkpoint.rawConfig.kind).toBe("meta");
  });

  it("reports tensors that it does not understand", () => {
    const extra = { ...tensors("hf")[0], name: "vision_tower.weight" };
    mkdirSync(at("hf"));
    using sink = platform.createFile(join(at("hf"), "model.safetensors"));
    writeSafetensors(sink, [...tensors("hf"), extra]);
    sink.commit();
    writeFileSync(join(at("hf"), "config.json"), JSON.stringify(METADATA.hf));
    using checkpoint = openCheckpoint(at("hf"));
    expect(checkpoint.unused).toEqual(["vision_tower.weight"]);
  });

  it.each([
    ["nothing", () => at("nowhere"), /no such file or folder/],
    ["an empty folder", () => folder, /expected model\.safetensors .* got none of them/],
    [
      "several models",
      () => platform.folderOf(writeGguf("a.gguf") && writeGguf("b.gguf")),
      /several: "a\.gguf", "b\.gguf"; give the path/,
    ],
    ["Meta's shards without settings", () => writeMeta("meta", false), /expected params\.json next to it/],
    [
      "safetensors without settings",
      () => {
        const path = writeHf("hf");
        rmSync(join(path, "config.json"));
        return path;
      },
      /expected config\.json next to it, since its tensors have Hugging Face's names/,
    ],
    ["a tokenizer that is not there", writeGguf, /nope\.model/],
  ])("refuses %s", (what, write, message) => {
    const path = write();
    const options = what.startsWith("a tokenizer") ? { tokenizer: at("nope.model") } : {};
    expect(() => openCheckpoint(path, options)).toThrow(FileError);
    expect(() => openCheckpoint(path, options)).toThrow(message);
  });

  it("does not count hidden files and files of other purposes as models", () => {
    writeGguf("Model.GGUF");
    for (const name of ["._Model.GGUF", "imatrix.gguf", "mmproj-f16.gguf"]) writeFileSync(at(name), "x");
    using checkpoint = openCheckpoint(folder);
    expect(checkpoint.format).toBe("gguf");
  });

  it("reads names of Hugging Face's base class, which lack its prefix", () => {
    mkdirSync(at("hf"));
    using sink = platform.createFile(join(at("hf"), "model.safetensors"));
    writeSafetensors(
      sink,
      tensors("hf").map((entry) => ({ ...entry, name: entry.name.replace(/^model\./, "") })),
    );
    sink.commit();
    writeFileSync(join(at("hf"), "config.json"), JSON.stringify(METADATA.hf));
    using checkpoint = openCheckpoint(at("hf"));
    expect(checkpoint).toMatchObject({ scheme: "hf", unused: [] });
    expect([...checkpoint.tensors.keys()].sort()).toEqual(NAMES);
  });

  it("opens the index of a shard that is named by itself", () => {
    const path = writeHf("hf", "model-00001-of-00001.safetensors");
    writeFileSync(
      join(path, "model.safetensors.index.json"),
      JSON.stringify({
        weight_map: {
          "model.norm.weight": "model-00001-of-00001.safetensors",
          gone: "model-00001-of-00001.safetensors",
        },
      }),
    );
    using checkpoint = openCheckpoint(join(path, "model-00001-of-00001.safetensors"));
    expect([...checkpoint.tensors.keys()].sort()).toEqual(NAMES);
  });

  it("refuses an adapter and names it", () => {
    writeHf("hf");
    renameSync(join(at("hf"), "model.safetensors"), join(at("hf"), "adapter_model.safetensors"));
    expect(() => openCheckpoint(at("hf"))).toThrow(/an adapter/);
  });

  it("refuses a file without any tensor of the family", () => {
    const [entry] = tinyTensors(CONFIG);
    writeTinyGguf(at("m.gguf"), CONFIG, { tensors: [{ ...entry, name: "conv1.weight" }] });
    expect(() => openCheckpoint(at("m.gguf"))).toThrow(/"conv1\.weight"/);
  });
});

describe("openCheckpoint, files next to the weights", () => {
  it("finds tokenizers in order of preference", () => {
    const path = writeHf("hf");
    for (const name of ["tokenizer.model", "tokenizer.json", "tokenizer.bin"])
      writeFileSync(join(path, name), "x");
    using hf = openCheckpoint(path);
    expect(hf.tokenizers).toEqual(
      ["tokenizer.json", "tokenizer.model", "tokenizer.bin"].map((name) => ({
        kind: "file",
        path: join(path, name),
      })),
    );
    writeTinyGguf(join(path, "m.gguf"), CONFIG);
    using gguf = openCheckpoint(join(path, "m.gguf"), { tokenizer: join(path, "tokenizer.bin") });
    expect(gguf.tokenizers.map((source) => source.kind)).toEqual(["file", "gguf", "file", "file", "file"]);
    expect(gguf.tokenizersSought).toContain("the file's metadata");
  });

  it("looks for llama2.c's tokenizer by the size of the vocabulary", () => {
    writeBin(at("m.bin"));
    writeFileSync(at("tok50.bin"), "x");
    writeFileSync(at("tok512.bin"), "x");
    using checkpoint = openCheckpoint(at("m.bin"));
    expect(checkpoint.tokenizers).toEqual([{ kind: "file", path: at("tok50.bin") }]);
  });

  it("searches the parent of Meta's folders, where one tokenizer serves all sizes", () => {
    writeMeta("7B");
    writeFileSync(at("tokenizer.model"), "x");
    using checkpoint = openCheckpoint(at("7B"));
    expect(checkpoint.tokenizers).toEqual([{ kind: "file", path: at("tokenizer.model") }]);
  });

  it("reads generation settings, chat template and licence", () => {
    const path = writeHf("hf");
    writeFileSync(join(path, "generation_config.json"), '{"eos_token_id": [2, 7]}');
    writeFileSync(
      join(path, "tokenizer_config.json"),
      '{"chat_template": [{"name": "default", "template": "T"}]}',
    );
    writeFileSync(
      join(path, "README.md"),
      '---\nlicense: llama2\nmodel_name: "Tiny"\n---\n# license: other\n',
    );
    using checkpoint = openCheckpoint(path);
    expect(checkpoint.generationConfig).toEqual({ eos_token_id: [2, 7] });
    expect(checkpoint.chatTemplate).toBe("T");
    expect(checkpoint.card).toMatchObject({ name: "Tiny", license: "llama2" });
    writeFileSync(join(path, "chat_template.jinja"), "J");
    using again = openCheckpoint(path);
    expect(again.chatTemplate).toBe("J");
  });

  it("ignores broken files that are not needed, with a warning", () => {
    writeGguf();
    writeFileSync(at("generation_config.json"), "{");
    writeFileSync(at("tokenizer_config.json"), "{bad");
    using checkpoint = openCheckpoint(at("m.gguf"));
    expect(checkpoint.generationConfig).toBeUndefined();
    expect(checkpoint.warnings).toEqual([
      expect.stringContaining(`"${at("generation_config.json")}" is not used`),
      expect.stringContaining(`"${at("tokenizer_config.json")}" is not used`),
    ]);
  });

  it.each(["{", "[1]", '{"a": 1, "__proto__": 2}', `${'{"a":'.repeat(100)}1${"}".repeat(100)}`])(
    "refuses the broken config.json %s",
    (text) => {
      writeFileSync(join(writeHf("hf"), "config.json"), text);
      expect(() => openCheckpoint(at("hf"))).toThrow(FormatError);
    },
  );
});

describe("recogniseFile", () => {
  const of = (...bytes: number[]) => bufferSource(Uint8Array.from(bytes), "x");
  const text = (value: string) => bufferSource(new TextEncoder().encode(value), "x");

  it.each(["lmgg", "fmgg", "tjgg", "algg"])("names the old format %s", (magic) => {
    expect(() => recogniseFile(text(`${magic}${"\0".repeat(60)}`))).toThrow(UnsupportedError);
  });

  it.each([
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0", /Git LFS pointer/],
    ["<!DOCTYPE html><html>", /web page/],
    ['{"model_type": "llama"}', /JSON text/],
    ["", /an empty file/],
    ["hello world, this is no model at all", /starts with 68 65 6c/],
  ])("says what %j is", (content, message) => {
    expect(() => recogniseFile(text(content))).toThrow(FormatError);
    expect(() => recogniseFile(text(content))).toThrow(message);
  });

  it.each([0x80, 0x280, 0x7b, 0x0a])("is not misled by a first byte of %i", (length) => {
    const header = new TextEncoder().encode(`{}${" ".repeat(length - 2)}`);
    const bytes = new Uint8Array(8 + length);
    new DataView(bytes.buffer).setUint32(0, length, true);
    bytes.set(header, 8);
    expect(recogniseFile(bufferSource(bytes, "x"))).toBe("safetensors");
    const llama2c = new Uint8Array(Int32Array.of(length, 8, 1, 1, 1, 10, 6).buffer);
    expect(recogniseFile(bufferSource(llama2c, "x"))).toBe("llama2c");
    expect(recogniseFile(of(0x80, 2, 0x7d, 0x71))).toBe("pth");
  });

  it("identifies the copies that macOS writes", () => {
    expect(() => recogniseFile(text("\0\x05\x16\x07\0\x02\0\0Mac OS X"))).toThrow(/AppleDouble/);
  });

  it("does not accept every length before a brace as safetensors", () => {
    const huge = of(255, 255, 255, 255, 255, 255, 255, 255, 0x7b, 0x7d);
    expect(() => recogniseFile(huge)).toThrow(FormatError);
    expect(recogniseFile(of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d))).toBe("safetensors");
  });
});

describe("openCheckpoint, damaged files", () => {
  it.each([
    [".gguf", () => writeGguf()],
    [".bin", () => writeBin(at("m.bin"))],
    [".safetensors", () => join(writeHf("hf"), "model.safetensors")],
    [".pth", () => join(writeMeta("meta"), "consolidated.00.pth")],
  ])("refuses every truncation of %s with a typed error", (_, write) => {
    const path = write();
    const whole = readFileSync(path);
    for (let part = 0; part < 40; part++) {
      writeFileSync(path, whole.subarray(0, Math.floor((whole.byteLength * part) / 40)));
      expect(() => openCheckpoint(path)).toThrow(CriaError);
    }
  });
});
