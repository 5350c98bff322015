/** What the card measures of the finished model: stories, their checks, bits per byte, and its golden text. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { load, type Model } from "../../src/index.ts";
import { SHIPPED_MODEL } from "../../src/platform/shipped-model.ts";
import { BEGINNINGS } from "./beginnings.ts";
import { checkStory, type StoryChecks } from "./checks.ts";

const here = import.meta.dirname;
/** The model of the package: the story model, tuned to talk. */
export const MODEL = resolve(here, "..", SHIPPED_MODEL);
/** The story model before that. */
export const STORY_MODEL = resolve(here, "cria-stories-q8_0.gguf");
export const MOST_TOKENS = 400;
const AT_ONCE = 16;

export interface Story {
  readonly text: string;
  readonly checks: StoryChecks;
}

async function story(model: Model, beginning: string, seed: number): Promise<Story> {
  const options = { temperature: 0.7, seed, maxTokens: MOST_TOKENS };
  const { text, finish } = await model.generate(beginning, options).result();
  const whole = beginning + text;
  return { text: whole, checks: checkStory(whole, finish.reason === "eos") };
}

/** Generates stories from each beginning in turn, several at a time; story i has seed `firstSeed` + i. */
export async function stories(count: number, firstSeed: number, beginnings = BEGINNINGS): Promise<Story[]> {
  await using model = await load(MODEL, { parallel: AT_ONCE });
  const all: Story[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    const made = numbers.map((i) => story(model, beginnings[i % beginnings.length], firstSeed + i));
    all.push(...(await Promise.all(made)));
  }
  return all;
}

/** Bits per byte of the first 300 held-out documents, as `cria eval bpb` prints them. */
export function bitsPerByte(args: readonly string[]): number {
  const cli = resolve(here, "../../dist/cli/main.js");
  const all = [cli, "eval", "bpb", ...args, "--documents", "300", "--tokens", "512", "--json", "--quiet"];
  const { stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8", maxBuffer: 1 << 26 });
  try {
    return (JSON.parse(stdout) as { bitsPerByte: number }).bitsPerByte;
  } catch {
    throw new Error(`cria eval failed: ${stderr}`);
  }
}

/** The most likely continuation by the reference backend, which every other backend must reproduce. */
export interface GoldenText {
  readonly sha256: string;
  readonly prompt: string;
  readonly tokens: number;
  readonly text: string;
}

const GOLDEN_PROMPTS = [
  "Once upon a time",
  "Once upon a time, a little llama",
  "It was raining, and Nina had lost one of her red boots.",
  "Mia told a lie, and it made her",
];
const GOLDEN_TOKENS = 64;
/** Least difference of the two best log-probabilities: backends round differently, so a closer choice may differ. */
const CLEAR = 0.1;

/** The longest text whose every token is a clear choice. */
export async function goldenText(sha256: string): Promise<GoldenText> {
  await using model = await load(MODEL, { backend: "reference", context: 128 });
  const texts: GoldenText[] = [];
  for (const prompt of GOLDEN_PROMPTS) {
    const options = { temperature: 0, logprobs: 2 };
    const long = await model.generate(prompt, { ...options, maxTokens: GOLDEN_TOKENS }).result();
    const close = long.logprobs?.findIndex(({ top: [best, next] }) => best.logprob - next.logprob < CLEAR);
    const tokens = close === undefined || close < 0 ? long.tokens.length : close;
    const { text } = await model.generate(prompt, { temperature: 0, maxTokens: tokens }).result();
    texts.push({ sha256, prompt, tokens, text });
  }
  return texts.reduce((best, one) => (one.tokens > best.tokens ? one : best));
}
