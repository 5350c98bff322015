/** Stories, and the letters that tell one. */
import type { Random } from "../../../src/base/index.ts";
import { HE_NAMES, SHE_NAMES } from "../data/names.ts";
import { chance, pick, pickSome } from "../grammar/choose.ts";
import { capitalised } from "../grammar/nouns.ts";
import { PLOTS } from "../plots/index.ts";
import { clause, type Opening, Story } from "../state/story.ts";
import type { Writer } from "./document.ts";
import { type Narration, narrate, sentence } from "./narrate.ts";

/** Plays one of the plots, or two in a row with the same hero. */
export function playPlot(random: Random, opening?: Opening): Story {
  const story = new Story(random, opening);
  const plots = pickSome(random, PLOTS, chance(random, 0.12) ? 2 : 1);
  const about = plots.map((plot, i) => {
    story.hasSequel = i + 1 < plots.length;
    plot.tell(story);
    return story.about;
  });
  if (about.length > 1) story.about = clause("{x}, and {y}", { x: about[0], y: about[1] });
  return story;
}

/** Most stories are told by nobody in particular, in the past. */
export function anyNarration(random: Random): Narration {
  return {
    tense: chance(random, 0.9) ? "past" : "present",
    firstPerson: chance(random, 0.2),
    talk: pick(random, [0.1, 0.35, 0.6, 0.95]),
  };
}

const SMALL_WORDS = new Set([
  "a",
  "an",
  "the",
  "of",
  "and",
  "to",
  "in",
  "on",
  "at",
  "for",
  "that",
  "is",
  "by",
  "with",
]);

/** What a story is about, set as a title. */
export function titleOf(story: Story): string {
  return sentence(story, story.about.pattern, story.about.roles)
    .split(" ")
    .map((word, i) => (i > 0 && SMALL_WORDS.has(word) ? word : capitalised(word)))
    .join(" ");
}

/** A story, sometimes with a title. */
export function storyDocument(random: Random): string {
  const story = playPlot(random);
  const text = narrate(story, anyNarration(random));
  return chance(random, 0.15) ? `${titleOf(story)}\n\n${text}` : text;
}

/** Short stories that begin in a given way. */
export const shortStories =
  (opening: Opening): Writer =>
  (random) => {
    const story = new Story(random, opening);
    pick(random, PLOTS).tell(story);
    return narrate(story, {
      tense: "past",
      firstPerson: chance(random, 0.05),
      talk: pick(random, [0.1, 0.35, 0.6]),
    });
  };

const GREETINGS = [
  "How are you? I have to tell you what happened.",
  "I hope you are well. Something happened here, and I want to tell you about it.",
  "Thank you for your last letter. Now I have news too!",
  "I am sitting at the table, and I want to write to you.",
  "You will not believe what happened to me!",
  "It has been a long time since my last letter, so here is a long one.",
  "I miss you. Let me tell you about my week.",
  "Today I have a story for you, and every word of it is true.",
];
const FAREWELLS = [
  "Please write back soon.",
  "Come and visit me when you can.",
  "What is new with you? Tell me everything.",
  "I think of you often.",
  "Give my love to everyone at home.",
  "I hope to see you in the summer.",
  "Now I have to go to bed. Good night!",
  "Have you ever had a day like that?",
];
const SIGNS = ["Love", "Your friend", "Yours", "With love", "Many greetings", "A big hug", "Best wishes"];
const READERS = ["Grandma", "Grandpa", "Aunt", "Uncle", "Cousin", ""];

/** A letter in which the hero tells the story. */
export function letterDocument(random: Random): string {
  const story = playPlot(random);
  const used = story.characters.map(({ name }) => name);
  const title = pick(random, READERS);
  const isElder = title.startsWith("Grand");
  const name = pick(
    random,
    title === "Aunt" ? SHE_NAMES : title === "Uncle" ? HE_NAMES : [...SHE_NAMES, ...HE_NAMES],
  );
  if (used.includes(isElder ? title : name)) return letterDocument(random);
  const reader = isElder ? title : `${title} ${name}`.trim();
  const body = narrate(story, {
    tense: "past",
    firstPerson: true,
    talk: pick(random, [0.1, 0.3]),
    skip: new Set(["open"]),
  });
  return [
    `Dear ${reader},`,
    `${pick(random, GREETINGS)}\n\n${body}`,
    pick(random, FAREWELLS),
    `${pick(random, SIGNS)},\n${story.hero.name}`,
  ].join("\n\n");
}
