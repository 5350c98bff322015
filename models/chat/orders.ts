/** Stories to order: a story that exists, and an order that it fulfils. */
import type { Random } from "../../src/base/index.ts";
import { checkStory, namesOf } from "../stories/checks.ts";
import { ORDER } from "../world/conversations/stories.ts";
import { ANIMALS } from "../world/data/animals.ts";
import { FOODS } from "../world/data/foods.ts";
import { OPPOSITES } from "../world/data/opposites.ts";
import { PLACES } from "../world/data/places.ts";
import { THINGS } from "../world/data/things/index.ts";
import { JOBS, list, TRAITS } from "../world/data/words.ts";
import { chance, pick, pickSome } from "../world/grammar/choose.ts";
import { listOf, withArticle } from "../world/grammar/nouns.ts";
import type { Turn } from "./score.ts";

const PEOPLE_AND_WONDERS =
  list(`boy; girl; man; woman; king; queen; prince; princess; baby; dragon; fairy; monster; pirate; witch;
wizard; knight; giant; robot; snowman; puppy; kitten; star; rainbow; tree; river; boat; birthday; party; secret; game; picnic;
storm; grandmother; grandfather; family; farmer; soldier; policeman; fisherman; sailor; bridge; tower; cloud; wind; song; wish`);

const NOUNS: ReadonlySet<string> = new Set(
  [
    PEOPLE_AND_WONDERS,
    ANIMALS.map(({ kind }) => kind),
    THINGS.map(({ noun }) => noun),
    FOODS.map(({ noun }) => noun),
    PLACES.map(({ noun }) => noun),
    JOBS,
  ].flat(),
);
const ADJECTIVES: ReadonlySet<string> = new Set([
  ...TRAITS,
  ...OPPOSITES.flatMap(({ word, opposite }) => [word, opposite]),
]);

const LENGTH = { least: 40, most: 220 };

/** Whether a story can be told to order: short, and whole by the checks of stories. */
export function isTellable(story: string): boolean {
  const words = story.split(/\s+/).length;
  const { keepsNames: _, ...checks } = checkStory(story, true);
  return words >= LENGTH.least && words <= LENGTH.most && Object.values(checks).every(Boolean);
}

function countOf(story: string, word: string): number {
  return story.match(new RegExp(`\\b${word}\\b`, "gi"))?.length ?? 0;
}

/** Nouns that the story is about: they occur at least twice. Some have an adjective that the story gives them. */
function thingsIn(story: string): string[] {
  const found = new Map<string, string>();
  for (const [, before, noun] of story.toLowerCase().matchAll(/\b([a-z]+) (?=([a-z]+)\b)/g)) {
    if (!NOUNS.has(noun) || countOf(story, noun) < 2) continue;
    const known = found.get(noun);
    if (known === undefined || known === noun)
      found.set(noun, ADJECTIVES.has(before) ? `${before} ${noun}` : noun);
  }
  return [...found.values()];
}

/** "a girl named Lily", if the story says so. */
function personIn(story: string): string | undefined {
  const [, kind, name] = /\b(boy|girl|[a-z]+) (?:named|called) ([A-Z][a-z]+)/.exec(story) ?? [];
  return name === undefined || !NOUNS.has(kind) ? undefined : `${withArticle(kind)} named ${name}`;
}

/** What the order asks for; undefined if the story is about nothing that has a word. */
export function subjectOf(random: Random, story: string): string | undefined {
  const things = thingsIn(story).map(withArticle);
  const person = personIn(story);
  const names = [...namesOf(story)].filter((name) => countOf(story, name) > 2);
  const who = person ?? (names.length === 0 ? undefined : pick(random, names));
  const asked = pickSome(random, things, 1 + random.below(2));
  const all = who !== undefined && chance(random, 0.35) ? [who, ...asked.slice(0, 1)] : asked;
  if (all.length > 0) return listOf(all);
  return who;
}

/** The order and the story. */
export function orderFor(random: Random, story: string): readonly Turn[] | undefined {
  const subject = subjectOf(random, story);
  if (subject === undefined) return undefined;
  return [
    { role: "user", content: pick(random, ORDER).replace("{x}", () => subject) },
    { role: "assistant", content: story },
  ];
}
