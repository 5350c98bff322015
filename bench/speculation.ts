/**
 * Prompt lookup and a draft model compared with plain generation, measured alternately:
 *
 *     npx tsx --conditions=cria-source bench/speculation.ts MODEL [--draft PATH] [--prompt TEXT] [--generate 200]
 *         [--temperature 0] [--repeat 5]
 *
 * Two kinds of text: the prompt's own, which may repeat itself, and one at temperature 2, whose guesses are nearly all
 * refused. Reported: speed with guesses as a multiple of the speed without, and how many guesses were right. The last
 * line is one JSON object.
 */
import { load } from "../src/library/load.ts";
import { median } from "../src/measure/figures.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const draft = option("draft");
const prompt = option("prompt", "Once upon a time there was a llama. Once upon a time");
const maxTokens = Number(option("generate", "200"));
const temperature = Number(option("temperature", "0"));
const repeat = Number(option("repeat", "5"));
const KINDS = { quoted: { temperature }, refused: { temperature: 2, topK: 0, topP: 1, minP: 0 } } as const;

await using model = await load(path, { draft });
const guesses = draft === undefined ? "lookup" : "draft";

/** Seconds of generation, and counts of guesses. */
async function run(kind: keyof typeof KINDS, speculate: "off" | "lookup" | "draft", seed: number) {
  const options = { ...KINDS[kind], seed, maxTokens, ignoreEos: true, speculate };
  const {
    timings,
    speculation = { guessed: 0, accepted: 0 },
    tokens,
  } = await model.generate(prompt, options).result();
  return { seconds: timings.generationSeconds, ...speculation, tokens };
}

const results: Record<string, object> = {};
for (const kind of ["quoted", "refused"] as const) {
  await run(kind, guesses, 0);
  const ratios: number[] = [];
  let [guessed, accepted] = [0, 0];
  for (let seed = 1; seed <= repeat; seed++) {
    const plain = await run(kind, "off", seed);
    const found = await run(kind, guesses, seed);
    if (plain.tokens.join() !== found.tokens.join()) throw new Error("the texts differ");
    ratios.push(plain.seconds / found.seconds);
    guessed += found.guessed;
    accepted += found.accepted;
  }
  results[kind] = { ratio: median(ratios), ratios, guessed, accepted };
  console.log(`${kind}: ${median(ratios).toFixed(2)} × plain speed, ${accepted} of ${guessed} guesses right`);
}
console.log(JSON.stringify({ model: path, draft, guesses, maxTokens, results }));
