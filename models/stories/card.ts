/**
 * Writes models/README.md and the loss curve next to it from the results of make.ts and from the model itself:
 *
 *     npm run stories:card -- --data ../shared/data --work /tmp/stories
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { load, type Model } from "../../src/index.ts";
import type { EvaluationRecord, RunRecord, StepRecord } from "../../src/train/index.ts";
import { BEGINNINGS } from "./beginnings.ts";
import { checkStory, isCoherent, type StoryChecks } from "./checks.ts";
import { curve } from "./curve.ts";
import type { Manifest } from "./make.ts";
import { HELD_OUT, SOURCES } from "./sources.ts";

const here = import.meta.dirname;
const MODEL = resolve(here, "../cria-stories-q8_0.gguf");
const PEER = "checkpoints/stories260K.bin";
const PEER_TOKENIZER = "checkpoints/tok512.model";
const MOST_TOKENS = 400;
const CHECKED = 1000;
const AT_ONCE = 16;

interface Story {
  readonly text: string;
  readonly checks: StoryChecks;
}

async function story(model: Model, beginning: string, seed: number): Promise<Story> {
  const options = { temperature: 0.7, seed, maxTokens: MOST_TOKENS };
  const { text, finish } = await model.generate(beginning, options).result();
  const whole = beginning + text;
  return { text: whole, checks: checkStory(whole, finish.reason === "eos") };
}

/** Generates stories from each opening in turn, several at a time. */
async function stories(model: Model, count: number, firstSeed: number): Promise<Story[]> {
  const all: Story[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    const made = numbers.map((i) => story(model, BEGINNINGS[i % BEGINNINGS.length], firstSeed + i));
    all.push(...(await Promise.all(made)));
  }
  return all;
}

/** Bits per byte of the first 300 held-out documents, as `cria eval bpb` prints them. */
function bitsPerByte(args: readonly string[]): number {
  const cli = resolve(here, "../../dist/cli/main.js");
  const all = [cli, "eval", "bpb", ...args, "--documents", "300", "--tokens", "512", "--json", "--quiet"];
  const { stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8", maxBuffer: 1 << 26 });
  try {
    return (JSON.parse(stdout) as { bitsPerByte: number }).bitsPerByte;
  } catch {
    throw new Error(`cria eval failed: ${stderr}`);
  }
}

const quoted = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function recordsOf(work: string): RunRecord[] {
  return readFileSync(join(work, "run", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RunRecord);
}

function sourceTable({ sources }: Manifest): string {
  const rows = SOURCES.map(({ name, weight, licence, attribution }) => {
    const made = sources.find((source) => source.name === name);
    const { useless = 0, longSentences = 0, copies = 0 } = made?.dropped ?? {};
    const left = `${useless + longSentences + copies}`;
    const size = `${((made?.bytes ?? 0) / 1e6).toFixed(1)} MB`;
    return `| ${name} | ${percent(weight)} | ${size} | ${made?.documents} | ${left} | ${licence} | ${attribution} |`;
  });
  const head = "| source | share of training | text | documents | left out | licence | from |";
  return [head, "| --- | ---: | ---: | ---: | ---: | --- | --- |", ...rows].join("\n");
}

function lossTable({ sources }: EvaluationRecord): string {
  const rows = sources.map(
    ({ source, bitsPerByte: bits, nats, tokens }) =>
      `| ${source} | ${bits.toFixed(3)} | ${nats.toFixed(3)} | ${tokens} |`,
  );
  return [
    "| held-out text of | bits per byte | nats per token | tokens |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function checkTable(all: readonly Story[]): string {
  const share = (holds: (checks: StoryChecks) => boolean) =>
    percent(all.filter(({ checks }) => holds(checks)).length / all.length);
  const rows: [string, (checks: StoryChecks) => boolean][] = [
    ["ends by itself, with a whole sentence", ({ ends }) => ends],
    ["repeats no sentence, and no four words more than three times", ({ doesNotLoop }) => doesNotLoop],
    ["keeps its names, and adds none in its last third", ({ keepsNames }) => keepsNames],
    ["closes its quotation marks", ({ closesQuotes }) => closesQuotes],
    ["all of these", isCoherent],
  ];
  return [
    "| check | stories |",
    "| --- | ---: |",
    ...rows.map(([what, of]) => `| ${what} | ${share(of)} |`),
  ].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, work: { type: "string" } } });
  const { data = "../shared/data", work = "/tmp/stories" } = values;
  const manifest = JSON.parse(readFileSync(join(work, "manifest.json"), "utf8")) as Manifest;
  const records = recordsOf(work);
  const steps = records.filter((record): record is StepRecord => record.kind === "step");
  const evaluations = records.filter((record): record is EvaluationRecord => record.kind === "evaluation");
  const last = steps[steps.length - 1];
  writeFileSync(resolve(here, "../curve.svg"), curve(steps, evaluations));
  const own = bitsPerByte([MODEL, join(data, HELD_OUT)]);
  const peer = bitsPerByte([
    join(data, PEER),
    join(data, HELD_OUT),
    "--tokenizer",
    join(data, PEER_TOKENIZER),
  ]);
  const model = await load(MODEL, { parallel: AT_ONCE });
  const shown = await stories(model, BEGINNINGS.length, 1);
  const checked = await stories(model, CHECKED, 1000);
  await model.dispose();
  const passed = shown.filter(({ checks }) => isCoherent(checks)).length;
  const text = `# The story model

\`cria-stories-q8_0.gguf\` is a LLaMA-architecture model of 9.7 million parameters that Cria trained, in Q8_0. It continues simple
English stories. \`npm start\`, \`cria run\` without a model and \`load()\` without a path use it. This page was written by
[\`stories/card.ts\`](stories/card.ts) from the run and the model.

## Data

${sourceTable(manifest)}

Human-written text was cleaned (one kind of quotation marks, no headings). Documents with long sentences and exact
copies were removed. The world is generated ([world/README.md](world/README.md)). Held out: 1 % of the documents of each source, and all
of \`tinystories-valid-head\`.

## Run

[\`stories/recipe.yaml\`](stories/recipe.yaml): 256 wide, 11 layers, 8 heads, 4 key heads, inner width 768, tied head, context 1,024, a
vocabulary of ${manifest.vocabulary} pieces (BPE by SentencePiece's rules) with tokens reserved for ChatML, tools and filling in the
middle. ${last.step} steps, ${(last.tokens / 1e6).toFixed(1)} million tokens, ${(last.seconds / 3600).toFixed(2)} hours on a virtual machine with 2 processors
that also ran other work. Matrix products in bf16, weights and moments in f32.

![Losses over the steps](curve.svg)

\`npm run stories -- --data DATA --work WORK\` repeats the run from the same data; the manifest in the work folder has the hashes of all
inputs. The result is bit-identical on the same kind of processor.

## Measures

Bits per byte of the first 300 documents of \`tinystories-valid-head\`, 512 tokens each (\`cria eval bpb\`): **${own.toFixed(4)}**. stories260K
reaches ${peer.toFixed(4)}.

${lossTable(evaluations[evaluations.length - 1])}

${CHECKED} stories at temperature 0.7, at most ${MOST_TOKENS} tokens each, from the openings below:

${checkTable(checked)}

## Twenty stories

Unedited, temperature 0.7, seeds 1 to 20. ${passed} of 20 pass all checks.

${shown.map(({ text, checks }, i) => `${i + 1}. ${isCoherent(checks) ? "passes" : "fails"}\n\n${quoted(text)}`).join("\n\n")}

## Limits

The model knows little and invents facts. It follows no instructions, has a context of 1,024 tokens, and confuses characters in
longer stories. Its data include old children's books, whose views sometimes show. It is meant for trials and tests.
`;
  writeFileSync(resolve(here, "../README.md"), text);
  console.log(JSON.stringify({ bitsPerByte: own, stories260K: peer, passed, of: BEGINNINGS.length }));
}

if (process.argv[1] === import.meta.filename) await main();
