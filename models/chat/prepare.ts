/** Writes the training text of the chat model: conversations and stories, one JSON file on lines for each source. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/base/index.ts";
import { checkStory, isCoherent } from "../stories/checks.ts";
import { clean } from "../stories/cleaning.ts";
import { writeText } from "../stories/files.ts";
import { documentsOf, hashOf } from "../stories/prepare.ts";
import { touchesFrozen } from "../world/conversations/frozen.ts";
import { conversations } from "../world/conversations/generate.ts";
import { chatter, drill } from "../world/conversations/index.ts";
import { generateLines } from "../world/generate.ts";
import { orderedStory } from "../world/orders/index.ts";
import { isSimple, StoryWords } from "./filters.ts";
import { isTellable, orderFor } from "./orders.ts";
import { recordsOf } from "./records.ts";
import type { Turn } from "./score.ts";
import { CHAT_SOURCES, type ChatSource, READERS, STORIES } from "./sources.ts";

/** Examples of each text that is not taken whole. */
export interface Amounts {
  /** Conversations of the little world, and single questions and answers of such conversations. */
  readonly world: number;
  readonly drills: number;
  /** Conversations of many short turns. Default: none. */
  readonly chatter?: number;
  /** Stories of TinyStories and fables that are told to order, and stories that are repeated as they are. */
  readonly orders: number;
  readonly fables: number;
  readonly replay: number;
  /** Shares of the replay. Default: some of everything. */
  readonly shares?: ReplayShares;
}

/** Of TinyStories, of the little world's fables, its plain stories and all of its kinds, and of older stories. */
export interface ReplayShares {
  readonly stories: number;
  readonly varied: number;
  readonly plain: number;
  readonly all: number;
  readonly readers: number;
}
const MIXED: ReplayShares = { stories: 0.25, varied: 0.5, plain: 0.08, all: 0.08, readers: 0.09 };

export interface ChatOptions extends Amounts {
  /** Folder of the source files. */
  readonly data: string;
  /** Folder for the training text. */
  readonly output: string;
  readonly seed: number;
}

export interface PreparedChat {
  readonly name: string;
  readonly file: string;
  readonly licence: string;
  readonly attribution: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly examples: number;
  readonly bytes: number;
  /** Records that were left out: unsuitable or hard to read, repeated, or near the frozen test set. */
  readonly dropped: { readonly unsuitable: number; readonly copies: number; readonly frozen: number };
}

type About = Pick<PreparedChat, "name" | "licence" | "attribution">;

/** Lines of one file, each once, none of them near the frozen test set. */
class Lines {
  readonly dropped = { unsuitable: 0, copies: 0, frozen: 0 };
  readonly #lines = new Set<string>();

  get count(): number {
    return this.#lines.size;
  }

  /** A conversation, a text, or undefined for a record that cannot be used. */
  add(found: readonly Turn[] | string | undefined): void {
    if (found === undefined) {
      this.dropped.unsuitable++;
      return;
    }
    const isText = typeof found === "string";
    const line = `${JSON.stringify(isText ? { text: found } : { messages: found })}\n`;
    if (this.#lines.has(line)) this.dropped.copies++;
    else if (touchesFrozen(isText ? [{ role: "user", content: found }] : found)) this.dropped.frozen++;
    else this.#lines.add(line);
  }

  write(about: About, folder: string, inputs: Readonly<Record<string, string>>): PreparedChat {
    const file = `${about.name.replaceAll(" ", "-")}.jsonl`;
    const bytes = this.count === 0 ? 0 : writeText(join(folder, file), [...this.#lines].join(""));
    return { ...about, file, inputs, examples: this.count, bytes, dropped: this.dropped };
  }
}

const OWN = { licence: "MIT, as this project", attribution: "models/world" } as const;

async function hashesOf(data: string, files: readonly string[]): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await hashOf(join(data, file))])),
  );
}

async function storiesOf(data: string, files: readonly string[]): Promise<string[]> {
  const stories: string[] = [];
  for (const file of files) {
    for await (const document of documentsOf(join(data, file))) {
      const cleaned = clean(document);
      if (cleaned !== undefined) stories.push(cleaned.text);
    }
  }
  return [...new Set(stories)];
}

async function prepareSource(source: ChatSource, { data, output }: ChatOptions, words: StoryWords) {
  const lines = new Lines();
  for await (const record of recordsOf(join(data, source.file))) {
    const turns = source.read(record);
    lines.add(turns !== undefined && isSimple(turns, words, source.known) ? turns : undefined);
  }
  return lines.write(source, output, await hashesOf(data, [source.file]));
}

function prepareWorld({ output, seed, world }: ChatOptions): PreparedChat {
  const lines = new Lines();
  for (const messages of conversations(world, seed)) lines.add(messages);
  return lines.write({ name: "world", ...OWN }, output, {});
}

function prepareDrills({ output, seed, drills }: ChatOptions): PreparedChat {
  const lines = new Lines();
  for (const messages of conversations(drills, seed + 4, drill)) lines.add(messages);
  return lines.write({ name: "drills", ...OWN }, output, {});
}

function prepareChatter({ output, seed, chatter: count = 0 }: ChatOptions): PreparedChat {
  const lines = new Lines();
  for (const messages of conversations(count, seed + 5, chatter)) lines.add(messages);
  return lines.write({ name: "chatter", ...OWN }, output, {});
}

/** Each story is told once, or again after another order if there are too few. */
async function prepareOrders({ data, output, seed, orders }: ChatOptions, stories: readonly string[]) {
  const random = new Random(seed + 1);
  const tellable = stories.filter(isTellable);
  const lines = new Lines();
  for (let i = 0; i < 4 * orders && lines.count < orders && tellable.length > 0; i++)
    lines.add(orderFor(random, tellable[i % tellable.length]));
  const { licence, attribution, files } = STORIES;
  return lines.write({ name: "orders", licence, attribution }, output, await hashesOf(data, files));
}

/** Fables of the little world that are told to order, whole by the checks of stories. */
function prepareFables({ output, seed, fables }: ChatOptions): PreparedChat {
  const random = new Random(seed + 3);
  const lines = new Lines();
  while (lines.count < fables) {
    const { order, story } = orderedStory(random);
    if (!isCoherent(checkStory(story, true))) continue;
    lines.add([
      { role: "user", content: order },
      { role: "assistant", content: story },
    ]);
  }
  return lines.write({ name: "fables", ...OWN }, output, {});
}

/** About so many bytes of the longest texts of the little world. */
const LONGEST_TEXT = 1200;

/** Texts of the little world, of one kind or of all. */
function worldTexts(count: number, seed: number, kind?: "plain" | "varied"): string[] {
  const texts: string[] = [];
  if (count < 1) return texts;
  const collect = (line: string): unknown => texts.push((JSON.parse(line) as { text: string }).text);
  generateLines({ bytes: count * LONGEST_TEXT, seed, kind }, collect);
  return texts;
}

/** TinyStories, the little world, and older stories that are cut at paragraphs to the length of a row. */
async function prepareReplay(options: ChatOptions, stories: readonly string[]) {
  const { data, output, seed, replay, shares = MIXED } = options;
  const random = new Random(seed + 2);
  const readers = (await storiesOf(data, READERS.files)).map(firstPart);
  const lines = new Lines();
  for (const [from, share] of [
    [stories, shares.stories],
    [worldTexts(shares.varied * replay, seed, "varied"), shares.varied],
    [worldTexts(shares.plain * replay, seed, "plain"), shares.plain],
    [worldTexts(shares.all * replay, seed), shares.all],
    [readers, shares.readers],
  ] as const)
    for (let i = 0; i < share * replay; i++) lines.add(from[random.below(from.length)]);
  const about = {
    name: "replay",
    licence: [STORIES.licence, OWN.licence, READERS.licence].join("; "),
    attribution: [STORIES.attribution, OWN.attribution, READERS.attribution].join("; "),
  };
  return lines.write(about, output, await hashesOf(data, [...STORIES.files, ...READERS.files]));
}

const PART_LENGTH = 1600;

/** Whole paragraphs from the start, about as many as fit a row. */
export function firstPart(story: string): string {
  if (story.length <= PART_LENGTH) return story;
  const end = story.lastIndexOf("\n", PART_LENGTH);
  return story.slice(0, end > 0 ? end : PART_LENGTH).trimEnd();
}

export async function prepareChat(options: ChatOptions): Promise<readonly PreparedChat[]> {
  mkdirSync(options.output, { recursive: true });
  const stories = await storiesOf(options.data, STORIES.files);
  const words = new StoryWords();
  for (const story of stories) words.add(story);
  const prepared = [
    prepareWorld(options),
    prepareDrills(options),
    prepareChatter(options),
    await prepareOrders(options, stories),
    prepareFables(options),
  ];
  for (const source of CHAT_SOURCES) prepared.push(await prepareSource(source, options, words));
  return [...prepared, await prepareReplay(options, stories)].filter(({ examples }) => examples > 0);
}
