/** The model that comes with the package: its file, its card, and its text on every backend. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { platform } from "#platform";
import { load } from "../../src/index.ts";
import { availableBackends } from "../support/backends.ts";
import golden from "./shipped-model.json" with { type: "json" };

const MOST_BYTES = 12e6;
const card = readFileSync(resolve(import.meta.dirname, "../../models/README.md"), "utf8");

const backends = await availableBackends();

describe("the shipped model", () => {
  it("is the file that its card describes, of at most 12 MB", async () => {
    const bytes = readFileSync(await platform.shippedModel());
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(golden.sha256);
    expect(card).toContain(golden.sha256);
    expect(bytes.byteLength).toBeLessThanOrEqual(MOST_BYTES);
  });

  it("reserves the tokens of chats, tools and filling in the middle", async () => {
    await using model = await load(undefined, { context: 128 });
    for (const piece of ["<|im_start|>", "<|im_end|>", "<tool_call>", "<|fim_middle|>"]) {
      expect(model.tokenizer.encode(piece, { parseSpecial: true })).toHaveLength(1);
    }
  });

  it.each(backends)("continues its golden text on $name", async ({ name: backend }) => {
    await using model = await load(undefined, { backend, context: 128 });
    const { prompt, tokens, text } = golden;
    expect(await model.generate(prompt, { temperature: 0, maxTokens: tokens }).text()).toBe(text);
  });
});
