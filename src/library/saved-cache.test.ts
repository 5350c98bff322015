/** A cache in a file: it saves the computation, gives the same text, and refuses what it does not fit. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { CriaError, FormatError } from "../base/errors.ts";
import { load } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const config = tinyConfig({ vocabSize: 64, maxSeqLen: 256 });
writeTinyGguf(at("model.gguf"), config);
writeTinyGguf(at("other.gguf"), config, { tensors: tinyTensors(config, 2) });

const prompt = Array.from({ length: 100 }, (_, i) => 3 + ((7 * i) % 50));
const options = { temperature: 0, ignoreEos: true, maxTokens: 10 };
const backends = (await availableBackends()).map(({ name }) => name);

describe.each(backends)("a saved cache on %s", (backend) => {
  const file = at(`${backend}.cache`);

  it("gives another process the tokens that it need not compute", async () => {
    const first = await load(at("model.gguf"), { backend });
    const expected = await first.generate(prompt, options).result();
    expect(await first.saveCache(file, prompt)).toBe(100);
    await first.dispose();
    await using second = await load(at("model.gguf"), { backend });
    expect(await second.restoreCache(file)).toEqual(prompt);
    const found = await second.generate([...prompt], options).result();
    expect(found.cachedTokens).toBe(99);
    expect(found.tokens).toEqual(expected.tokens);
  });

  it("belongs to its salt", async () => {
    await using model = await load(at("model.gguf"), { backend });
    await model.restoreCache(file, { cacheSalt: "a" });
    expect((await model.generate(prompt, { ...options, maxTokens: 1 }).result()).cachedTokens).toBe(0);
    const salted = await model.generate(prompt, { ...options, maxTokens: 1, cacheSalt: "a" }).result();
    expect(salted.cachedTokens).toBe(99);
  });

  it("may be restored while texts run", async () => {
    await using model = await load(at("model.gguf"), { backend });
    const texts = [1, 2, 3].map((i) => model.generate([3 + i, 9], { ...options, maxTokens: 60 }));
    await model.restoreCache(file);
    for (const [i, text] of texts.entries()) {
      const { tokens } = await text.result();
      expect(tokens).toEqual(
        (await model.generate([4 + i, 9], { ...options, maxTokens: 60, cachePrompt: false }).result()).tokens,
      );
    }
  });
});

describe("a file that does not fit", () => {
  const file = at(`${backends[0]}.cache`);
  const [backend] = backends;

  it("is refused: another model, backend, cache type, precision, or a smaller context", async () => {
    const refuse = async (path: string, changes: object, message: RegExp): Promise<void> => {
      await using model = await load(path, { backend, ...changes });
      await expect(model.restoreCache(file)).rejects.toThrow(FormatError);
      await expect(model.restoreCache(file)).rejects.toThrow(message);
    };
    await refuse(at("other.gguf"), {}, /expected model/);
    await refuse(at("model.gguf"), { backend: backends.at(-1) }, /expected backend/);
    await refuse(at("model.gguf"), { cacheType: "F16" }, /expected cacheType/);
    await refuse(at("model.gguf"), { context: 64 }, /at most 64 tokens/);
    const exact = at("exact.cache");
    await using other = await load(at("model.gguf"), { backend: "reference" });
    await other.generate(prompt, { ...options, maxTokens: 1 }).result();
    await other.saveCache(exact, prompt);
    await using rounded = await load(at("model.gguf"), { backend: "reference", precision: "bf16" });
    await expect(rounded.restoreCache(exact)).rejects.toThrow(/expected precision "bf16", got "f32"/);
  });

  it("is refused in any damaged form", async () => {
    await using model = await load(at("model.gguf"), { backend });
    const whole = readFileSync(file);
    const damaged = at("damaged.cache");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (byte, change, cuts) => {
          const bytes = Buffer.from(cuts ? whole.subarray(0, byte) : whole);
          if (!cuts) bytes[byte] ^= change;
          writeFileSync(damaged, bytes);
          await expect(model.restoreCache(damaged)).rejects.toThrow(CriaError);
        },
      ),
      { numRuns: 200 },
    );
    expect((await model.generate(prompt, { ...options, maxTokens: 1 }).result()).cachedTokens).toBe(0);
  });

  it("is not written if the cache holds nothing", async () => {
    await using model = await load(at("model.gguf"), { backend });
    expect(await model.saveCache(at("nothing.cache"), prompt)).toBe(0);
    expect(() => readFileSync(at("nothing.cache"))).toThrow();
  });
});
