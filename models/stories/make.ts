/**
 * Builds the story model from text to file in one command:
 *
 *     npm run stories -- --data ../shared/data --work /tmp/stories
 *
 * A stage whose result exists is not repeated, so an interrupted run resumes. The manifest has the
 * hashes of everything that determines the result. The same data and kind of processor give the same bytes.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RequestError } from "../../src/base/index.ts";
import { cria, makeCorpus, trainOnce } from "./corpus.ts";
import { writeText } from "./files.ts";
import { hashOf, type PreparedSource, prepare } from "./prepare.ts";

const here = import.meta.dirname;

/** One training run: its recipe, and the folder of its results. */
export interface Stage {
  readonly recipe: string;
  readonly output: string;
  /** What distinguishes it, for the card. */
  readonly note: string;
}

/** In order; each continues from the model of the one before. */
export const STAGES: readonly Stage[] = [
  { recipe: "recipe.yaml", output: "run", note: "constant learning rate" },
  { recipe: "finish.yaml", output: "finish", note: "falling rate, more simple stories" },
  {
    recipe: "longer.yaml",
    output: "longer",
    note: "from the 8-bit file of the second stage; mostly stories; the rate falls in the last part",
  },
  {
    recipe: "scenes.yaml",
    output: "scenes",
    note: "from the 8-bit file of the third stage; half of the text is short stories that begin with a scene",
  },
  {
    recipe: "plain.yaml",
    output: "plain",
    note: "from the 8-bit file of the fourth stage; nearly only short stories of the little world; the rate falls from the start",
  },
  {
    recipe: "fables.yaml",
    output: "fables",
    note: "from the 8-bit file of the fifth stage; half of the text is fables of the little world",
  },
  {
    recipe: "familiar.yaml",
    output: "familiar",
    note: "from the 8-bit file of the sixth stage; two thirds of the text are fables, half of them with the names that simple stories use most",
  },
  {
    recipe: "varied.yaml",
    output: "varied",
    note: "from the 8-bit file of the seventh stage; four fifths of the text are fables, most of them with further first sentences",
  },
  {
    recipe: "further.yaml",
    output: "further",
    note: "from the 8-bit file of the eighth stage; three quarters of the text are fables, most of them with still more first sentences and with corrected grammar",
  },
];

/** Each stage's model in Q8_0: later stages start from it, and the last one is the shipped file. */
const EIGHT_BIT = "model-q8_0.gguf";
export const VOCABULARY = 4096;

export interface Manifest {
  readonly code: string;
  readonly vocabulary: number;
  readonly sources: readonly PreparedSource[];
  /** SHA-256 of each stage's recipe. */
  readonly recipes: Readonly<Record<string, string>>;
}

async function recipeHash({ recipe }: Stage): Promise<[string, string]> {
  return [recipe, await hashOf(join(here, recipe))];
}

/** The commit of the code that makes the text and the model. */
function codeVersion(): string {
  const { stdout } = spawnSync("git", ["-C", here, "rev-parse", "HEAD"], { encoding: "utf8" });
  return stdout?.trim() || "unknown";
}

async function makeText(data: string, work: string): Promise<Manifest> {
  const path = join(work, "manifest.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const sources = await prepare({ data, output: join(work, "text") });
  const manifest: Manifest = {
    code: codeVersion(),
    vocabulary: VOCABULARY,
    sources,
    recipes: Object.fromEntries(await Promise.all(STAGES.map(recipeHash))),
  };
  writeText(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

function makeModel(work: string): void {
  for (const { recipe, output } of STAGES) {
    trainOnce(work, { verb: "train", recipe, text: readFileSync(join(here, recipe), "utf8"), output });
    const eightBit = join(output, EIGHT_BIT);
    if (existsSync(join(work, eightBit))) continue;
    cria(["convert", join(output, "model.gguf"), eightBit, "--dtype", "Q8_0"], work);
  }
  copyFileSync(join(work, STAGES[STAGES.length - 1].output, EIGHT_BIT), join(work, "cria-stories-q8_0.gguf"));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, work: { type: "string" } } });
  const { data, work } = values;
  if (data === undefined || work === undefined) {
    throw new RequestError({
      doing: "make the story model",
      expected: "--data FOLDER (the training text) and --work FOLDER (for all results)",
      found: data === undefined ? "no --data" : "no --work",
    });
  }
  mkdirSync(join(work, "text"), { recursive: true });
  const { sources } = await makeText(data, work);
  makeCorpus({ folder: work, text: "text", sources, vocabulary: VOCABULARY });
  makeModel(work);
}

if (process.argv[1] === import.meta.filename) await main();
