/**
 * What the server costs beside the model: requests per second of /tokenize, and time per streamed token compared with the
 * library's, over loopback with a tiny model:
 *
 *     npx tsx --conditions=cria-source bench/serve/overhead.ts [--requests 6000] [--texts 20]
 *
 * The last line is one JSON object.
 */
import { Agent, request } from "node:http";
import { median } from "../../src/measure/figures.ts";
import { listen } from "../../src/server/listen.ts";
import { tinyServer } from "../../test/support/tiny-server.ts";
import { option } from "../options.ts";

const requests = Number(option("requests", "6000"));
const texts = Number(option("texts", "20"));
const TOKENS = 400;

await using tiny = await tinyServer({ load: { context: 512 } });
const { url, drain } = await listen(tiny.server, { host: "127.0.0.1", port: 0 });
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

function post(path: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent = request(`${url}${path}`, { method: "POST", agent, headers }, (response) => {
      response.on("data", () => {});
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

async function tokenizeRate(): Promise<number> {
  const from = performance.now();
  let left = requests;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (left-- > 0) await post("/tokenize", { content: "once upon a time there was a llama" });
    }),
  );
  return requests / ((performance.now() - from) / 1000);
}

const model = await tiny.model();
/** Milliseconds of a text, by the library and by the server. */
async function pair(): Promise<[number, number]> {
  const options = { temperature: 0, ignoreEos: true, maxTokens: TOKENS, cachePrompt: false };
  const from = performance.now();
  for await (const _ of model.generate("abc", options));
  const middle = performance.now();
  const fields = { temperature: 0, ignore_eos: true, max_tokens: TOKENS, cache_prompt: false };
  await post("/v1/completions", { prompt: "abc", stream: true, ...fields });
  return [middle - from, performance.now() - middle];
}

await tokenizeRate();
const rate = await tokenizeRate();
await pair();
const pairs: [number, number][] = [];
for (let i = 0; i < texts; i++) pairs.push(await pair());
const perToken = pairs.map(([own, served]) => (1000 * (served - own)) / TOKENS);
console.log(`/tokenize: ${rate.toFixed(0)} requests/s`);
console.log(`streamed token: ${median(perToken).toFixed(1)} µs more than the library`);
console.log(JSON.stringify({ tokenizePerSecond: rate, microsecondsPerToken: median(perToken), perToken }));
await drain(1);
process.exit(0);
