/** POST /cria/pull: only where it is permitted, only from the hub, only with the terms that were shown. */
import { afterEach, describe, expect, it } from "vitest";
import { eventsOf, type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";
import { NetworkError } from "../base/errors.ts";
import type { Terms } from "../hub/index.ts";
import type { FetchModel } from "./page/pull.ts";

const DIGEST = "ab".repeat(32);
const TERMS: Terms = {
  id: "owner/repo",
  license: "llama3.2",
  title: undefined,
  link: undefined,
  texts: [{ name: "LICENSE", text: "be kind" }],
  card: "",
  digest: DIGEST,
};

let tiny: TinyServer;
const calls: string[] = [];
afterEach(async () => {
  calls.length = 0;
  await tiny[Symbol.asyncDispose]();
});

const gated: FetchModel = async (reference, { acceptLicence, onProgress }) => {
  calls.push(reference);
  if (!acceptLicence(TERMS)) throw new Error("not accepted");
  const rest = { file: "", received: 0, bytesPerSecond: undefined, secondsLeft: undefined, waiting: false };
  onProgress({ done: 5, total: 10, ...rest });
  return { name: "fetched", places: 1, byteLength: 10, load: () => Promise.reject(new Error("unused")) };
};

describe("/cria/pull", () => {
  it("is refused unless the server permits it", async () => {
    tiny = await tinyServer();
    const response = await tiny.post("/cria/pull", { reference: "hf:owner/repo" });
    expect(response.status).toBe(403);
    expect((await (await tiny.get("/cria/models")).json()).canPull).toBe(false);
  });

  it("shows the terms first, and takes only an answer to those", async () => {
    tiny = await tinyServer({ fetchModel: gated });
    const ask = async (accept?: string) =>
      eventsOf(await tiny.post("/cria/pull", { reference: "hf:owner/repo", accept }));
    const terms = { terms: { license: "llama3.2", text: "be kind", digest: DIGEST } };
    expect(await ask()).toEqual([terms, "[DONE]"]);
    expect(await ask("cd".repeat(32))).toEqual([terms, "[DONE]"]);
    const names = async () =>
      (await (await tiny.get("/v1/models")).json()).data.map((each: { id: string }) => each.id);
    expect(await names()).toEqual(["tiny"]);
    expect(await ask(DIGEST)).toEqual([{ progress: { done: 5, total: 10 } }, { model: "fetched" }, "[DONE]"]);
    expect(await names()).toEqual(["tiny", "fetched"]);
  });

  it.each([
    "/etc/passwd",
    "https://host.example/model.gguf",
    "http://169.254.169.254/latest",
    "magnet:?xt=urn:btih:0000000000000000000000000000000000000000",
    "file:///etc/passwd",
    "ollama:llama3.2",
    "../model.gguf",
    "hf:../../etc",
  ])("takes no %s", async (reference) => {
    tiny = await tinyServer({ fetchModel: gated });
    expect((await tiny.post("/cria/pull", { reference })).status).toBe(400);
    expect(calls).toEqual([]);
  });

  it("is refused to other sites' pages", async () => {
    tiny = await tinyServer({ fetchModel: gated });
    const headers = { origin: "https://evil.example" };
    expect((await tiny.post("/cria/pull", { reference: "hf:owner/repo" }, { headers })).status).toBe(403);
    const form = { "content-type": "text/plain" };
    expect((await tiny.post("/cria/pull", { reference: "hf:owner/repo" }, { headers: form })).status).toBe(
      415,
    );
    expect(calls).toEqual([]);
  });

  it("fetches one model at a time, tells the hub's errors, and then takes the next", async () => {
    let fail = (_: Error): void => {};
    tiny = await tinyServer({
      fetchModel: () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    });
    const first = await tiny.post("/cria/pull", { reference: "hf:owner/repo" });
    expect((await tiny.post("/cria/pull", { reference: "hf:other/repo" })).status).toBe(429);
    fail(new NetworkError({ doing: "reach the hub", found: "nothing" }));
    const [{ error }] = (await eventsOf(first)) as [{ error: { message: string } }];
    expect(error.message).toContain("reach the hub");
    expect((await tiny.post("/cria/pull", { reference: "hf:other/repo" })).status).toBe(200);
    fail(new Error("over"));
  });
});
