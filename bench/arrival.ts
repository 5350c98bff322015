/**
 * Time from the last byte that the first token needs to that token, while a model is fetched from a hub on this machine:
 *
 *     npx tsx --conditions=cria-source bench/arrival.ts model.gguf [MB/s] [prompt tokens]
 *
 * The token needs every tensor but the embedding, of which only the prompt's rows. Also prints the time of the same
 * prompt when all weights are here, and whether the tokens are the same.
 */
import { readFileSync } from "node:fs";
import { openGguf } from "../src/formats/gguf/index.ts";
import { load } from "../src/library/load.ts";
import { TestHub } from "../test/hub/server.ts";
import { testStore } from "../test/hub/store.ts";

const [, , path, rate = "20", length = "512"] = process.argv;
const prompt = Array.from({ length: Number(length) }, (_, i) => (i * 7919 + 13) % 1000);
const GENERATE = { maxTokens: 4, temperature: 0, ignoreEos: true } as const;

await using hub = await TestHub.start();
using store = testStore(hub);
hub.add("owner/name", { files: { "m.Q4_0.gguf": new Uint8Array(readFileSync(path)) } });

/** Needed ranges: all but the embedding. */
const needed = (() => {
  using file = openGguf(path);
  const tensors = [...file.tensors.values()].filter(({ name }) => name !== "token_embd.weight");
  return tensors.map(({ offset, byteLength }) => ({ start: offset, end: offset + byteLength }));
})();
let lastNeeded = 0;
hub.behaviour = {
  totalBytesPerSecond: Number(rate) * 1e6,
  onSent(start, end) {
    if (needed.some((range) => start < range.end && range.start < end)) lastNeeded = performance.now();
  },
};

async function firstToken(name: string, early: boolean) {
  const from = performance.now();
  await using model = await load(name, { early, acceptLicence: true, hub: store.options.settings });
  const opened = performance.now();
  const generation = model.generate(prompt, GENERATE);
  let first = 0;
  for await (const _ of generation.tokens()) first ||= performance.now();
  const { tokens } = await generation.result();
  await model.arrived;
  return {
    from,
    opened,
    first,
    arrived: performance.now(),
    tokens: tokens.join(" "),
    backend: model.backend.name,
  };
}

const arriving = await firstToken("hf:owner/name", true);
const whole = await firstToken("hf:owner/name", false);
const seconds = (ms: number): number => Number((ms / 1000).toFixed(3));
console.log(
  JSON.stringify({
    backend: arriving.backend,
    promptTokens: prompt.length,
    openedSeconds: seconds(arriving.opened - arriving.from),
    lastNeededByteSeconds: seconds(lastNeeded - arriving.from),
    firstTokenSeconds: seconds(arriving.first - arriving.from),
    firstTokenAfterLastByteSeconds: seconds(arriving.first - lastNeeded),
    completeSeconds: seconds(arriving.arrived - arriving.from),
    wholeFirstTokenSeconds: seconds(whole.first - whole.from),
    sameTokens: arriving.tokens === whole.tokens,
  }),
);
