/** The mean of two models' weights; files that do not belong together are refused. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openModel } from "../../src/open/open-model.ts";
import { decode } from "../../src/quant/index.ts";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { withSampling } from "./advice.ts";
import { writeMean } from "./mean.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-mean-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the mean of two models", () => {
  const config = tinyConfig({ vocabSize: 64 });
  const write = (name: string, seed: number): string => {
    const path = join(folder, name);
    writeTinyGguf(path, config, { tensors: tinyTensors(config, seed) });
    return path;
  };
  const floats = (path: string) => {
    using model = openModel(path);
    return new Map(
      [...model.checkpoint.tensors].map(([name, tensor]) => {
        const bytes = tensor.bytes().slice();
        return [name, decode("F32", bytes, bytes.byteLength / 4)] as const;
      }),
    );
  };

  it("has the mean of every weight", () => {
    const [one, other, output] = [write("one.gguf", 1), write("other.gguf", 2), join(folder, "mean.gguf")];
    writeMean(one, other, output);
    const [a, b, mean] = [floats(one), floats(other), floats(output)];
    expect([...mean.keys()]).toEqual([...b.keys()]);
    for (const [name, values] of mean) {
      const [first, second] = [a.get(name)!, b.get(name)!];
      expect(values.every((value, i) => value === Math.fround((first[i] + second[i]) / 2))).toBe(true);
    }
  });

  it("refuses other shapes and types, and leaves no file", () => {
    const wide = join(folder, "wide.gguf");
    writeTinyGguf(wide, tinyConfig({ vocabSize: 96 }));
    const output = join(folder, "no.gguf");
    expect(() => writeMean(wide, write("third.gguf", 2), output)).toThrow(/not an F32 tensor of both/);
    expect(existsSync(output)).toBe(false);
  });

  it("keeps its weights when it recommends sampling", () => {
    const [path, output] = [write("plain.gguf", 1), join(folder, "advised.gguf")];
    withSampling(path, output, { temperature: 0.3 });
    using model = openModel(output);
    expect(model.generationConfig).toEqual({ temperature: 0.3 });
    expect(floats(output)).toEqual(floats(path));
  });
});
