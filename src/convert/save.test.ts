/** A model in memory, written and opened again: the same numbers, in every format and either order of rotary pairs. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomWeights, tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { FileError } from "../base/errors.ts";
import { load } from "../library/index.ts";
import { saveModel } from "./save.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-save-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const tokenizer = tinyTokenizer();

describe.each(["interleaved", "halves"] as const)("a model with %s pairs", (ropePairing) => {
  const config = tinyConfig({ vocabSize: tokenizer.vocabSize, ropePairing, tied: true });
  const weights = randomWeights(config, 4);

  it("gives the same results from a GGUF file and from a safetensors folder", async () => {
    const texts = await Promise.all(
      (["gguf", "safetensors"] as const).map(async (to) => {
        const output = join(folder, `${ropePairing}.${to}`);
        saveModel({ config, weights, tokenizer, card: { name: "small" } }, output, { to });
        await using model = await load(output, { backend: "reference" });
        const logits = await model.logits([1, 5, 9, 3]);
        return logits.map((row) => [...row]);
      }),
    );
    texts[0].forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(texts[1][i][j], 5);
      });
    });
  });
});

describe("saveModel", () => {
  const config = tinyConfig({ vocabSize: tokenizer.vocabSize });
  const weights = randomWeights(config, 4);

  it("writes the caller's files into the folder", () => {
    const output = join(folder, "with-more");
    saveModel({ config, weights, tokenizer }, output, {
      to: "safetensors",
      more: (sink) => {
        using file = sink.file("notes.txt");
        file.write(new TextEncoder().encode("a note"));
        file.commit();
      },
    });
    expect(readdirSync(output)).toContain("notes.txt");
  });

  it("leaves nothing behind if that fails, and does not replace an existing output", () => {
    const output = join(folder, "broken");
    const more = (): never => {
      throw new Error("no room");
    };
    expect(() => saveModel({ config, weights, tokenizer }, output, { to: "safetensors", more })).toThrow(
      "no room",
    );
    expect(readdirSync(folder).filter((name) => name.includes("broken"))).toEqual([]);
    saveModel({ config, weights }, output, { to: "safetensors" });
    expect(() => saveModel({ config, weights }, output, { to: "safetensors" })).toThrow(FileError);
  });
});
