/** A draft model through the public API: the same texts, fewer steps, and one owner. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { RequestError } from "../base/errors.ts";
import { load } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-draft-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const config = tinyConfig({ vocabSize: 64 });
const path = join(folder, "model.gguf");
const small = join(folder, "small.gguf");
const other = join(folder, "other.gguf");
writeTinyGguf(path, config);
const smallConfig = tinyConfig({ vocabSize: 64, nLayers: 1 });
writeTinyGguf(small, smallConfig, { tensors: tinyTensors(smallConfig, 2) });
writeTinyGguf(other, tinyConfig({ vocabSize: 70 }));

const options = { temperature: 0.02, topK: 3, seed: 4, ignoreEos: true, maxTokens: 40 };

describe("load with a draft model", () => {
  it.each([path, small])("gives the same text", async (draft) => {
    await using plain = await load(path);
    await using model = await load(path, { draft });
    const expected = await plain.generate("abab", options).result();
    const found = await model.generate("abab", options).result();
    expect(found.tokens).toEqual(expected.tokens);
    if (draft === path) {
      expect(found.speculation?.guessed).toBeGreaterThan(0);
      expect(found.speculation?.accepted).toBe(found.speculation?.guessed);
    }
    expect(await model.generate("abab", { ...options, speculate: "off" }).result()).not.toHaveProperty(
      "speculation",
    );
  });

  it("refuses another vocabulary", async () => {
    await expect(load(path, { draft: other })).rejects.toThrow(RequestError);
    await expect(load(path, { draft: other })).rejects.toThrow("the same vocabulary");
  });
});
