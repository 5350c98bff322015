/**
 * What each part of the data is worth: short runs of a smaller model, each without one thing or with another
 * vocabulary. The work folder of make.ts has to hold the prepared text. Writes records/ablations.json:
 *
 *     npm run stories:ablations -- --work /tmp/stories
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse, stringify } from "yaml";
import { defineRecipe, type EvaluationRecord, type Recipe } from "../../src/train/index.ts";
import { makeCorpus, trainOnce } from "./corpus.ts";
import { writeText } from "./files.ts";
import { type Manifest, TEXTS, textOf, VOCABULARY } from "./make.ts";
import { ABLATION_RECORD, type AblationResult, recordsOf } from "./records.ts";

const TOKENS = 300_000;

interface Ablation {
  readonly name: string;
  readonly vocabulary: number;
  readonly without?: string;
}

const ABLATIONS: readonly Ablation[] = [
  { name: "all sources, 4096 pieces", vocabulary: VOCABULARY },
  { name: "without the world", vocabulary: VOCABULARY, without: "world" },
  { name: "without the old novels (readers)", vocabulary: VOCABULARY, without: "readers" },
  { name: "2048 pieces", vocabulary: 2048 },
  { name: "8192 pieces", vocabulary: 8192 },
];

/** The first stage's recipe with a smaller model, a falling rate, and `without`'s share given to the other sources. */
function recipeOf(full: Recipe, { without }: Ablation): Recipe {
  const sources = full.data.sources?.filter(({ name }) => name !== without);
  return {
    ...full,
    model: { dim: 128, layers: 6, heads: 4, kvHeads: 2, ffnDim: 384, context: 512, tied: true },
    data: { ...full.data, ...(sources && { sources }) },
    batch: { rows: 8, length: 512 },
    optimiser: { ...full.optimiser, schedule: "wsd", decay: 0.3, floor: 0.05, warmup: 20 },
    precision: "f32",
    stop: { tokens: TOKENS },
    evaluate: { every: 1_000_000, tokens: 50_000 },
    samples: { every: 1_000_000 },
    checkpoint: { every: 200, keep: 1 },
  };
}

function runAblation(work: string, full: Recipe, manifest: Manifest, ablation: Ablation): AblationResult {
  const folder = join(work, "ablations", ablation.name.replaceAll(/[^a-z0-9]+/gi, "-"));
  mkdirSync(folder, { recursive: true });
  const used = full.data.sources?.map(({ name }) => name) ?? [];
  const sources = manifest.texts[TEXTS.earlier].filter(
    ({ name }) => used.includes(name) && name !== ablation.without,
  );
  makeCorpus({ folder, text: join(work, textOf(TEXTS.earlier)), sources, vocabulary: ablation.vocabulary });
  const text = stringify(recipeOf(full, ablation));
  trainOnce(folder, { verb: "train", recipe: "recipe.yaml", text, output: "run" });
  const evaluations = recordsOf(join(folder, "run")).filter(
    (record): record is EvaluationRecord => record.kind === "evaluation",
  );
  const last = evaluations[evaluations.length - 1];
  const bitsPerByte = Object.fromEntries(last.sources.map((one) => [one.source, one.bitsPerByte]));
  return { name: ablation.name, tokens: TOKENS, bitsPerByte };
}

function main(): void {
  const { values } = parseArgs({ options: { work: { type: "string" } } });
  const work = resolve(values.work ?? "/tmp/stories");
  const manifest = JSON.parse(readFileSync(join(work, "manifest.json"), "utf8")) as Manifest;
  const full = defineRecipe(parse(readFileSync(join(import.meta.dirname, "recipe.yaml"), "utf8")));
  const results = ABLATIONS.map((ablation) => runAblation(work, full, manifest, ablation));
  writeText(ABLATION_RECORD, `${JSON.stringify(results, null, 2)}\n`);
}

if (process.argv[1] === import.meta.filename) main();
