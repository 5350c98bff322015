/** What is done with models that are there: listing, removing, verifying, names, terms, and whether they fit. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  findModel,
  hubSettings,
  parseReference,
  planRepository,
  type QuantisationTable,
  quantisationTable,
  setAlias,
} from "../../src/hub/index.ts";
import {
  inspectModel,
  listModels,
  load,
  pruneModels,
  pull,
  removeModel,
  searchModels,
  verifyModels,
} from "../../src/index.ts";
import { platform } from "../../src/platform/node.ts";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { sha256, TestHub } from "./server.ts";
import { noise, type TestStore, testStore } from "./store.ts";

let hub: TestHub;
let store: TestStore;
beforeEach(async () => {
  hub = await TestHub.start();
  store = testStore(hub);
});
afterEach(async () => {
  store[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

const here = () => ({ settings: store.options.settings });
const references = async () => (await listModels(here())).map(({ reference }) => reference);
const folderOf = (id: string) => join(store.cache, `models--${id.replace("/", "--")}`);

function tinyModel(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "cria-tiny-"));
  try {
    writeTinyGguf(join(folder, "tiny.gguf"), tinyConfig());
    return new Uint8Array(readFileSync(join(folder, "tiny.gguf")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("load", () => {
  it("fetches a reference, tells how far it is, and generates", async () => {
    const bytes = tinyModel();
    hub.add("owner/tiny", { files: { "tiny-F32.gguf": bytes } });
    const steps = new Set<string>();
    const model = await load("hf:owner/tiny", {
      hub: store.options.settings,
      acceptLicence: true,
      threads: 1,
      onProgress: (_done, _total, step) => steps.add(step),
    });
    const { tokens } = await model.generate("ab", { maxTokens: 3, temperature: 0, ignoreEos: true }).result();
    await model.dispose();
    expect([tokens.length, [...steps][0]]).toEqual([3, "fetch"]);
    const before = hub.requests.length;
    expect((await inspectModel("hf:owner/tiny", { hub: store.options.settings })).byteLength).toBe(
      bytes.byteLength,
    );
    expect(hub.requests.length).toBe(before);
  });

  it("lets an existing path win, and needs no network for what is not hf:", async () => {
    const settings = { ...store.options.settings, offline: true };
    expect(await findModel(store.folder, { settings })).toEqual({ path: store.folder });
    expect(await findModel("no-such-name", { settings })).toEqual({ path: "no-such-name" });
    const shipped = await findModel("cria-chat-q8_0", { settings });
    expect(shipped.path).toBe(await platform.shippedModel());
    await expect(findModel("hf:owner/tiny", { settings })).rejects.toThrow(/not fetched/);
    await expect(pull("hf:owner/tiny", { settings })).rejects.toThrow(/HF_HUB_OFFLINE is set/);
    expect(hub.requests).toEqual([]);
  });
});

describe("aliases", () => {
  it("stand for references and paths, and are removed alone", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(100) } });
    const { path } = await pull("hf:owner/name", store.options);
    const settings = await hubSettings(store.options.settings);
    expect(await setAlias("hf:owner/name:Q4_0", "tiny", settings)).toBe("hf:owner/name:Q4_0");
    expect((await findModel("tiny", store.options)).path).toBe(path);
    expect((await listModels(here()))[0].aliases).toEqual(["tiny"]);
    await setAlias("tiny", "__proto__", settings);
    expect((await findModel("__proto__", store.options)).path).toBe(path);
    await removeModel("tiny", here());
    expect((await findModel("tiny", store.options)).path).toBe("tiny");
    expect(existsSync(path)).toBe(true);
    await expect(setAlias("x", "../y", settings)).rejects.toThrow(/letters/);
  });
});

describe("the store", () => {
  it("lists what is there, with references that find it", async () => {
    hub.add("owner/name", {
      files: { "m.Q4_0.gguf": noise(100), "m.Q8_0.gguf": noise(200), "README.md": "x" },
    });
    await pull("hf:owner/name", store.options);
    await pull("hf:owner/name:Q8_0", store.options);
    hub.add("other/safe", { files: { "config.json": "{}", "model.safetensors": noise(50) } });
    await pull("hf:other/safe", store.options);
    const address = `${hub.storage}/${sha256(noise(100))}`;
    await pull(`${address}?X-Amz-Signature=s`, store.options);
    const models = await listModels(here());
    expect(models.map(({ reference, byteLength, label }) => [reference, byteLength, label])).toEqual([
      ["hf:other/safe", 52, "safetensors"],
      ["hf:owner/name:Q4_0", 100, "Q4_0"],
      ["hf:owner/name:Q8_0", 200, "Q8_0"],
      [address, 100, sha256(noise(100))],
    ]);
    for (const { reference, path } of models) {
      expect((await findModel(reference, store.options)).path).toBe(path);
    }
  });

  it("removes one type and its blob, then the repository, and nothing else", async () => {
    const same = noise(300, 8);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(100), "m.Q8_0.gguf": same, "README.md": "x" } });
    hub.add("other/name", { files: { "o.Q8_0.gguf": same } });
    for (const name of ["hf:owner/name", "hf:owner/name:Q8_0", "hf:other/name"])
      await pull(name, store.options);
    expect((await removeModel("hf:owner/name:Q8_0", here())).freedBytes).toBe(300);
    expect(await references()).toEqual(["hf:other/name:Q8_0", "hf:owner/name:Q4_0"]);
    expect(readdirSync(join(folderOf("owner/name"), "blobs")).length).toBe(2);
    expect((await removeModel("hf:owner/name:Q4_0", here())).freedBytes).toBe(101);
    expect(existsSync(folderOf("owner/name"))).toBe(false);
    expect(await references()).toEqual(["hf:other/name:Q8_0"]);
    await expect(removeModel("hf:owner/name", here())).rejects.toThrow(/none of this name/);
    await expect(removeModel(store.folder, here())).rejects.toMatchObject({ code: "REQUEST" });
    expect(existsSync(store.folder)).toBe(true);
  });

  it("keeps a commit that another revision names when one is removed", async () => {
    const same = noise(300, 8);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": same, "README.md": "1" }, revision: "v1" });
    hub.add("owner/name", { files: { "m.Q4_0.gguf": same, "README.md": "2" } });
    const old = await pull("hf:owner/name@v1", store.options);
    await pull("hf:owner/name", store.options);
    await removeModel("hf:owner/name:Q4_0", here());
    expect(await references()).toEqual(["hf:owner/name:Q4_0@v1"]);
    expect(readFileSync(old.path)).toEqual(Buffer.from(same));
  });

  it("prunes commits without a name, blobs without a link, and unfinished transfers", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(100), "README.md": "1" } });
    const old = await pull("hf:owner/name", store.options);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(90, 2), "README.md": "1" } });
    const fresh = await pull("hf:owner/name", store.options);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(500_000, 3) }, revision: "big" });
    hub.behaviour.cutAfter = () => 200_000;
    hub.behaviour.status = ({ range }) => (range?.startsWith("bytes=0-") === false ? 404 : undefined);
    await expect(pull("hf:owner/name@big", store.options)).rejects.toThrow(/no such/);
    const blobs = join(folderOf("owner/name"), "blobs");
    expect(readdirSync(blobs).some((name) => name.endsWith(".cria-part"))).toBe(true);
    const { freedBytes } = await pruneModels(here());
    expect(freedBytes).toBeGreaterThan(100);
    expect([existsSync(old.path), existsSync(fresh.path)]).toEqual([false, true]);
    expect(readdirSync(blobs).length).toBe(2);
    expect((await verifyModels(here())).damaged).toEqual([]);
  });

  it("verifies, and names what is damaged", async () => {
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(100), "README.md": "x" } });
    const { path } = await pull("hf:owner/name", store.options);
    expect(await verifyModels(here())).toEqual({ files: 2, byteLength: 101, damaged: [] });
    writeFileSync(path, noise(100, 9));
    const { damaged } = await verifyModels(here());
    expect(damaged.map(({ name }) => name)).toEqual(["hf:owner/name:m.Q4_0.gguf"]);
    expect((await verifyModels({ ...here(), only: "other" })).files).toBe(0);
  });

  it("reads Ollama's models in place, and removes none", async () => {
    const bytes = noise(1000);
    const ollama = store.options.settings?.ollamaFolder ?? "";
    const manifest = join(ollama, "manifests", "registry.ollama.ai", "library", "llama3.2");
    mkdirSync(manifest, { recursive: true });
    mkdirSync(join(ollama, "blobs"));
    const layer = (digest: string) => ({ mediaType: "application/vnd.ollama.image.model", digest });
    const text = (digest: string) => JSON.stringify({ layers: [{ mediaType: "other" }, layer(digest)] });
    writeFileSync(join(manifest, "1b"), text(`sha256:${sha256(bytes)}`));
    writeFileSync(join(manifest, "evil"), text("sha256:../../../etc/passwd"));
    writeFileSync(join(manifest, "broken"), "{");
    writeFileSync(join(ollama, "blobs", `sha256-${sha256(bytes)}`), bytes);
    expect(await references()).toEqual(["ollama:llama3.2:1b"]);
    const { path } = await findModel("ollama:llama3.2:1b", store.options);
    expect(readFileSync(path)).toEqual(Buffer.from(bytes));
    await expect(findModel("ollama:llama3.2:evil", store.options)).rejects.toThrow(/none of this name/);
    await expect(removeModel("ollama:llama3.2:1b", here())).rejects.toThrow(/use Ollama/);
    expect((await verifyModels(here())).files).toBe(1);
  });

  it("lists torrents that were fetched, and removes them by their magnet link", async () => {
    const hash = "0123456789abcdef0123456789abcdef01234567";
    const folder = join(store.folder, "cria", "torrents", hash);
    mkdirSync(join(folder, "m"), { recursive: true });
    writeFileSync(join(folder, "m", "m.gguf"), noise(70));
    writeFileSync(join(folder, "x.part"), noise(10));
    expect((await listModels(here())).map(({ reference, byteLength }) => [reference, byteLength])).toEqual([
      [`magnet:?xt=urn:btih:${hash}`, 70],
    ]);
    const { path } = await findModel(`magnet:?xt=urn:btih:${hash}`, store.options);
    expect(path).toBe(join(folder, "m", "m.gguf"));
    expect((await removeModel(`magnet:?xt=urn:btih:${hash}`, here())).freedBytes).toBe(80);
    expect(existsSync(folder)).toBe(false);
  });

  it("is searched by name", async () => {
    hub.add("owner/Tiny-Llama", { files: { "m.Q4_0.gguf": noise(10) } });
    hub.add("owner/hidden-llama", { files: { "m.Q4_0.gguf": noise(10) }, private: true });
    const found = await searchModels("llama", here());
    expect(found.map(({ id, downloads }) => [id, downloads])).toEqual([["owner/Tiny-Llama", 10]]);
  });
});

describe("licences", () => {
  const unasked = () => ({ ...store.options, acceptLicence: undefined });

  it("that are open need no answer; others are asked for before weights are fetched, once by content", async () => {
    const card = (license: string) => `---\nlicense: ${license}\n---\n# Card of the model\n`;
    const model = noise(50_000);
    hub.add("open/one", { files: { "m.Q4_0.gguf": model, "README.md": card("apache-2.0") } });
    hub.add("meta/two", {
      files: { "m.Q4_0.gguf": model, "README.md": card("llama3.2"), "LICENSE.txt": "Terms" },
    });
    hub.add("copy/three", {
      files: { "c.Q4_0.gguf": model, "README.md": card("llama3.2"), "LICENSE.txt": "Terms" },
    });
    hub.add("open/five", { files: { "m.Q4_0.gguf": noise(10), "README.md": card("mit") } });
    hub.add("none/four", { files: { "m.Q4_0.gguf": model } });
    await pull("hf:open/one", unasked());
    const before = hub.sentBytes;
    await expect(pull("hf:meta/two", unasked())).rejects.toThrow(
      /licence to be accepted first, got llama3.2/,
    );
    await expect(pull("hf:none/four", unasked())).rejects.toThrow(/no licence stated/);
    expect(hub.sentBytes - before).toBeLessThan(100);
    const asked: string[] = [];
    const ask = (terms: { id: string; card: string; texts: readonly { text: string }[] }) => {
      asked.push(`${terms.id} ${terms.card} ${terms.texts[0].text}`);
      return true;
    };
    await pull("hf:open/five", { ...store.options, acceptLicence: ask });
    await pull("hf:meta/two", { ...store.options, acceptLicence: ask });
    await pull("hf:meta/two", unasked());
    await pull("hf:copy/three", unasked());
    expect(asked).toEqual(["meta/two # Card of the model Terms"]);
    hub.add("meta/two", {
      files: { "m.Q4_0.gguf": model, "README.md": card("llama3.2"), "LICENSE.txt": "Other" },
    });
    await expect(pull("hf:meta/two", unasked())).rejects.toThrow(/accepted first/);
  });

  it("are asked for before the first run of what another program fetched", async () => {
    hub.add("meta/two", { files: { "m.Q4_0.gguf": noise(10), "README.md": "---\nlicense: llama2\n---\n" } });
    await pull("hf:meta/two", store.options);
    rmSync(join(store.folder, "cria"), { recursive: true });
    await expect(findModel("hf:meta/two", unasked())).rejects.toThrow(/got llama2/);
    await expect(findModel("hf:meta/two", { ...store.options, acceptLicence: false })).rejects.toThrow();
    await findModel("hf:meta/two", store.options);
    await findModel("hf:meta/two", unasked());
  });
});

describe("the table of quantisations", () => {
  async function table(name: string, context?: number): Promise<QuantisationTable> {
    const settings = await hubSettings(store.options.settings);
    const reference = parseReference(name);
    if (reference.kind !== "hub") throw new Error("no hub");
    return quantisationTable(await planRepository(reference, settings), settings, { context });
  }

  it("has size, memory and fit of each, from a header alone", async () => {
    const tiny = tinyModel();
    const padded = new Uint8Array(tiny.byteLength + 40_000_000);
    padded.set(tiny);
    hub.add("owner/tiny", { files: { "t-F32.gguf": padded, "t-F16.gguf": noise(60_000_000) } });
    const { rows, context } = await table("hf:owner/tiny", 64);
    expect(rows.map(({ label, byteLength, fits }) => [label, byteLength, fits])).toEqual([
      ["F32", padded.byteLength, true],
      ["F16", 60_000_000, true],
    ]);
    const { nLayers, nKvHeads, headDim } = tinyConfig();
    const cache = 64 * 2 * nLayers * nKvHeads * headDim * 2;
    expect(rows[0].memoryBytes - rows[0].byteLength - (300 << 20)).toBe(cache);
    expect(context).toBe(64);
    expect(hub.sentBytes).toBeLessThan(3_000_000);
    expect(readdirSync(store.folder)).toEqual([]);
  });

  it("says what does not fit, and what is taken", async () => {
    hub.add("owner/big", { files: { "a.Q8_0.gguf": "x", "b.Q2_K.gguf": "x" } });
    hub.behaviour.tree = (entries) =>
      (entries as { path: string; lfs: { size: number } }[]).map((entry) => ({
        ...entry,
        lfs: { ...entry.lfs, size: entry.path.startsWith("a") ? 10 ** 15 : 1 },
      }));
    const { rows, context } = await table("hf:owner/big");
    expect(context).toBeUndefined();
    expect(rows.map(({ label, fits, chosen }) => [label, fits, chosen])).toEqual([
      ["Q2_K", true, true],
      ["Q8_0", false, false],
    ]);
    await expect(pull("hf:owner/big:Q8_0", store.options)).rejects.toThrow(/free for .*got .* GiB/);
  });
});
