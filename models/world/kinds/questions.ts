/** Questions about a story that was just told; the answers come from its events and its last state. */
import type { Random } from "../../../src/base/index.ts";
import { EVENTS } from "../events/index.ts";
import { pick, pickSome } from "../grammar/choose.ts";
import { nodesOf, parsePattern } from "../grammar/template.ts";
import type { Character, Filler, Item, Roles } from "../state/entities.ts";
import type { Story } from "../state/story.ts";
import { narrate, sentence } from "./narrate.ts";
import { anyNarration, playPlot } from "./story.ts";

/** A question and its answer. */
export interface Asked {
  readonly question: string;
  readonly answer: string;
}

/** The words by which a filler is known in a text; undefined for clauses, which are always told. */
function keyOf(filler: Filler, form: string): string | undefined {
  if (typeof filler === "string") return filler;
  if (filler.is === "character") return filler.name;
  if (filler.is === "item")
    return form === "full" || form === "look"
      ? filler.look
      : form === "material"
        ? filler.kind.material
        : filler.kind.noun;
  if (filler.is === "place") return filler.place.noun;
  if (filler.is === "food") return form === "taste" ? filler.food.taste : filler.food.noun;
  return undefined;
}

/** Whether a reader of the text can know everything that the pattern says. */
function isTold(text: string, pattern: string, roles: Roles): boolean {
  const lower = text.toLowerCase();
  for (const node of nodesOf(parsePattern(pattern))) {
    if (node.is !== "role") continue;
    if (node.form === "use" || node.form === "relation") continue;
    for (const role of node.roles) {
      const key = keyOf(roles[role], node.form);
      if (key !== undefined && !lower.includes(key.toLowerCase())) return false;
    }
  }
  return true;
}

const itemsOf = (story: Story): Item[] => [
  ...new Set(
    story.beats.flatMap(({ roles }) =>
      Object.values(roles).filter((one): one is Item => typeof one === "object" && one.is === "item"),
    ),
  ),
];

/** Whether someone's last feeling was told in the last third: later events may have changed an older one. */
function isRecent(story: Story, who: Character): boolean {
  const last = story.beats.findLastIndex(
    ({ event, roles }) => roles.h === who && (event === "feels" || event === "feelsOnly"),
  );
  return last >= story.beats.length * 0.66;
}

/** Questions about how things stand in the end. */
function* lastState(story: Story): Generator<readonly [question: string, answer: string, roles: Roles]> {
  const { world } = story;
  for (const t of itemsOf(story)) {
    const holder = world.holderOf(t);
    if (holder !== undefined) yield ["Who had the {t.noun} in the end?", "{h} had it.", { t, h: holder }];
  }
  for (const h of story.characters) {
    const mood = world.moodOf(h);
    if (mood === undefined || !isRecent(story, h)) continue;
    const roles = { h, w: mood.word, ...(mood.because === undefined ? {} : { because: mood.because }) };
    yield [
      "How did {h} feel at the end?",
      mood.because === undefined ? "{h} felt {w}." : "{h} felt {w}, because {because}.",
      roles,
    ];
  }
  if (story.here !== story.house)
    yield ["Where was {h} at the end?", "{h} was {in p}.", { h: story.hero, p: story.here }];
}

/** All questions that the text answers, each with the one answer that it has. */
export function questionsOn(story: Story, text: string): Asked[] {
  const answers = new Map<string, Set<string>>();
  const add = (question: string, answer: string, roles: Roles): void => {
    if (!isTold(text, question, roles) || !isTold(text, answer, roles)) return;
    const asked = sentence(story, question, roles);
    answers.set(asked, (answers.get(asked) ?? new Set()).add(sentence(story, answer, roles)));
  };
  for (const { event, roles } of story.beats) {
    if (event === undefined) continue;
    for (const [question, answer] of EVENTS[event].ask ?? []) add(question, answer, roles);
  }
  for (const [question, answer, roles] of lastState(story)) add(question, answer, roles);
  return [...answers]
    .filter(([, given]) => given.size === 1)
    .map(([question, given]) => ({ question, answer: [...given][0] }));
}

const LAYOUTS: readonly (readonly [question: string, answer: string])[] = [
  ["Q: ", "A: "],
  ["Question: ", "Answer: "],
  ["", ""],
];

/** A story in the third person, and some questions on it. */
export function questionsDocument(random: Random): string {
  const story = playPlot(random);
  const text = narrate(story, { ...anyNarration(random), firstPerson: false });
  const asked = questionsOn(story, text);
  const [before, after] = pick(random, LAYOUTS);
  const some = pickSome(random, asked, 2 + random.below(4));
  const lines = some.map(({ question, answer }) => `${before}${question}\n${after}${answer}`);
  return [text, ...lines].join("\n\n");
}
