/**
 * Tokens per second with adapters compared with none, measured alternately: one text with one adapter, and many texts that
 * use different ones:
 *
 *     npx tsx --conditions=cria-source bench/adapters.ts MODEL [--sequences 16] [--adapters 8] [--rank 16]
 *         [--generate 32] [--prompt 256] [--repeat 5] [--threads N] [--backend NAME]
 *
 * The adapters are random and change all linear layers. The last line is one JSON object.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeGgufAdapter } from "../src/adapt/index.ts";
import { type AdapterSelection, load, type Model } from "../src/library/index.ts";
import { median } from "../src/measure/figures.ts";
import { promptTokens } from "../src/measure/workload.ts";
import { tinyAdapter } from "../test/support/tiny-adapter.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const number = (name: string, otherwise: number): number => Number(option(name, String(otherwise)));
const sequences = number("sequences", 16);
const adapterCount = number("adapters", 8);
const rank = number("rank", 16);
const tokens = number("generate", 32);
const promptLength = number("prompt", 256);
const repeat = number("repeat", 5);
const backend = option("backend");
const given = option("threads");
const threads = given === undefined ? undefined : Number(given);

/** Random adapters, written and loaded like those of users. */
function loadAdapters(model: Model, folder: string): AdapterSelection[] {
  return Array.from({ length: adapterCount }, (_, i) => {
    const file = join(folder, `${i}.gguf`);
    const small = () => 0.01;
    writeGgufAdapter(
      file,
      tinyAdapter(model.config, { seed: i, rank: () => rank, scale: small }),
      model.config,
    );
    return model.loadAdapter(file);
  });
}

interface Rates {
  /** Tokens per second of all texts together. */
  readonly generation: number;
  readonly prompt: number;
}

/** Text i uses adapter i, in turn. */
async function rates(model: Model, count: number, adapters: readonly AdapterSelection[]): Promise<Rates> {
  const of = (i: number) => (adapters.length === 0 ? [] : [adapters[i % adapters.length]]);
  const texts = Array.from({ length: count }, (_, i) =>
    model.generate(promptTokens(count === 1 ? promptLength : 8, model.config.vocabSize), {
      temperature: 0,
      ignoreEos: true,
      cachePrompt: false,
      maxTokens: tokens + 1,
      adapters: of(i),
    }),
  );
  const results = await Promise.all(texts.map((text) => text.result()));
  const longest = Math.max(...results.map(({ timings }) => timings.generationSeconds));
  return { generation: (count * tokens) / longest, prompt: promptLength / results[0].timings.promptSeconds };
}

/** Medians of the ratios within rounds: with adapters ÷ without. */
async function compare(model: Model, count: number, adapters: readonly AdapterSelection[]) {
  await rates(model, count, []);
  await rates(model, count, adapters);
  const rounds: { readonly plain: Rates; readonly adapted: Rates }[] = [];
  for (let i = 0; i < repeat; i++)
    rounds.push({ plain: await rates(model, count, []), adapted: await rates(model, count, adapters) });
  const ratio = (of: keyof Rates) => median(rounds.map(({ plain, adapted }) => adapted[of] / plain[of]));
  return { generation: ratio("generation"), prompt: ratio("prompt"), rounds };
}

const folder = mkdtempSync(join(tmpdir(), "cria-bench-"));
try {
  const context = Math.max(promptLength, 8) + tokens + 8;
  await using model = await load(path, { parallel: sequences, context, backend, threads });
  const adapters = loadAdapters(model, folder);
  const one = await compare(model, 1, adapters.slice(0, 1));
  const many = await compare(model, sequences, adapters);
  console.log(`${path}, ${model.backend.name}: with adapters of rank ${rank}, of the speed without,`);
  console.log(`  one text: generation ${one.generation.toFixed(2)} ×, prompt ${one.prompt.toFixed(2)} ×`);
  console.log(`  ${sequences} texts, ${adapterCount} adapters: generation ${many.generation.toFixed(2)} ×`);
  const of = { model: path, backend: model.backend.name, sequences, adapters: adapterCount, rank };
  console.log(JSON.stringify({ ...of, one, many }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
