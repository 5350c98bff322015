/** The chat page's files and routes: what is listed is served, with a strict policy, and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";
import { PageFiles } from "./page/files.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-page-"));
const page = join(folder, "page");
let tiny: TinyServer;

beforeAll(async () => {
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(page, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(page, "assets/index-abcd1234.js"), "let x = 1;".repeat(100));
  writeFileSync(join(page, "page.json"), "{}");
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(folder, "model.gguf"), "weights");
  const files = PageFiles.open(page, {
    others: { "/model.gguf": join(folder, "model.gguf"), "/absent.gguf": join(folder, "absent.gguf") },
    texts: { "/page.json": '{"engine":"server"}' },
  });
  tiny = await tinyServer({ ...(files === undefined ? {} : { page: files }), bytes: true });
});
afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe("the page's files", () => {
  it("are served with a policy that permits scripts of the page alone, isolated from other origins", async () => {
    const response = await tiny.get("/");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*|https?:/);
    expect(response.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
  });

  it("are compressed as the client wants, and kept by it while they are the same", async () => {
    const plain = await (await tiny.get("/assets/index-abcd1234.js")).text();
    for (const [encoding, decode] of [
      ["br", brotliDecompressSync],
      ["gzip", gunzipSync],
    ] as const) {
      const response = await tiny.get("/assets/index-abcd1234.js", { "accept-encoding": `x, ${encoding}` });
      expect(response.headers.get("content-encoding")).toBe(encoding);
      expect(response.headers.get("cache-control")).toContain("immutable");
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(bytes.byteLength).toBeLessThan(plain.length / 5);
      expect(decode(bytes).toString()).toBe(plain);
    }
    const first = await tiny.get("/");
    expect(first.headers.get("cache-control")).toBe("no-cache");
    const again = await tiny.get("/", { "if-none-match": first.headers.get("etag") ?? "" });
    expect(again.status).toBe(304);
  });

  it("include given texts and files beside the page", async () => {
    expect(await (await tiny.get("/page.json")).json()).toEqual({ engine: "server" });
    expect(await (await tiny.get("/model.gguf")).text()).toBe("weights");
    expect((await tiny.get("/absent.gguf")).status).toBe(404);
  });

  it.each(["/../secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt", "/assets", "/index.html/"])(
    "do not include %s",
    async (path) => {
      const response = await tiny.get(path);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain("secret\n");
    },
  );

  it("do not exist where the page was not built", () => {
    expect(PageFiles.open(join(folder, "nowhere"))).toBeUndefined();
  });
});

describe("/cria/models", () => {
  it("tells what models do, and sums", async () => {
    const messages = [{ role: "user", content: "hello" }];
    await tiny.post("/v1/chat/completions", { messages, max_tokens: 7, ignore_eos: true });
    const { models, totals } = await (await tiny.get("/cria/models")).json();
    expect(models).toHaveLength(1);
    expect(models[0]).toMatchObject({
      name: "tiny",
      isLoaded: true,
      places: 4,
      activity: { running: 0, waiting: 0, context: 128 },
    });
    expect(models[0].activity.cachePages.total).toBeGreaterThanOrEqual(
      models[0].activity.cachePages.available,
    );
    expect(totals.tokens).toBe(7);
  });
});

describe("/cria/prompt", () => {
  it("tells the template's text from that of messages, and the tokens that the model gets", async () => {
    const messages = [
      { role: "system", content: "sys" },
      { role: "user", content: "</s> hi" },
    ];
    const { segments, tokens, pieces } = await (await tiny.post("/cria/prompt", { messages })).json();
    const own = segments.filter(({ special }: { special: boolean }) => !special);
    expect(own.map(({ text, message }: { text: string; message: number }) => [message, text])).toEqual([
      [0, "sys"],
      [1, "</s> hi"],
    ]);
    expect(tokens.length).toBe(pieces.length);
    const completion = await (await tiny.post("/v1/chat/completions", { messages, max_tokens: 1 })).json();
    expect(completion.usage.prompt_tokens).toBe(tokens.length);
  });
});
