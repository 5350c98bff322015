import { describe, expect, it } from "vitest";
import { chooseFiles } from "./choose.ts";
import { quantisationOf } from "./quantisation.ts";

const GIB = 2 ** 30;
const files = (...names: string[]) =>
  names.map((name) => {
    const [path, size = "1"] = name.split("=");
    return { name: path, byteLength: Number(size) * GIB };
  });
const choose = (list: { name: string; byteLength: number }[], select?: string, memory = 16) =>
  chooseFiles(list, { id: "o/n", select, fits: (bytes) => bytes <= memory * GIB });
const names = (chosen: { files: readonly { name: string }[] }) => chosen.files.map(({ name }) => name);

describe("quantisationOf", () => {
  it.each([
    ["llama-2-7b.Q4_K_M.gguf", "Q4_K_M"],
    ["stories-q4_0.gguf", "Q4_0"],
    ["Llama-3.2-1B-Instruct-IQ3_XXS.gguf", "IQ3_XXS"],
    ["Q8_0/model-00001-of-00002.gguf", "Q8_0"],
    ["m-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"],
    ["m-fp16.gguf", "F16"],
    ["m.BF16.gguf", "BF16"],
    ["m-Q4_K_M-imat-Q6_K.gguf", "Q6_K"],
    ["Qwen2-7B.gguf", undefined],
  ])("%s", (name, label) => {
    expect(quantisationOf(name)).toBe(label);
  });
});

describe("chooseFiles", () => {
  it("prefers Q4_K_M, then Q4_0, then the largest that fits, then the smallest", () => {
    const all = files("m.Q8_0.gguf=8", "m.Q4_0.gguf=4", "m.Q4_K_M.gguf=5", "m.Q2_K.gguf=2");
    expect(choose(all).opens).toBe("m.Q4_K_M.gguf");
    expect(choose(all.filter(({ name }) => !name.includes("K_M"))).opens).toBe("m.Q4_0.gguf");
    const others = files("m.Q8_0.gguf=8", "m.F16.gguf=14", "m.Q2_K.gguf=2");
    expect(choose(others, undefined, 10)).toMatchObject({ opens: "m.Q8_0.gguf", weightBytes: 8 * GIB });
    expect(choose(others, undefined, 1)).toMatchObject({ opens: "m.Q2_K.gguf", label: "Q2_K" });
  });

  it("takes a named quantisation or file, in any case", () => {
    const all = files("m.Q8_0.gguf", "m.Q4_0.gguf", "sub/x.gguf", "m-UD-Q3_K_XL.gguf");
    expect(choose(all, "q8_0").opens).toBe("m.Q8_0.gguf");
    expect(choose(all, "Q3_K_XL").opens).toBe("m-UD-Q3_K_XL.gguf");
    expect(choose(all, "sub/x.gguf").opens).toBe("sub/x.gguf");
    expect(choose(all, "x.gguf").opens).toBe("sub/x.gguf");
    expect(() => choose(all, "Q4_1")).toThrow(/expected Q8_0, Q4_0.*did you mean/);
    expect(() => choose(files("a.Q4_0.gguf", "b.Q4_0.gguf"))).toThrow(
      /2: a.Q4_0.gguf, b.Q4_0.gguf; name the file/,
    );
  });

  it("takes all shards, and only complete sets", () => {
    const shards = files("m-Q4_0-00001-of-00002.gguf", "m-Q4_0-00002-of-00002.gguf");
    expect(names(choose(shards))).toEqual(names({ files: shards }));
    expect(choose(shards, "m-Q4_0-00002-of-00002.gguf").opens).toBe("m-Q4_0-00001-of-00002.gguf");
    expect(() => choose(shards.slice(0, 1))).toThrow(/find a model/);
  });

  it("leaves out what only looks like a model, and brings card and licence", () => {
    const all = files(
      "mmproj-F16.gguf",
      "imatrix.gguf",
      "m.Q4_0.gguf",
      "README.md=0",
      "LICENSE.txt=0",
      "x.png",
    );
    expect(names(choose(all))).toEqual(["m.Q4_0.gguf", "README.md", "LICENSE.txt"]);
  });

  it("takes safetensors before .pth before .bin, each with its side files", () => {
    const bin = files("config.json", "tokenizer.json", "pytorch_model.bin");
    const pth = files("original/consolidated.00.pth", "original/params.json", "original/tokenizer.model");
    const safe = files("model.safetensors", "original/x");
    expect(choose([...bin, ...pth, ...safe])).toMatchObject({ label: "safetensors", opens: "" });
    expect(names(choose([...bin, ...pth, ...safe]))).toEqual([
      "model.safetensors",
      "config.json",
      "tokenizer.json",
    ]);
    expect(choose([...bin, ...pth])).toMatchObject({ label: "pth", opens: "original" });
    expect(names(choose([...bin, ...pth])).length).toBe(3);
    expect(choose(bin)).toMatchObject({ label: "bin", opens: "" });
    expect(() => choose(files("a.txt"))).toThrow(/1 other files/);
  });
});
