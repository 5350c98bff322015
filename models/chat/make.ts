/**
 * Makes the chat model from the story model in one command:
 *
 *     npm run chatmodel -- --data ../shared/data --work /tmp/chat --from models/stories/cria-stories-q8_0.gguf
 *
 * Five stages: whole conversations; single questions and answers; stories to order and more forms of questions; mostly
 * stories; chats of many short turns. Each has its training text and its recipe; all weights are tuned. The mean of the last
 * two results is converted to Q8_0 and scored on the frozen test set. A stage whose result exists is not repeated, so an interrupted run resumes. The same data, base and kind of processor give the same bytes.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { RequestError } from "../../src/base/index.ts";
import { cria, trainOnce } from "../stories/corpus.ts";
import { writeText } from "../stories/files.ts";
import { hashOf } from "../stories/prepare.ts";
import { withSampling } from "./advice.ts";
import { evaluate } from "./evaluate.ts";
import { writeMean } from "./mean.ts";
import { type Amounts, type PreparedChat, prepareChat } from "./prepare.ts";
import { summaryOf } from "./score.ts";

export const BASE = "base.gguf";
const EIGHT_BIT = "model-q8_0.gguf";
const MEAN = "mean.gguf";
const MEAN_EIGHT_BIT = "mean-q8_0.gguf";
export const RESULT = "cria-chat-q8_0.gguf";

interface ChatStage {
  /** Name of its folder of text, of its recipe and of its run. */
  readonly name: string;
  readonly seed: number;
  /** Examples of each text that is not taken whole. */
  readonly amounts: Amounts;
}

/** Replay without plots. */
const FABLES_AND_TINY = { stories: 0.2, varied: 0.8, plain: 0, all: 0, readers: 0 } as const;

/** In order; each continues from the model of the one before, in Q8_0. */
export const CHAT_STAGES: readonly ChatStage[] = [
  {
    name: "whole",
    seed: 21,
    amounts: { world: 20_000, drills: 0, orders: 1500, fables: 4000, replay: 7000 },
  },
  {
    name: "single",
    seed: 121,
    amounts: { world: 3000, drills: 40_000, orders: 0, fables: 10_000, replay: 4000 },
  },
  {
    name: "ordered",
    seed: 221,
    amounts: { world: 2000, drills: 44_000, orders: 0, fables: 14_000, replay: 9000 },
  },
  {
    name: "settled",
    seed: 321,
    amounts: {
      ...{ world: 0, drills: 9000, orders: 0, fables: 5000, replay: 7000 },
      shares: FABLES_AND_TINY,
    },
  },
  {
    name: "chatter",
    seed: 421,
    amounts: {
      ...{ world: 0, drills: 4000, chatter: 6500, orders: 0, fables: 1500, replay: 4000 },
      shares: FABLES_AND_TINY,
    },
  },
];

export interface ChatManifest {
  /** SHA-256 of the story model. */
  readonly base: string;
  readonly stages: readonly (ChatStage & {
    /** SHA-256. */
    readonly recipe: string;
    readonly sources: readonly PreparedChat[];
  })[];
}

const recipeOf = ({ name }: ChatStage): string => resolve(import.meta.dirname, `${name}.yaml`);
export const runOf = ({ name }: ChatStage): string => `run-${name}`;

async function makeText(data: string, work: string): Promise<void> {
  const path = join(work, "manifest.json");
  if (existsSync(path)) return;
  const stages: ChatManifest["stages"][number][] = [];
  for (const stage of CHAT_STAGES) {
    const output = join(work, `text-${stage.name}`);
    const sources = await prepareChat({ data, output, seed: stage.seed, ...stage.amounts });
    for (const { name, examples, bytes, dropped } of sources)
      console.log(JSON.stringify({ stage: stage.name, name, examples, bytes, dropped }));
    stages.push({ ...stage, recipe: await hashOf(recipeOf(stage)), sources });
  }
  const manifest: ChatManifest = { base: await hashOf(join(work, BASE)), stages };
  writeText(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

function tune(work: string): void {
  for (const stage of CHAT_STAGES) {
    const output = runOf(stage);
    const recipe = `${stage.name}.yaml`;
    trainOnce(work, { verb: "finetune", recipe, text: readFileSync(recipeOf(stage), "utf8"), output });
    const eightBit = join(output, EIGHT_BIT);
    if (!existsSync(join(work, eightBit)))
      cria(["convert", join(output, "model.gguf"), eightBit, "--dtype", "Q8_0"], work);
  }
  const [before, last] = CHAT_STAGES.slice(-2).map((stage) => join(work, runOf(stage), "model.gguf"));
  writeMean(before, last, join(work, MEAN));
  cria(["convert", MEAN, MEAN_EIGHT_BIT, "--dtype", "Q8_0", "--force"], work);
  withSampling(join(work, MEAN_EIGHT_BIT), join(work, RESULT));
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { data, work, from } = parseArgs({ options: { data: text, work: text, from: text } }).values;
  if (data === undefined || work === undefined || from === undefined) {
    throw new RequestError({
      doing: "make the chat model",
      expected:
        "--data FOLDER (the training text), --work FOLDER (for all results) and --from MODEL (the story model)",
      found: `no ${data === undefined ? "--data" : work === undefined ? "--work" : "--from"}`,
    });
  }
  mkdirSync(work, { recursive: true });
  if (!existsSync(join(work, BASE))) copyFileSync(from, join(work, BASE));
  await makeText(data, work);
  tune(work);
  const items = await evaluate({ model: join(work, RESULT) });
  const summary = summaryOf(items);
  writeText(join(work, "scores.json"), `${JSON.stringify({ ...summary, items }, null, 2)}\n`);
  console.log(JSON.stringify(summary));
}

if (process.argv[1] === import.meta.filename) await main();
