/**
 * Builds the story model from text to file in one command:
 *
 *     npm run stories -- --data ../shared/data --work /tmp/stories
 *
 * A stage whose result exists is not repeated, so an interrupted run resumes. Text is written by the code of the commit
 * that wrote it for the shipped model. The manifest has the hashes of everything that determines the result. A stage
 * gives the same bytes again with the same code on the same kind of processor.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RequestError } from "../../src/base/index.ts";
import { cria, makeCorpus, trainOnce } from "./corpus.ts";
import { writeText } from "./files.ts";
import { prepareAt } from "./past-text.ts";
import { hashOf, type PreparedSource } from "./prepare.ts";

const here = import.meta.dirname;

/** One training run: its recipe, and the folder of its results. */
export interface Stage {
  readonly recipe: string;
  readonly output: string;
  /** The commit whose code writes the text that it reads; see past-text.ts. */
  readonly text: string;
  /** What distinguishes it, for the card. */
  readonly note: string;
}

/** Stages 1 to 8, and 9: the generator of fables was corrected between them. */
export const TEXTS = { earlier: "a93ee4dd52da", later: "1e1de513efb6" } as const;

/** In order; each continues from the model of the one before. */
export const STAGES: readonly Stage[] = [
  { recipe: "recipe.yaml", output: "run", text: TEXTS.earlier, note: "constant learning rate" },
  { recipe: "finish.yaml", output: "finish", text: TEXTS.earlier, note: "falling rate, more simple stories" },
  {
    recipe: "longer.yaml",
    output: "longer",
    text: TEXTS.earlier,
    note: "from the 8-bit file of the second stage; mostly stories; the rate falls in the last part",
  },
  {
    recipe: "scenes.yaml",
    output: "scenes",
    text: TEXTS.earlier,
    note: "from the 8-bit file of the third stage; half of the text is short stories that begin with a scene",
  },
  {
    recipe: "plain.yaml",
    output: "plain",
    text: TEXTS.earlier,
    note: "from the 8-bit file of the fourth stage; nearly only short stories of the little world; the rate falls from the start",
  },
  {
    recipe: "fables.yaml",
    output: "fables",
    text: TEXTS.earlier,
    note: "from the 8-bit file of the fifth stage; half of the text is fables of the little world",
  },
  {
    recipe: "familiar.yaml",
    output: "familiar",
    text: TEXTS.earlier,
    note: "from the 8-bit file of the sixth stage; two thirds of the text are fables, half of them with the names that simple stories use most",
  },
  {
    recipe: "varied.yaml",
    output: "varied",
    text: TEXTS.earlier,
    note: "from the 8-bit file of the seventh stage; four fifths of the text are fables, most of them with further first sentences",
  },
  {
    recipe: "further.yaml",
    output: "further",
    text: TEXTS.later,
    note: "from the 8-bit file of the eighth stage; three quarters of the text are fables, most of them with still more first sentences and with corrected grammar",
  },
];

/** Each stage's model in Q8_0: later stages start from it, and the last one is the shipped file. */
const EIGHT_BIT = "model-q8_0.gguf";
export const VOCABULARY = 4096;

export interface Manifest {
  /** The commit of the code that trains. */
  readonly code: string;
  readonly vocabulary: number;
  /** What each commit's text has. */
  readonly texts: Readonly<Record<string, readonly PreparedSource[]>>;
  /** SHA-256 of each stage's recipe. */
  readonly recipes: Readonly<Record<string, string>>;
}

async function recipeHash({ recipe }: Stage): Promise<[string, string]> {
  return [recipe, await hashOf(join(here, recipe))];
}

/** The commit of this code. */
function codeVersion(): string {
  const { stdout } = spawnSync("git", ["-C", here, "rev-parse", "HEAD"], { encoding: "utf8" });
  return stdout?.trim() || "unknown";
}

const COMMITS = [...new Set(STAGES.map(({ text }) => text))];
/** Name of the folder of a commit's text. */
export const textOf = (commit: string): string => `text-${commit}`;
const corpusOf = (commit: string): string => `corpus-${commit}`;

async function makeText(data: string, work: string): Promise<void> {
  const texts = Object.fromEntries(
    COMMITS.map((commit) => {
      const sources = prepareAt({ data, work, commit, output: join(work, textOf(commit)) });
      makeCorpus({
        folder: work,
        text: textOf(commit),
        sources,
        vocabulary: VOCABULARY,
        corpus: corpusOf(commit),
      });
      return [commit, sources];
    }),
  );
  const manifest: Manifest = {
    code: codeVersion(),
    vocabulary: VOCABULARY,
    texts,
    recipes: Object.fromEntries(await Promise.all(STAGES.map(recipeHash))),
  };
  writeText(join(work, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** A recipe that reads the corpus of its stage's text. */
export function recipeText({ recipe, text }: Stage): string {
  return readFileSync(join(here, recipe), "utf8").replace(/^( *corpus:) corpus$/m, `$1 ${corpusOf(text)}`);
}

function makeModel(work: string): void {
  for (const stage of STAGES) {
    const { recipe, output } = stage;
    trainOnce(work, { verb: "train", recipe, text: recipeText(stage), output });
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
  mkdirSync(work, { recursive: true });
  await makeText(data, work);
  makeModel(work);
}

if (process.argv[1] === import.meta.filename) await main();
