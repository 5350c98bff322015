/**
 * Samples of a model over sixty schemas: every text that ends by itself must be valid, as an independent validator says.
 * Then the speed of constrained texts compared with free ones of the same length, one text at a time, in turns.
 *
 *     npx tsx --conditions=cria-source bench/structured.ts MODEL [--samples 50] [--temperature 1] [--tokens 400] [--speed 20]
 *
 * `--samples` counts per schema: 50 makes 3,000. The last line is one JSON object; the exit code is 1 if a text was invalid.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { load } from "../src/library/load.ts";
import { median } from "../src/measure/figures.ts";
import { SCHEMAS } from "../test/support/schemas.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const samples = Number(option("samples", "50"));
const temperature = Number(option("temperature", "1"));
const maxTokens = Number(option("tokens", "400"));
const rounds = Number(option("speed", "20"));
const PARALLEL = 16;

await using model = await load(path, { context: maxTokens + 128, parallel: PARALLEL });
const prompt = "Here is an example as JSON:\n";
const ajv = new Ajv2020({ strict: false, validateFormats: true, multipleOfPrecision: 9 });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);

const counts = { valid: 0, cut: 0, invalid: 0, tokens: 0 };
const cutBySchema: Record<string, number> = {};
const from = performance.now();
for (const [name, schema] of Object.entries(SCHEMAS)) {
  const validate = ajv.compile(schema);
  const texts = Array.from({ length: samples }, (_, seed) =>
    model.generate(prompt, { schema, seed, temperature, topK: 0, topP: 1, minP: 0, maxTokens }).result(),
  );
  for (const { text, tokens, finish } of await Promise.all(texts)) {
    counts.tokens += tokens.length;
    if (finish.reason === "length" || finish.reason === "context") {
      counts.cut++;
      cutBySchema[name] = (cutBySchema[name] ?? 0) + 1;
    } else if (isValid(text, validate)) counts.valid++;
    else {
      counts.invalid++;
      console.error(`${name}: ${text}`);
    }
  }
}
const seconds = (performance.now() - from) / 1000;

function isValid(text: string, validate: (value: unknown) => unknown): boolean {
  try {
    return validate(JSON.parse(text)) === true;
  } catch {
    return false;
  }
}

/** Tokens per second after the first token. */
async function speed(options: object): Promise<{ rate: number; length: number }> {
  const { timings, tokens } = await model.generate(prompt, { temperature, ...options }).result();
  const { generationSeconds } = timings;
  return { rate: tokens.length / generationSeconds, length: tokens.length };
}

const ratios: Record<string, number[]> = { plain: [], guessing: [] };
const schema = SCHEMAS.invoice;
await speed({ schema, seed: 0, maxTokens: 120 });
for (let seed = 1; seed <= rounds; seed++) {
  const plain = await speed({ schema, seed, maxTokens: 120, speculate: "off" });
  const guessing = await speed({ schema, seed, maxTokens: 120 });
  const free = await speed({ seed, maxTokens: plain.length, ignoreEos: true });
  ratios.plain.push(plain.rate / free.rate);
  ratios.guessing.push(guessing.rate / free.rate);
}

const result = {
  model: path,
  backend: model.backend.name,
  schemas: Object.keys(SCHEMAS).length,
  ...counts,
  seconds,
  cutBySchema,
  constrainedToFree: median([...ratios.plain]),
  constrainedGuessingToFree: median([...ratios.guessing]),
};
console.log(JSON.stringify(result));
process.exitCode = counts.invalid > 0 ? 1 : 0;
