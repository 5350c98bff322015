/** Where requests may come from, keys, limits, and what a client that leaves takes with it. */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type TinyServer, type TinyServerOptions, tinyServer } from "../../test/support/tiny-server.ts";
import { KeyRing } from "./keys.ts";
import { listen } from "./listen.ts";

const CHAT = "/v1/chat/completions";
const ask = {
  messages: [{ role: "user", content: "hi" }],
  temperature: 0,
  ignore_eos: true,
  max_tokens: 100,
};
const KEY = "a-key-of-the-first-client";
const OTHER = "a-key-of-the-second-client";

let tiny: TinyServer;
const start = async (options: TinyServerOptions = {}): Promise<void> => {
  tiny = await tinyServer(options);
};
afterEach(() => tiny[Symbol.asyncDispose]());
const statusOf = async (headers: Record<string, string>, path = "/v1/models"): Promise<number> =>
  (await tiny.get(path, headers)).status;

describe("Host", () => {
  it.each([
    ["localhost:8080", 200],
    ["127.0.0.1", 200],
    ["[::1]:9000", 200],
    ["allowed.example", 200],
    ["evil.example", 403],
    ["evil.example:8080", 403],
    ["127.0.0.1.evil.example", 403],
    ["a@localhost", 400],
    ["localhost/x", 400],
  ])("%s is answered with %i", async (host, status) => {
    await start({ hosts: ["Allowed.example"] });
    expect(await statusOf({ host })).toBe(status);
  });

  it("is not checked where a key is needed, because a foreign page has none", async () => {
    await start({ keys: new KeyRing([KEY]) });
    expect(await statusOf({ host: "proxy.example", authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await statusOf({ host: "proxy.example" })).toBe(401);
  });
});

describe("Origin", () => {
  it.each([
    ["http://localhost:8080", 200],
    ["https://app.example", 200],
    ["https://evil.example", 403],
    ["http://localhost:3000", 403],
    ["null", 403],
  ])("%s is answered with %i", async (origin, status) => {
    await start({ origins: ["https://app.example"] });
    expect(await statusOf({ origin, host: "localhost:8080" })).toBe(status);
  });

  it("gets CORS headers only if it is listed", async () => {
    await start({ origins: ["https://app.example"] });
    const listed = await tiny.get("/v1/models", { origin: "https://app.example" });
    expect(listed.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const own = await tiny.get("/v1/models");
    expect(own.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = new Request(`http://localhost:8080${CHAT}`, {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "POST" },
    });
    const allowed = await tiny.server.fetch(preflight);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-headers")).toContain("authorization");
  });
});

describe("keys", () => {
  it("are needed for everything but health", async () => {
    await start({ keys: new KeyRing([`# clients`, KEY, ""]) });
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ authorization: `Bearer ${KEY}x` })).toBe(401);
    expect(await statusOf({ authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await statusOf({ "x-api-key": KEY })).toBe(200);
    expect(await statusOf({}, "/health")).toBe(200);
    const refused = await tiny.post(CHAT, "not JSON");
    expect(refused.status).toBe(401); // before the body is read
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("may be listed as hashes", async () => {
    const hash = createHash("sha256").update(KEY).digest("hex");
    await start({ keys: new KeyRing([`sha256:${hash}`]) });
    expect(await statusOf({ authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await statusOf({ authorization: `Bearer sha256:${hash}` })).toBe(401);
  });

  it("must exist and be long", async () => {
    await start();
    expect(() => new KeyRing([])).toThrow("at least one key");
    expect(() => new KeyRing(["short"])).toThrow("at least 16 characters");
  });

  it("isolate their caches, if wanted", async () => {
    await start({ keys: new KeyRing([KEY, OTHER]), isolate: true });
    const cachedFor = async (key: string): Promise<number> => {
      const response = await tiny.post(CHAT, ask, { headers: { authorization: `Bearer ${key}` } });
      return (await response.json()).usage.prompt_tokens_details.cached_tokens;
    };
    expect(await cachedFor(KEY)).toBe(0);
    expect(await cachedFor(KEY)).toBeGreaterThan(0);
    expect(await cachedFor(OTHER)).toBe(0);
  });
});

describe("limits", () => {
  it("refuse a large body before it is read to its end", async () => {
    await start({ maxBodyBytes: 1000 });
    const response = await tiny.post(CHAT, { ...ask, stop: "x".repeat(1000) });
    expect(response.status).toBe(413);
    let read = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        read++;
        controller.enqueue(new Uint8Array(100).fill(32));
      },
    });
    const request = new Request(`http://localhost:8080${CHAT}`, {
      method: "POST",
      body: endless,
      headers: { "content-type": "application/json" },
      duplex: "half",
    } as RequestInit);
    expect((await tiny.server.fetch(request)).status).toBe(413);
    expect(read).toBeLessThan(20);
  });

  it("refuse a body that nests deeply, and text that cannot fit, before anything else is done with them", async () => {
    await start();
    const deep = `${'{"a":['.repeat(50_000)}${"]}".repeat(50_000)}`;
    for (const field of [`"json_schema": ${deep}`, `"tools": ${deep}`, `"messages": ${deep}`]) {
      const response = await tiny.post(CHAT, `{"messages": [{"role": "user", "content": "a"}], ${field}}`);
      expect(response.status).toBe(400);
      expect((await response.json()).error.message).toContain("deeper than 256");
    }
    // Brackets in texts are not nesting.
    expect((await tiny.post("/tokenize", { content: `${"[{".repeat(300)}\\"[` })).status).toBe(200);
    const model = await tiny.model();
    const encode = model.tokenizer.encode;
    model.tokenizer.encode = () => {
      throw new Error("the text became tokens");
    };
    for (const [path, body] of [
      [CHAT, { messages: Array(10).fill({ role: "user", content: "x".repeat(100_000) }) }],
      ["/v1/completions", { prompt: ["x".repeat(1_000_000)] }],
      ["/completion", { prompt: "x".repeat(1_000_000) }],
      ["/v1/embeddings", { input: "x".repeat(1_000_000) }],
      ["/tokenize", { content: "x".repeat(2 ** 20 + 1) }],
    ] as const) {
      const response = await tiny.post(path, body);
      expect(response.status, path).toBe(400);
      expect((await response.json()).error.message).toMatch(/at least \d+|at most 1048576 characters/);
    }
    model.tokenizer.encode = encode;
  });

  it("answer 429 with Retry-After when the queue is full, and take requests again later", async () => {
    await start({ maxQueue: 1, load: { parallel: 1 } });
    const running = [tiny.post(CHAT, ask), tiny.post(CHAT, ask)];
    await Promise.resolve();
    const refused = await tiny.post(CHAT, ask);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    for (const response of await Promise.all(running)) expect(response.status).toBe(200);
    expect((await tiny.post(CHAT, { ...ask, max_tokens: 1 })).status).toBe(200);
  });

  it("of one client leave others their place", async () => {
    await start({ keys: new KeyRing([KEY, OTHER]), maxPerClient: 1 });
    const post = (key: string) => tiny.post(CHAT, ask, { headers: { authorization: `Bearer ${key}` } });
    const first = post(KEY);
    expect((await post(KEY)).status).toBe(429);
    expect((await post(OTHER)).status).toBe(200);
    expect((await first).status).toBe(200);
  });

  it("end an answer after its time", async () => {
    await start({ maxSeconds: 0 });
    const { choices } = await (await tiny.post(CHAT, ask)).json();
    expect(choices).toMatchObject([{ message: { content: "" }, finish_reason: "length" }]);
  });
});

/** Waits until the model neither runs nor queues a text; fails after a second. */
async function untilIdle(): Promise<void> {
  const model = await tiny.model();
  for (let i = 0; i < 100 && (model.load > 0 || tiny.server.context.admission.total > 0); i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(model.load).toBe(0);
  expect(tiny.server.context.admission.total).toBe(0);
}

describe("a client that leaves", () => {
  const long = { ...ask, max_tokens: 120, n: 2 };

  it("ends its texts while they run or wait, whole or streamed", async () => {
    await start({ load: { parallel: 1, context: 512 } });
    const model = await tiny.model();
    const steady = model.generate("abc", { temperature: 0, ignoreEos: true, maxTokens: 400 });
    for (const stream of [false, true]) {
      const leave = new AbortController();
      const response = tiny.post(CHAT, { ...long, stream }, { signal: leave.signal });
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(model.load).toBe(3);
      leave.abort();
      await Promise.resolve(response).then(
        (r) => r.body?.cancel(),
        () => {},
      );
    }
    expect((await steady.result()).tokens).toHaveLength(400);
    await untilIdle();
  });

  it("is no fault of the server: the log has it as such", async () => {
    const records: [string, Record<string, unknown>][] = [];
    const note = (level: string) => (fields: Record<string, unknown>) => void records.push([level, fields]);
    await start({
      load: { context: 512 },
      log: { info: note("info"), warn: note("warn"), error: note("error") },
    });
    const leave = new AbortController();
    const answer = tiny.post(CHAT, { ...long, max_tokens: 400 }, { signal: leave.signal });
    setTimeout(() => leave.abort(), 10);
    expect((await answer).status).toBe(499);
    await untilIdle();
    expect(records.map(([level, { status }]) => [level, status])).toEqual([["info", 499]]);
  });

  it("ends a stream that it stops reading", async () => {
    await start({ load: { context: 512 } });
    const response = await tiny.post(CHAT, { ...long, max_tokens: 400, stream: true });
    const reader = response.body!.getReader();
    await reader.read();
    expect((await tiny.model()).load).toBe(2);
    await reader.cancel();
    await untilIdle();
  });

  it("leaves its place in the queue: of 200 that wait, those that stay are answered", async () => {
    await start({ load: { parallel: 2 }, maxQueue: 300, maxPerClient: 300 });
    const short = { ...ask, max_tokens: 3 };
    const alone = await (await tiny.post(CHAT, short)).json();
    const requests = Array.from({ length: 200 }, (_, i) => {
      const leave = new AbortController();
      if (i % 3 === 0) setTimeout(() => leave.abort(), i / 4);
      return { stays: i % 3 !== 0, answer: tiny.post(CHAT, short, { signal: leave.signal }) };
    });
    for (const { stays, answer } of requests) {
      const response = await answer;
      if (stays) expect((await response.json()).choices).toEqual(alone.choices);
    }
    await untilIdle();
  });

  it("leaves neither place nor socket, whenever it vanishes", async () => {
    await start({ load: { context: 512 } });
    const listening = await listen(tiny.server, { host: "127.0.0.1", port: 0 });
    const { port } = new URL(listening.url);
    const body = JSON.stringify({ ...long, max_tokens: 400, stream: true });
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    // They vanish within the request, while they wait, or within the answer.
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const socket = connect(Number(port), "127.0.0.1");
        socket.on("error", () => {});
        socket.write((head + body).slice(0, i % 4 === 0 ? 10 * i : undefined));
        await new Promise((resolve) => setTimeout(resolve, i));
        socket.destroy();
      }),
    );
    await untilIdle();
    expect(await listening.drain(2)).toBe(true);
  });

  it("changes nothing in the answers of others", async () => {
    await start({ load: { parallel: 3 } });
    const alone = await (await tiny.post(CHAT, ask)).json();
    const others = Array.from({ length: 3 }, () => tiny.post(CHAT, ask));
    const leaving = Array.from({ length: 5 }, (_, i) => {
      const leave = new AbortController();
      setTimeout(() => leave.abort(), i);
      return tiny.post(CHAT, { ...long, stream: i % 2 === 0 }, { signal: leave.signal }).then(
        (r) => r.text().catch(() => ""),
        () => "",
      );
    });
    for (const response of await Promise.all(others))
      expect((await response.json()).choices).toEqual(alone.choices);
    await Promise.all(leaving);
    await untilIdle();
  });
});
