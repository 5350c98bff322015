/** Instructions and what follows them: write, shorten, retell, continue, describe. */
import type { Random } from "../../../src/base/index.ts";
import { EVENTS } from "../events/index.ts";
import { chance, pick, pickSome } from "../grammar/choose.ts";
import { listOf, uncapitalised } from "../grammar/nouns.ts";
import { Teller } from "../grammar/teller.ts";
import type { Item, Roles } from "../state/entities.ts";
import type { Story } from "../state/story.ts";
import { descriptionDocument } from "./description.ts";
import { dialogueDocument } from "./dialogue.ts";
import type { Writer } from "./document.ts";
import { narrate, sentence } from "./narrate.ts";
import { riddleDocument } from "./riddle.ts";
import { anyNarration, letterDocument, playPlot, titleOf } from "./story.ts";

/** The story in a few sentences: its events that have a brief form. */
export function shortVersion(story: Story): string {
  const teller = new Teller(story.random, story.hero, { tense: "past" });
  const told = story.beats.filter(({ event }) => event !== undefined && EVENTS[event].brief !== undefined);
  if (told.length === 0)
    teller.tell("{a h} [have] a day to remember near the {home}.", { h: story.hero, home: story.home });
  for (const { event, roles } of told) teller.tell(EVENTS[event!].brief!, roles);
  const mood = story.world.moodOf(story.hero);
  if (mood !== undefined) teller.tell("In the end {h} [be] {w}.", { h: story.hero, w: mood.word });
  return teller.text;
}

const aboutOf = (story: Story): string => {
  return uncapitalised(sentence(story, story.about.pattern, story.about.roles));
};

/** Words that the story should have, all of them in it. */
export function wordsIn(story: Story, text: string): string[] {
  const isItem = (one: unknown): one is Item => (one as Item).is === "item";
  const nouns = story.beats.flatMap(({ roles }: { roles: Roles }) =>
    Object.values(roles)
      .filter(isItem)
      .map(({ kind }) => kind.noun),
  );
  const moods = story.characters.flatMap((who) => story.world.moodOf(who)?.word ?? []);
  return [...new Set([...nouns, ...moods, story.here.place.noun])].filter((word) => text.includes(word));
}

const WRITE = [
  "Write a story about {x}.",
  "Tell me a story about {x}.",
  "I would like a story about {x}.",
  "Please write a short story about {x}.",
];
const SHORTER = [
  "Say it shorter.",
  "Tell the story in a few words.",
  "What happened, in short?",
  "Make it shorter.",
  "Sum up the story.",
];
const RETELL = ["Now let {x} tell it.", "Tell the story again as {x}.", "How would {x} tell it?"];
const CONTINUE = [
  "Continue the story.",
  "How does the story go on?",
  "What happens next?",
  "Write the rest of the story.",
];
const TITLE = ["Find a title for the story.", "What could this story be called?", "Give this story a title."];

const PAST = ["Tell it in the past.", "Put it into the past.", "Write it as if it happened long ago."];
const PRESENT = ["Tell it in the present.", "Put it into the present.", "Write it as if it happens now."];
const LETTER = [
  "Write a letter.",
  "Write a letter in which you tell what happened.",
  "Write to someone you love.",
];
const TALK = ["Write a dialogue.", "Let two friends talk.", "Write what two of them say to each other."];
const RIDDLE = ["Tell me a riddle.", "Ask a riddle and give the answer.", "Do you know a riddle?"];

const fill = (random: Random, patterns: readonly string[], x = ""): string =>
  pick(random, patterns).replace("{x}", x);

function write(random: Random): string {
  const story = playPlot(random);
  const narration = anyNarration(random);
  const text = narrate(story, narration);
  const words = pickSome(random, wordsIn(story, text), 3);
  const extra = [
    words.length > 1 ? ` Use the words ${listOf(words)}.` : "",
    ` The story is about ${story.hero.age === "animal" ? `a ${story.hero.kind}`.replace(/^a (?=[aeiou])/, "an ") : `a ${story.hero.kind}`} named ${story.hero.name}.`,
    narration.firstPerson ? " Tell it as I." : "",
    "",
  ];
  const label = chance(random, 0.25) ? "Instruction: " : "";
  return `${label}${fill(random, WRITE, aboutOf(story))}${pick(random, extra)}\n\n${text}`;
}

function shorten(random: Random): string {
  const story = playPlot(random);
  const text = narrate(story, { ...anyNarration(random), firstPerson: false });
  return `${text}\n\n${fill(random, SHORTER)}\n\n${shortVersion(story)}`;
}

function retell(random: Random): string {
  const story = playPlot(random);
  const first = narrate(story, { tense: "past", firstPerson: false, talk: 0.3 });
  const second = narrate(story, { tense: "past", firstPerson: true, talk: 0.3 });
  return `${first}\n\n${fill(random, RETELL, story.hero.name)}\n\n${second}`;
}

function continueIt(random: Random): string {
  const text = narrate(playPlot(random), anyNarration(random));
  const paragraphs = text.split("\n\n");
  const cut = 1 + random.below(Math.max(1, paragraphs.length - 1));
  return [...paragraphs.slice(0, cut), fill(random, CONTINUE), ...paragraphs.slice(cut)].join("\n\n");
}

function title(random: Random): string {
  const story = playPlot(random);
  return `${narrate(story, anyNarration(random))}\n\n${fill(random, TITLE)}\n\n${titleOf(story)}`;
}

function describe(random: Random): string {
  const text = descriptionDocument(random);
  return `${pick(random, ["Describe it.", "Write a description.", "Describe what you see.", "Describe something in a few sentences."])}\n\n${text}`;
}

/** The same sentences in the present and in the past. */
function changeTense(random: Random): string {
  const story = playPlot(random);
  const told = { firstPerson: chance(random, 0.3), talk: 0.2, skip: new Set(["open" as const]) };
  const present = narrate(story, { ...told, tense: "present" }, random.clone());
  const past = narrate(story, { ...told, tense: "past" }, random.clone());
  return chance(random, 0.5)
    ? `${present}\n\n${fill(random, PAST)}\n\n${past}`
    : `${past}\n\n${fill(random, PRESENT)}\n\n${present}`;
}

/** A document of another kind, asked for. */
const ask =
  (asked: readonly string[], write: Writer): Writer =>
  (random) =>
    `${fill(random, asked)}\n\n${write(random)}`;

const WRITERS: readonly Writer[] = [
  write,
  write,
  write,
  shorten,
  shorten,
  retell,
  continueIt,
  title,
  describe,
  changeTense,
  ask(LETTER, letterDocument),
  ask(TALK, dialogueDocument),
  ask(RIDDLE, riddleDocument),
];

/** An instruction and what it asks for. */
export const instructionDocument: Writer = (random) => pick(random, WRITERS)(random);
