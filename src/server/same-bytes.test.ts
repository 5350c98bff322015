/** A request has the same answer alone and in the company of others, byte for byte except its id, its times and what the cache held. */
import { expect, it } from "vitest";
import { type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";
import { Random } from "../base/random.ts";

const REQUESTS = 200;

interface Asked {
  readonly path: string;
  readonly body: object;
}

/** A random request of any kind that generates. */
function randomRequest(random: Random): Asked {
  const pick = <T>(...values: readonly T[]): T => values[random.below(values.length)];
  const text = (): string =>
    Array.from({ length: 1 + random.below(40) }, () => "abcdefgh xyz"[random.below(12)]).join("");
  const shared = {
    temperature: pick(0, 0.7, 2),
    seed: random.below(1000),
    max_tokens: 1 + random.below(24),
    ignore_eos: pick(true, false),
    frequency_penalty: pick(0, 0.5),
    top_k: pick(0, 5),
  };
  return pick<() => Asked>(
    () => ({
      path: "/v1/chat/completions",
      body: {
        ...shared,
        messages: [{ role: "user", content: text() }],
        n: pick(1, 2),
        stream: pick(true, false),
        logprobs: true,
      },
    }),
    () => ({
      path: "/v1/completions",
      body: { ...shared, prompt: [text(), text()], echo: true, logprobs: 2 },
    }),
    () => ({
      path: "/completion",
      body: { ...shared, max_tokens: undefined, prompt: text(), n_predict: 9, mirostat: pick(0, 2) },
    }),
    () => ({ path: "/v1/embeddings", body: { input: text() } }),
  )();
}

/** The body without what may differ. */
async function answer(tiny: TinyServer, { path, body }: Asked): Promise<string> {
  const response = await tiny.post(path, body);
  expect(response.status).toBe(200);
  return (await response.text())
    .replaceAll(/"id":"[^"]*"|"created":\d+|"cached_tokens":\d+|"tokens_cached":\d+|"timings":\{[^}]*\}/g, "")
    .split("\n\n")
    .sort() // the events of several answers alternate
    .join("\n\n");
}

it("gives the same bytes alone and in company", async () => {
  const random = new Random(5);
  const requests = Array.from({ length: REQUESTS }, () => randomRequest(random));
  // Few pages, short steps and a pace, so that texts wait, pause and are computed in parts.
  await using together = await tinyServer({
    load: { parallel: 6, cacheMemory: 60_000, maxGap: 0.5 },
    maxPerClient: REQUESTS,
  });
  await using alone = await tinyServer({ load: { parallel: 1 } });
  const pending: Promise<string>[] = [];
  for (const request of requests) {
    pending.push(answer(together, request));
    if (random.below(4) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(4)));
  }
  const found = await Promise.all(pending);
  for (const [i, request] of requests.entries()) expect(found[i]).toBe(await answer(alone, request));
});
