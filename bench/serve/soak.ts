/**
 * A server over loopback under a mixture of clients, many of which vanish at random moments; memory, sockets and places
 * must return to where they were:
 *
 *     npx tsx --conditions=cria-source bench/serve/soak.ts [MODEL] [--minutes 60] [--clients 24] [--vanish 0.4]
 *
 * Without MODEL it is a tiny random one. Prints a line per minute; the last line is one JSON object. Fails if a place, a
 * request or a socket is left, or if an answer to a client that stayed is not complete.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../src/base/random.ts";
import { load } from "../../src/library/load.ts";
import { createServer } from "../../src/server/app.ts";
import { listen } from "../../src/server/listen.ts";
import { ModelRegistry } from "../../src/server/models/registry.ts";
import { tinyServer } from "../../test/support/tiny-server.ts";
import { option } from "../options.ts";

const path = process.argv[2]?.startsWith("--") ? undefined : process.argv[2];
const minutes = Number(option("minutes", "60"));
const clients = Number(option("clients", "24"));
const vanish = Number(option("vanish", "0.4"));
const collect = (globalThis as { gc?: () => void }).gc;

async function start() {
  if (path === undefined) return (await tinyServer({ load: { context: 256 } })).server;
  const settings = { parallel: 8, context: 1024, maxGap: 200 };
  const spec = { name: "model", byteLength: 0, places: 8, load: () => load(path, settings) };
  // Any model can chat then, whatever its own template.
  return createServer(new ModelRegistry([spec]), { template: "chatml" });
}
const server = await start();
await server.prepare();
const { url, drain } = await listen(server, { host: "127.0.0.1", port: 0 });
const random = new Random(1);
const counts = { complete: 0, vanished: 0, refused: 0, broken: 0 };

/** A request of some kind, streamed or not; the client may leave at any moment. */
async function client(signal: AbortSignal): Promise<void> {
  const leave = new AbortController();
  const leaves = random.uniform() < vanish;
  const timer = leaves ? setTimeout(() => leave.abort(), random.below(300)) : undefined;
  const stream = random.below(2) === 0;
  const words = Array.from({ length: 1 + random.below(30) }, () =>
    "abcdefgh"[random.below(8)].repeat(3),
  ).join(" ");
  const body = {
    messages: [{ role: "user", content: words }],
    stream,
    max_tokens: 1 + random.below(60),
    n: 1 + random.below(3),
  };
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, leave.signal]),
    });
    const text = await response.text();
    if (response.status === 429) counts.refused++;
    else if (response.status === 200 && (!stream || text.endsWith("data: [DONE]\n\n"))) counts.complete++;
    else {
      counts.broken++;
      if (counts.broken === 1) console.error(`${response.status}: ${text.slice(0, 400)}`);
    }
  } catch (error) {
    if (leave.signal.aborted) counts.vanished++;
    else if (!signal.aborted) {
      counts.broken++;
      if (counts.broken === 1) console.error(error);
    }
  }
  clearTimeout(timer);
}

async function idle(): Promise<void> {
  for (let i = 0; i < 500; i++) {
    const load = [...server.context.models.loaded.values()].reduce((sum, model) => sum + model.load, 0);
    if (load === 0 && server.context.admission.total === 0) return;
    await sleep(20);
  }
  throw new Error("texts or requests are left");
}

interface State {
  readonly residentMiB: number;
  readonly handles: number;
}
async function state(): Promise<State> {
  await idle();
  for (let i = 0; i < 3; i++) {
    collect?.();
    await sleep(100);
  }
  const handles = process.getActiveResourcesInfo().filter((name) => name.includes("TCP")).length;
  return { residentMiB: process.memoryUsage.rss() / 2 ** 20, handles };
}

const end = Date.now() + minutes * 60_000;
const states: State[] = [];
while (Date.now() < end) {
  const until = AbortSignal.timeout(Math.min(60_000, Math.max(1, end - Date.now())));
  const never = new AbortController().signal;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (!until.aborted) await client(never);
    }),
  );
  states.push(await state());
  const { residentMiB, handles } = states[states.length - 1];
  console.log(`${JSON.stringify(counts)}; ${residentMiB.toFixed(0)} MiB, ${handles} sockets`);
}
await drain(5);
await server.context.models.dispose();
if (counts.broken > 0) throw new Error(`${counts.broken} answers were not complete`);
console.log(JSON.stringify({ minutes, clients, vanish, counts, states }));
process.exit(0);
