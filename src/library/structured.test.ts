/** Structured output through the public API: constrained texts, typed values, texts that were cut. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { SCHEMAS } from "../../test/support/schemas.ts";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyVocabulary } from "../../test/support/tiny-tokenizer.ts";
import { ContextError, RequestError, UnsupportedError } from "../base/errors.ts";
import { Guides, structureOf } from "../generation/grammar/index.ts";
import { ggufFromVocabulary } from "../tokenizer/index.ts";
import { load } from "./load.ts";
import type { Model } from "./model.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-structured-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "model.gguf");
const vocabulary = tinyVocabulary();
writeTinyGguf(path, tinyConfig({ vocabSize: vocabulary.pieces.length, maxSeqLen: 2048 }), {
  vocabulary: false,
  metadata: ggufFromVocabulary(vocabulary),
});

let model: Model;
beforeAll(async () => {
  model = await load(path, { context: 2048, threads: 1, parallel: 4 });
});
afterAll(() => model.dispose());

const options = { temperature: 1, topK: 0, topP: 1, minP: 0 };

describe("a text with a structure", () => {
  it.each(Object.entries(SCHEMAS).filter((_, i) => i % 6 === 0))(
    "is valid JSON of the schema %s, at temperature 1",
    async (_, schema) => {
      const texts = Array.from({ length: 3 }, (_, seed) =>
        model.generate("the", { ...options, schema, seed, maxTokens: 600 }),
      );
      for (const text of texts) {
        const { finish } = await text.result();
        if (finish.reason === "length") continue;
        expect(["complete", "eos"]).toContain(finish.reason);
        expect(await text.value()).toEqual(JSON.parse(await text.text()));
      }
    },
  );

  it("is a JSON object, a match, a text of the grammar, or one of the choices", async () => {
    const schema = { type: "object", properties: { a: { enum: [1, 2] } }, required: ["a"] };
    const object = model.generate("the", { ...options, schema, seed: 1 });
    expect([1, 2]).toContain(((await object.value()) as { a: number }).a);
    const match = model.generate("the", { ...options, regex: "[ab]{3}c", seed: 1 });
    expect(await match.value()).toMatch(/^[ab]{3}c$/);
    expect((await match.result()).finish).toEqual({ reason: "complete" });
    const text = model.generate("the", { ...options, grammar: 'root ::= ("he" | "an"){2} "."', seed: 1 });
    expect(await text.value()).toMatch(/^(he|an){2}\.$/);
    const choice = model.generate("the", { ...options, choices: ["yes", "no"], seed: 1 });
    expect(["yes", "no"]).toContain(await choice.value());
  });

  it("starts without the space that a chat's template separates", async () => {
    const messages = [{ role: "user", content: "the" }];
    const texts = Array.from({ length: 20 }, (_, seed) =>
      model.chat(messages, { ...options, template: "vicuna", choices: ["the an", "an"], seed }).value(),
    );
    for (const text of await Promise.all(texts)) expect(["the an", "an"]).toContain(text);
  });

  it("is the same for the same seed, whatever else runs", async () => {
    const schema = SCHEMAS.person;
    const alone = await model.generate("the", { ...options, schema, seed: 7 }).text();
    const company = Array.from({ length: 3 }, (_, seed) =>
      model.generate("an", { ...options, regex: "[a-z]{20}", seed }),
    );
    expect(await model.generate("the", { ...options, schema, seed: 7 }).text()).toBe(alone);
    await Promise.all(company.map((text) => text.result()));
  });

  it("has the same tokens when demanded text is guessed, in fewer steps", async () => {
    const schema = {
      type: "object",
      properties: { thethetoan: { const: "the an to" } },
      required: ["thethetoan"],
    };
    const run = (speculate: "off" | undefined) =>
      model.generate("the", { ...options, schema, speculate, seed: 3, logprobs: 1 }).result();
    const [guessed, plain] = [await run(undefined), await run("off")];
    expect(guessed.tokens).toEqual(plain.tokens);
    expect(guessed.logprobs).toEqual(plain.logprobs);
    const guide = new Guides(model.tokenizer, [2], model.config.vocabSize).guide(
      structureOf({ schema })!,
      false,
    );
    const texts = guide.likely(20).map((id) => model.tokenizer.piece(id));
    expect(texts.slice(0, 4)).toEqual(["<0x7B>", "<0x22>", "the", "the"]);
  });

  it("reports log-probabilities of the model, not of what is allowed", async () => {
    const { logprobs } = await model.generate("the", { ...options, choices: ["z"], logprobs: 0 }).result();
    expect(logprobs?.[0].logprob).toBeLessThan(0);
  });

  it("ends the text of a greedy sampler too", async () => {
    const first = await model.generate("the", { temperature: 0, schema: SCHEMAS.sentiment }).value();
    expect(await model.generate("the", { temperature: 0, schema: SCHEMAS.sentiment }).value()).toEqual(first);
  });
});

describe("a value", () => {
  const schema = z.object({ kind: z.enum(["a", "b"]), n: z.int().min(0).max(9).default(3) });

  it("has the type of its schema object, and passes its checks", async () => {
    const value = await model.generate("the", { ...options, schema, seed: 2 }).value();
    expectTypeOf(value).toEqualTypeOf<{ kind: "a" | "b"; n: number }>();
    expect(schema.parse(value)).toEqual(value);
    const small = mini.object({ ok: mini.boolean() });
    const other = await model.generate("the", { ...options, schema: small }).value();
    expectTypeOf(other).toEqualTypeOf<{ ok: boolean }>();
    expect(typeof other.ok).toBe("boolean");
  });

  it("has the type of its choices, or of any object, or is text", async () => {
    const choice = await model.generate("the", { ...options, choices: ["x", "y"] }).value();
    expectTypeOf(choice).toEqualTypeOf<"x" | "y">();
    const object = () => model.generate("the", { json: true }).value();
    expectTypeOf(object).returns.toEqualTypeOf<Promise<Record<string, unknown>>>();
    const anything = () => model.generate("the", { schema: { type: "null" } }).value();
    expectTypeOf(anything).returns.toEqualTypeOf<Promise<unknown>>();
    const text = model.generate("the", { maxTokens: 2, ignoreEos: true });
    expectTypeOf(text.value()).toEqualTypeOf<Promise<string>>();
    await expect(text.value()).resolves.toBe(await text.text());
  });

  it("is refused if the schema's own functions refuse it", async () => {
    const never = z.object({ a: z.boolean().refine(() => false, "never good") });
    await expect(model.generate("the", { ...options, schema: never }).value()).rejects.toThrow(
      '"a" fails: never good',
    );
  });

  it.each([
    [{ maxTokens: 5 }, RequestError, "maxTokens or maxSeconds cut after 5 tokens"],
    [{ stop: ['"'] }, RequestError, "a stop string"],
  ])("of a text that was cut is an error: %j", async (cut, kind, message) => {
    const value = model.generate("the", { ...options, schema: SCHEMAS.person, ...cut }).value();
    await expect(value).rejects.toThrow(kind);
    await expect(value).rejects.toThrow(message);
  });

  it("of a text that the context cut is a ContextError", async () => {
    await using small = await load(path, { context: 24, threads: 1 });
    const value = small
      .generate("the", { ...options, schema: { type: "array", items: { type: "boolean" }, minItems: 50 } })
      .value();
    await expect(value).rejects.toThrow(ContextError);
  });
});

describe("options that cannot be used", () => {
  it.each([
    [{ json: true, regex: "a" }, RequestError, "one of the options"],
    [{ schema: { type: "strng" } }, RequestError, "names of types"],
    [{ schema: { uniqueItems: true } }, UnsupportedError, "uniqueItems"],
    [{ schema: 7 }, RequestError, "schema"],
    [{ regex: "(" }, RequestError, "regular expression"],
    [{ grammar: "x" }, RequestError, "::="],
    [{ choices: [] }, RequestError, "choices"],
    [{ json: true, compat: "llama2.c" as const }, RequestError, "compat"],
    [{ schema: z.object({ at: z.date() }) }, UnsupportedError, "Date"],
    [{ schema: z.map(z.string(), z.string()) }, UnsupportedError, "Map"],
  ])("are refused at once: %j", (given, kind, message) => {
    const start = () => model.generate("the", given as object);
    expect(start).toThrow(kind);
    expect(start).toThrow(message);
  });
});
