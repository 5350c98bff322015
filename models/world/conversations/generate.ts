/**
 * Writes conversations of the little world, in OpenAI's layout:
 *
 *     npm run world:chat -- --count 30000 --seed 1 -o chat.jsonl
 *
 * The same seed gives the same bytes, and a longer file begins with a shorter one. No conversation occurs twice, and
 * none has an item of the frozen test set.
 */
import { parseArgs } from "node:util";
import { ConfigError, Random } from "../../../src/base/index.ts";
import { platform } from "../../../src/platform/node.ts";
import { touchesFrozen } from "./frozen.ts";
import { conversation, type Message } from "./index.ts";

export function* conversations(
  count: number,
  seed: number,
  write: (random: Random) => readonly Message[] = conversation,
): Generator<readonly Message[]> {
  const random = new Random(seed);
  const seen = new Set<string>();
  while (seen.size < count) {
    const messages = write(random);
    const key = JSON.stringify(messages);
    if (seen.has(key) || touchesFrozen(messages)) continue;
    seen.add(key);
    yield messages;
  }
}

function wholeNumber(flag: string, text: string, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new ConfigError({
    doing: `read ${flag}`,
    expected: `a whole number from ${least}`,
    found: `"${text}"`,
  });
}

function main(): void {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      output: { type: "string", short: "o", default: "chat.jsonl" },
    },
  });
  const [count, seed] = [wholeNumber("--count", values.count, 1), wholeNumber("--seed", values.seed, 0)];
  using sink = platform.createFile(values.output, { overwrite: true });
  for (const messages of conversations(count, seed)) {
    sink.write(new TextEncoder().encode(`${JSON.stringify({ messages })}\n`));
  }
  sink.commit();
}

if (process.argv[1] === import.meta.filename) main();
