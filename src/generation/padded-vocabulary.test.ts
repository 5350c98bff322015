import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyVocabulary } from "../../test/support/tiny-tokenizer.ts";
import { load } from "../library/load.ts";
import { ggufFromVocabulary } from "../tokenizer/index.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-padded-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("an embedding with more rows than the vocabulary has pieces", () => {
  it("never chooses a token without a piece, however flat the distribution", async () => {
    const vocabulary = tinyVocabulary();
    const path = join(folder, "padded.gguf");
    const config = tinyConfig({ vocabSize: 2 * vocabulary.pieces.length });
    writeTinyGguf(path, config, { vocabulary: false, metadata: ggufFromVocabulary(vocabulary) });
    await using model = await load(path);
    for (const compat of [undefined, "llama2.c"] as const) {
      const options = {
        seed: 3,
        maxTokens: 60,
        temperature: 50,
        topK: 0,
        topP: 1,
        minP: 0,
        logprobs: 5,
        compat,
      };
      const { tokens } = await model.generate("the", options).result();
      expect(tokens.length).toBeGreaterThan(5);
      expect(Math.max(...tokens)).toBeLessThan(vocabulary.pieces.length);
    }
  });
});
