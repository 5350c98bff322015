/**
 * Malformed bodies to every route, without a socket; any answer of 500 or above, and any request that hangs, fails:
 *
 *     npx tsx --conditions=cria-source bench/serve/malformed.ts [--count 100000] [--seed N]
 *
 * The last line is one JSON object.
 */
import fc from "fast-check";
import { malformedRequest } from "../../test/support/malformed-bodies.ts";
import { tinyServer } from "../../test/support/tiny-server.ts";
import { option } from "../options.ts";

const count = Number(option("count", "100000"));
const seed = Number(option("seed", String(Date.now() % 2 ** 31)));
const HANG_MS = 30_000;

await using tiny = await tinyServer({ load: { context: 64 }, bytes: true });
const headers = { "content-type": "application/json" };
const statuses: Record<string, number> = {};
const from = performance.now();
await fc.assert(
  fc.asyncProperty(malformedRequest, async ({ path, body }) => {
    const signal = AbortSignal.timeout(HANG_MS);
    const request = new Request(`http://localhost:8080${path}`, {
      method: "POST",
      headers,
      body: body as BodyInit,
      signal,
    });
    const response = await tiny.server.fetch(request);
    const text = await response.text();
    statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    if (response.status >= 500) throw new Error(`${response.status}: ${text}`);
    if (text.includes('"server_error"')) throw new Error(text);
    if (signal.aborted) throw new Error("it hung");
  }),
  { numRuns: count, seed },
);
const { load } = await tiny.model();
const open = tiny.server.context.admission.total;
if (load !== 0 || open !== 0) throw new Error(`${load} texts and ${open} requests are left`);
const seconds = (performance.now() - from) / 1000;
console.log(`${count} bodies in ${seconds.toFixed(0)} s: ${JSON.stringify(statuses)}`);
console.log(JSON.stringify({ count, seed, seconds, statuses, resident: process.memoryUsage.rss() }));
