/**
 * Chats against a running server of OpenAI's API, Cria's or another's, so that both are measured by the same client:
 *
 *     npx tsx --conditions=cria-source bench/serve/load.ts --url http://127.0.0.1:8080 [--peer http://127.0.0.1:8081]
 *         [--chats 16] [--prompt 256] [--generate 64] [--repeat 3] [--shared 0]
 *
 * `--prompt`: words of the prompt, about as many tokens. `--shared`: words that all prompts begin with. With `--peer` the
 * servers take turns within each round. Reported: tokens per second of all chats together, 95th percentile and worst of
 * the time to the first token and of the gap between tokens. The last line is one JSON object.
 */

import { Random } from "../../src/base/random.ts";
import { median } from "../../src/measure/figures.ts";
import { option } from "../options.ts";

const chats = Number(option("chats", "16"));
const words = Number(option("prompt", "256"));
const shared = Number(option("shared", "0"));
const tokens = Number(option("generate", "64"));
const repeat = Number(option("repeat", "3"));
const urls = [option("url", "http://127.0.0.1:8080"), option("peer")].filter((url) => url !== undefined);

const random = new Random(Date.now());
const WORDS = "the of and to in is it you that he was for on are with as his they be at one have this".split(
  " ",
);
const text = (count: number): string =>
  Array.from({ length: count }, () => WORDS[random.below(WORDS.length)]).join(" ");

interface Chat {
  readonly firstMs: number;
  readonly gapsMs: readonly number[];
  readonly tokens: number;
}

/** One streamed chat. Every event with content counts as a token. */
async function chat(url: string, prompt: string): Promise<Chat> {
  const from = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      messages: [{ role: "user", content: prompt }],
      max_tokens: tokens,
      temperature: 0.8,
      seed: 1,
      stream: true,
      ignore_eos: true,
    }),
  });
  if (!response.ok || response.body === null)
    throw new Error(`${url}: ${response.status} ${await response.text()}`);
  const times: number[] = [];
  const decoder = new TextDecoder();
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    const count = decoder.decode(piece, { stream: true }).split(/"content":\s*"[^"]/).length - 1;
    for (let i = 0; i < count; i++) times.push(performance.now());
  }
  return {
    firstMs: (times[0] ?? performance.now()) - from,
    gapsMs: times.slice(1).map((time, i) => time - times[i]),
    tokens: times.length,
  };
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];

/** All chats at once, each with its own prompt. */
async function round(url: string, system: string) {
  const prompts = Array.from({ length: chats }, () => `${system} ${text(words)}`);
  const from = performance.now();
  const found = await Promise.all(prompts.map((prompt) => chat(url, prompt)));
  const seconds = (performance.now() - from) / 1000;
  const firsts = found.map(({ firstMs }) => firstMs);
  const gaps = found.flatMap(({ gapsMs }) => gapsMs);
  return {
    tokensPerSecond: found.reduce((sum, each) => sum + each.tokens, 0) / seconds,
    firstP95: quantile(firsts, 0.95),
    firstWorst: Math.max(...firsts),
    gapP95: quantile(gaps, 0.95),
    gapWorst: Math.max(...gaps),
  };
}

type Figures = Awaited<ReturnType<typeof round>>;
const rounds: Figures[][] = urls.map(() => []);
for (const url of urls) await chat(url, text(8));
for (let i = 0; i < repeat; i++) {
  const system = text(shared);
  for (const [u, url] of urls.entries()) rounds[u].push(await round(url, system));
}
const middle = (all: readonly Figures[]): Figures =>
  Object.fromEntries(
    (Object.keys(all[0]) as (keyof Figures)[]).map((key) => [key, median(all.map((each) => each[key]))]),
  ) as Figures;
const results = rounds.map(middle);
for (const [u, { tokensPerSecond, firstP95, firstWorst, gapP95, gapWorst }] of results.entries()) {
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  console.log(`${urls[u]}: ${tokensPerSecond.toFixed(1)} tokens/s`);
  console.log(`  first token: 95 % within ${ms(firstP95)}, worst ${ms(firstWorst)}`);
  console.log(`  gap between tokens: 95 % within ${ms(gapP95)}, worst ${ms(gapWorst)}`);
}
console.log(JSON.stringify({ urls, chats, words, shared, tokens, results, rounds }));
