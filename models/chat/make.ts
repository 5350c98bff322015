/**
 * Makes the chat model from the story model in one command:
 *
 *     npm run chatmodel -- --data ../shared/data --work /tmp/chat --from models/cria-stories-q8_0.gguf
 *
 * Writes the training text, fine-tunes all weights by recipe.yaml, converts the result to Q8_0 and scores it on the
 * frozen test set. A stage whose result exists is not repeated, so an interrupted run resumes. The same data, base and kind
 * of processor give the same bytes. `--world`, `--orders`, `--fables` and `--replay` change how much of each text there is.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { RequestError } from "../../src/base/index.ts";
import { cria, trainOnce } from "../stories/corpus.ts";
import { writeText } from "../stories/files.ts";
import { hashOf } from "../stories/prepare.ts";
import { evaluate } from "./evaluate.ts";
import { prepareChat } from "./prepare.ts";
import { summaryOf } from "./score.ts";

const RECIPE = resolve(import.meta.dirname, "recipe.yaml");
const RESULT = "cria-chat-q8_0.gguf";
const SEED = 21;
/** Examples of each text that is not taken whole. */
const AMOUNTS = { world: 20_000, orders: 1_500, fables: 4_000, replay: 7_000 };

interface Options {
  readonly data: string;
  readonly work: string;
  readonly from: string;
  readonly amounts: typeof AMOUNTS;
}

function optionsOf(): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { data: text, work: text, from: text, world: text, orders: text, fables: text, replay: text },
  });
  const { data, work, from } = values;
  if (data === undefined || work === undefined || from === undefined) {
    throw new RequestError({
      doing: "make the chat model",
      expected:
        "--data FOLDER (the training text), --work FOLDER (for all results) and --from MODEL (the story model)",
      found: `no ${data === undefined ? "--data" : work === undefined ? "--work" : "--from"}`,
    });
  }
  const count = (name: keyof typeof AMOUNTS): number => amountOf(name, values[name]);
  return {
    data,
    work,
    from,
    amounts: {
      world: count("world"),
      orders: count("orders"),
      fables: count("fables"),
      replay: count("replay"),
    },
  };
}

function amountOf(name: keyof typeof AMOUNTS, given: string | undefined): number {
  if (given === undefined) return AMOUNTS[name];
  if (/^\d{1,7}$/.test(given)) return Number(given);
  throw new RequestError({ doing: `read --${name}`, expected: "a whole number", found: `"${given}"` });
}

async function makeText({ data, work, amounts }: Options): Promise<void> {
  const path = join(work, "manifest.json");
  if (existsSync(path)) return;
  const sources = await prepareChat({ data, output: join(work, "text"), seed: SEED, ...amounts });
  const base = await hashOf(join(work, "base.gguf"));
  const manifest = { seed: SEED, amounts, base, recipe: await hashOf(RECIPE), sources };
  writeText(path, `${JSON.stringify(manifest, null, 2)}\n`);
  for (const { name, examples, bytes, dropped } of sources)
    console.log(JSON.stringify({ name, examples, bytes, dropped }));
}

function tune(work: string): void {
  trainOnce(work, {
    verb: "finetune",
    recipe: "recipe.yaml",
    text: readFileSync(RECIPE, "utf8"),
    output: "run",
  });
  cria(["convert", join("run", "model.gguf"), RESULT, "--dtype", "Q8_0", "--force"], work);
}

async function main(): Promise<void> {
  const options = optionsOf();
  const { work, from } = options;
  mkdirSync(work, { recursive: true });
  if (!existsSync(join(work, "base.gguf"))) copyFileSync(from, join(work, "base.gguf"));
  await makeText(options);
  tune(work);
  const items = await evaluate({ model: join(work, RESULT) });
  const summary = summaryOf(items);
  writeText(join(work, "scores.json"), `${JSON.stringify({ ...summary, items }, null, 2)}\n`);
  console.log(JSON.stringify(summary));
}

if (process.argv[1] === import.meta.filename) await main();
