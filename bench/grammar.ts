/**
 * The cost of structured output, without a model: the vocabulary's tree, compiling schemas, the masks of texts that are
 * new and of texts like earlier ones, and choosing a token with and without a mask.
 *
 *     npx tsx --conditions=cria-source bench/grammar.ts VOCABULARY… [--texts 20]
 *
 * VOCABULARY: a model or a tokenizer file. Texts are random ones of the sixty schemas of the tests, tokenised. The last
 * line is one JSON object.
 */
import { Random } from "../src/base/random.ts";
import { Guides } from "../src/generation/grammar/guides.ts";
import { compileProgram } from "../src/generation/grammar/program.ts";
import { structureOf } from "../src/generation/grammar/structure.ts";
import { createSampler, defaultChain } from "../src/generation/samplers/index.ts";
import { loadTokenizer } from "../src/library/load-tokenizer.ts";
import { median } from "../src/measure/figures.ts";
import { TextChecker } from "../test/support/grammar-texts.ts";
import { SCHEMAS } from "../test/support/schemas.ts";
import { option } from "./options.ts";

const paths = process.argv
  .slice(2)
  .filter((arg, i, all) => !arg.startsWith("--") && !all[i - 1]?.startsWith("--"));
const textsPerSchema = Number(option("texts", "20"));

const now = (): number => performance.now();

/** Microseconds per token: of the first text of a schema, and of later ones; and of processor time in all. */
interface Times {
  readonly first: number[];
  readonly later: number[];
  firstCpu: number;
  laterCpu: number;
}

/** Microseconds of this process on all processors: other programs do not disturb them. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

async function measure(path: string) {
  const tokenizer = await loadTokenizer(path);
  const { vocabSize } = tokenizer;
  const guides = new Guides(tokenizer, tokenizer.eogIds, vocabSize);
  const from = now();
  guides.guide(structureOf({ choices: ["a"] })!, false);
  const indexMs = now() - from;
  const compileMs: number[] = [];
  const times: Times = { first: [], later: [], firstCpu: 0, laterCpu: 0 };
  for (const schema of Object.values(SCHEMAS)) {
    const structure = structureOf({ schema })!;
    const began = now();
    const grammar = structure.compile();
    compileProgram(grammar);
    compileMs.push(now() - began);
    const checker = new TextChecker(grammar);
    const random = new Random(11);
    for (let i = 0; i < textsPerSchema; i++) {
      const text = checker.sample(random, 2000);
      if (text === undefined) continue;
      const [head, ...tail] = tokenizer.encode(text);
      // SentencePiece's space at the start of a text is not part of it.
      const isSpace = tokenizer.vocabulary.kind !== "byte-bpe" && tokenizer.piece(head) === "▁";
      const guide = guides.guide(structure, tokenizer.vocabulary.kind !== "byte-bpe" && !isSpace);
      const began = cpu();
      for (const token of isSpace ? tail : [head, ...tail]) {
        const start = now();
        const mask = guide.allowed();
        const isAllowed = ((mask[token >> 5] >> (token & 31)) & 1) === 1;
        if (!isAllowed) throw new Error(`the text ${text} is not allowed at ${tokenizer.piece(token)}`);
        guide.accept(token);
        (i === 0 ? times.first : times.later).push(1000 * (now() - start));
      }
      times[i === 0 ? "firstCpu" : "laterCpu"] += cpu() - began;
    }
  }
  return {
    path,
    vocabSize,
    indexMs,
    compileMs: median(compileMs),
    compileMaxMs: Math.max(...compileMs),
    ...summary(times),
    ...chooseTimes(vocabSize),
  };
}

function summary({ first, later, firstCpu, laterCpu }: Times) {
  const of = (name: string, values: readonly number[]) => ({
    [`${name}MeanUs`]: mean(values),
    [`${name}MedianUs`]: median([...values]),
    [`${name}P99Us`]: percentile(values, 0.99),
  });
  return {
    tokens: first.length + later.length,
    firstCpuUs: firstCpu / first.length,
    ...of("first", first),
    laterCpuUs: laterCpu / later.length,
    ...of("later", later),
  };
}

/** Microseconds to choose a token from random logits: free, with nearly all tokens allowed, with a hundred allowed. */
function chooseTimes(vocabSize: number) {
  const random = new Random(1);
  const sampler = createSampler(defaultChain({}), { vocabSize, seed: 1 });
  const logits = Float32Array.from({ length: vocabSize }, () => 3 * random.normal());
  const wide = new Uint32Array((vocabSize + 31) >> 5).fill(0xffffffff);
  wide[0] = 0;
  const narrow = new Uint32Array(wide.length);
  for (let i = 0; i < 100; i++) narrow[random.u32() % (narrow.length - 1)] |= 1 << (random.u32() & 31);
  const time = (mask?: Uint32Array): number => {
    const samples: number[] = [];
    for (let i = 0; i < 300; i++) {
      const start = now();
      sampler.sample(logits, mask);
      samples.push(1000 * (now() - start));
    }
    return median(samples.slice(100));
  };
  return { chooseFreeUs: time(), chooseWideUs: time(wide), chooseNarrowUs: time(narrow) };
}

const results = [];
for (const path of paths) results.push(await measure(path));
const show = (value: number | string): string => (typeof value === "number" ? value.toFixed(1) : value);
console.table(
  results.map((result) =>
    Object.fromEntries(Object.entries(result).map(([key, value]) => [key, show(value)])),
  ),
);
console.log(JSON.stringify(results));
