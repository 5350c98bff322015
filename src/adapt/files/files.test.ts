/** Adapters through every format: the same matrices come back, rows in the model's order; hostile files are refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyAdapter } from "../../../test/support/tiny-adapter.ts";
import { tinyConfig } from "../../../test/support/tiny-model.ts";
import { CriaError, FormatError, ShapeError, UnsupportedError } from "../../base/errors.ts";
import { f32ToF16 } from "../../base/half.ts";
import { rotaryHeads } from "../../config/rotary-heads.ts";
import { writePth } from "../../formats/pth/index.ts";
import { openSafetensors } from "../../formats/safetensors/index.ts";
import { platform } from "../../platform/node.ts";
import { permuteRows } from "../../weights/index.ts";
import type { Adapter } from "../adapter.ts";
import { bindAdapter, readAdapter } from "./open.ts";
import { writeGgufAdapter, writePeft } from "./write.ts";

const CONFIG = tinyConfig();
const HALVES = tinyConfig({ ropePairing: "halves" });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-adapters-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const read = (path: string, config = CONFIG): Adapter => bindAdapter(readAdapter(path), config);

function expectSame(found: Adapter, expected: Adapter): void {
  expect([...found.layers.keys()].sort()).toEqual([...expected.layers.keys()].sort());
  for (const [name, layer] of expected.layers) {
    const other = found.layers.get(name)!;
    expect(other.a, name).toEqual(layer.a);
    expect(other.b, name).toEqual(layer.b);
    expect(other.scale, name).toBeCloseTo(layer.scale, 6);
  }
}

/** Rows of queries and keys in Hugging Face's order. */
function inHalves(adapter: Adapter): Adapter {
  const layers = [...adapter.layers].map(([name, layer]) => {
    const heads = rotaryHeads(name, CONFIG);
    if (heads === undefined) return [name, layer] as const;
    const bytes = permuteRows(new Uint8Array(layer.b.buffer.slice(0)), heads, "halves");
    return [name, { ...layer, b: new Float32Array(bytes.buffer as ArrayBuffer) }] as const;
  });
  return { ...adapter, layers: new Map(layers) };
}

describe("PEFT folders", () => {
  it("keep all matrices, ranks and scales, and the template", () => {
    const info = { name: "tone", template: "vicuna", dropout: 0.05 };
    const adapter = tinyAdapter(CONFIG, { rank: (i) => 2 + (i % 3), scale: (i) => 1 + (i % 2), info });
    writePeft(at("mixed"), adapter, CONFIG);
    expectSame(read(at("mixed")), adapter);
    expect(readAdapter(at("mixed")).info).toMatchObject(info);
  });

  it("have Hugging Face's names and order of rows", () => {
    const adapter = tinyAdapter(CONFIG, { targets: ["q_proj", "down_proj"] });
    writePeft(at("named"), adapter, CONFIG);
    using file = openSafetensors(platform.open(at("named/adapter_model.safetensors")));
    expect([...file.tensors.keys()].sort()[0]).toBe(
      "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight",
    );
    const query = file.tensors.get("base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight")!;
    const halves = inHalves(adapter).layers.get("blk.1.attn_q")!;
    expect(new Uint8Array(query.bytes())).toEqual(new Uint8Array(halves.b.buffer));
    expectSame(read(at("named"), HALVES), inHalves(adapter));
    const config = JSON.parse(readFileSync(at("named/adapter_config.json"), "utf8"));
    expect(config).toMatchObject({ peft_type: "LORA", r: 4, lora_alpha: 8, bias: "none" });
    expect(config.target_modules.sort()).toEqual(["down_proj", "q_proj"]);
  });

  it("with rsLoRA give its scale back", () => {
    const adapter = tinyAdapter(CONFIG, { rank: () => 9, scale: () => 16 / 3, info: { rsLora: true } });
    writePeft(at("rs"), adapter, CONFIG);
    expect(JSON.parse(readFileSync(at("rs/adapter_config.json"), "utf8"))).toMatchObject({
      lora_alpha: 16,
      use_rslora: true,
    });
    expectSame(read(at("rs")), adapter);
  });

  it("saved by torch.save are read, with the names of PEFT models of several adapters", () => {
    const adapter = tinyAdapter(HALVES, { targets: ["v_proj"] });
    writePeft(at("bin"), adapter, HALVES);
    const file = openSafetensors(platform.open(at("bin/adapter_model.safetensors")));
    const entries = [...file.tensors.values()].map((entry) => ({
      name: entry.name.replace(/\.weight$/, ".default.weight"),
      dtype: entry.dtype,
      shape: entry.shape,
      byteLength: entry.byteLength,
      bytes: () => entry.bytes(),
    }));
    {
      using sink = platform.createFile(at("bin/adapter_model.bin"));
      writePth(sink, entries);
      sink.commit();
    }
    file.dispose();
    rmSync(at("bin/adapter_model.safetensors"));
    expectSame(read(at("bin"), HALVES), adapter);
  });

  it.each([
    ["DoRA", { use_dora: true }, "DoRA"],
    ["another method", { peft_type: "IA3" }, "IA3"],
    ["trained biases", { bias: "all" }, "biases"],
    ["whole modules", { modules_to_save: ["lm_head"] }, "modules_to_save"],
    ["a regular expression", { alpha_pattern: { "(a+)+$": 1 } }, "alpha_pattern"],
  ])("are refused with %s", (_, change, words) => {
    writePeft(at("refused"), tinyAdapter(CONFIG), CONFIG, { overwrite: true });
    const path = at("refused/adapter_config.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
    expect(() => readAdapter(at("refused"))).toThrow(UnsupportedError);
    expect(() => readAdapter(at("refused"))).toThrow(words);
  });
});

describe("GGUF adapters", () => {
  it("keep all matrices, with one alpha for all layers", () => {
    const adapter = tinyAdapter(CONFIG, { rank: (i) => 2 + (i % 3), scale: (i) => 6 / (2 + (i % 3)) });
    writeGgufAdapter(at("same.gguf"), adapter, CONFIG);
    expectSame(read(at("same.gguf")), adapter);
  });

  it("carry another scale in B", () => {
    const adapter = tinyAdapter(CONFIG, { scale: (i) => (i === 3 ? 4 : 2) });
    writeGgufAdapter(at("scaled.gguf"), adapter, CONFIG);
    const [name, odd] = [...adapter.layers][3];
    const found = read(at("scaled.gguf")).layers.get(name)!;
    expect(found.scale).toBe(2);
    expect(found.b).toEqual(odd.b.map((value) => 2 * value));
  });

  it("give llama.cpp's keys and names", () => {
    const info = { name: "tone", template: "alpaca", base: "tiny" };
    writeGgufAdapter(at("keys.gguf"), tinyAdapter(CONFIG, { info }), CONFIG);
    const text = readFileSync(at("keys.gguf"), "latin1");
    for (const key of ["general.type", "adapter.lora.alpha", "blk.0.attn_q.weight.lora_a"])
      expect(text).toContain(key);
    expect(readAdapter(at("keys.gguf"))).toMatchObject({ format: "gguf", info: { ...info, alpha: 8 } });
  });

  it("convert from and to PEFT without a change", () => {
    const adapter = tinyAdapter(CONFIG, { rank: () => 8, scale: () => 0.5 });
    writeGgufAdapter(at("a.gguf"), adapter, CONFIG);
    writePeft(at("b"), read(at("a.gguf"), HALVES), HALVES);
    writeGgufAdapter(at("c.gguf"), read(at("b")), CONFIG);
    expect(readFileSync(at("c.gguf")).equals(readFileSync(at("a.gguf")))).toBe(true);
  });
});

/** A GGLA file of version 1. */
function ggla(adapter: Adapter, rank: number, alpha: number, nameOf: (layer: string) => string): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array(Int32Array.of(0x67676c61, 1, rank, alpha).buffer)];
  const length = () => parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const add = (name: string, rows: number, columns: number, values: Float32Array, isHalf: boolean) => {
    const encoded = new TextEncoder().encode(name);
    const head = Int32Array.of(2, encoded.byteLength, isHalf ? 1 : 0, columns, rows);
    parts.push(new Uint8Array(head.buffer), encoded);
    parts.push(new Uint8Array((32 - (length() % 32)) % 32));
    parts.push(
      isHalf
        ? new Uint8Array(Uint16Array.from(values, f32ToF16).buffer)
        : new Uint8Array(values.slice().buffer),
    );
  };
  for (const [layer, { inDim, outDim, a, b }] of adapter.layers) {
    const transposed = a.map((_, i) => a[(i % rank) * inDim + Math.floor(i / rank)]);
    add(`${nameOf(layer)}.weight.loraA`, inDim, rank, transposed, false);
    add(`${nameOf(layer)}.weight.loraB`, outDim, rank, b, false);
  }
  return Buffer.concat(parts);
}

const META: Readonly<Record<string, string>> = { attn_q: "attention.wq", attn_v: "attention.wv" };
const metaName = (layer: string): string => {
  const [, number, part] = layer.split(".");
  return `layers.${number}.${META[part]}`;
};

describe("GGLA files", () => {
  it("are read: A transposed, rows as in Hugging Face's models", () => {
    const adapter = tinyAdapter(CONFIG, { targets: ["q_proj", "v_proj"], rank: () => 4, scale: () => 4 });
    writeFileSync(at("old.bin"), ggla(inHalves(adapter), 4, 16, metaName));
    expectSame(read(at("old.bin")), adapter);
    writeFileSync(
      at("newer.bin"),
      ggla(inHalves(adapter), 4, 16, (layer) => layer),
    );
    expectSame(read(at("newer.bin")), adapter);
  });

  it("are refused at every cut", () => {
    const bytes = ggla(tinyAdapter(CONFIG, { targets: ["blk.0.attn_q"] }), 4, 16, metaName);
    for (let length = 0; length < bytes.byteLength; length += 13) {
      writeFileSync(at("cut.bin"), bytes.subarray(0, length));
      expect(() => readAdapter(at("cut.bin")), `${length} bytes`).toThrow(CriaError);
    }
  });

  it("are refused with absurd dims, before anything is allocated", () => {
    const bytes = ggla(tinyAdapter(CONFIG, { targets: ["blk.0.attn_q"] }), 4, 16, metaName);
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(16 + 12, 2 ** 30, true);
    writeFileSync(at("huge.bin"), bytes);
    expect(() => readAdapter(at("huge.bin"))).toThrow(FormatError);
  });
});

describe("adapters of another model", () => {
  it("are refused by shape and by layer", () => {
    writePeft(at("other"), tinyAdapter(CONFIG), CONFIG);
    expect(() => read(at("other"), tinyConfig({ ffnDim: 48 }))).toThrow(ShapeError);
    expect(() => read(at("other"), tinyConfig({ nLayers: 1 }))).toThrow("which it lacks");
  });

  it("are refused if a value is not finite", () => {
    const adapter = tinyAdapter(CONFIG);
    [...adapter.layers.values()][5].b[3] = Number.NaN;
    writePeft(at("nan"), adapter, CONFIG);
    expect(() => read(at("nan"))).toThrow("infinite values or NaN");
  });

  it("are refused if they are models", () => {
    expect(() => readAdapter(at("nowhere"))).toThrow(CriaError);
    writeFileSync(at("model.bin"), "not an adapter at all");
    expect(() => readAdapter(at("model.bin"))).toThrow(FormatError);
  });
});
