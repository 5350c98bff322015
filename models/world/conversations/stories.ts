/** Stories to order, questions about a story, and what can be done with one. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { THINGS } from "../data/things/index.ts";
import { chance, pick, pickSome } from "../grammar/choose.ts";
import { nounOf } from "../grammar/mentions.ts";
import { listOf, uncapitalised, withArticle } from "../grammar/nouns.ts";
import { shortVersion, wordsIn } from "../kinds/instruction.ts";
import { narrate, sentence } from "../kinds/narrate.ts";
import { questionsOn } from "../kinds/questions.ts";
import { anyNarration, playPlot, titleOf } from "../kinds/story.ts";
import type { Story } from "../state/story.ts";
import type { Exchange } from "./conversation.ts";

/** Ways to order a story about {x}. */
export const ORDER = [
  "Tell me a story about {x}.",
  "Write a story about {x}.",
  "Can you tell a story with {x}?",
  "I want to hear something about {x}.",
  "Please make up a story about {x}.",
  "A story about {x}, please!",
  "Write a short story. It should have {x} in it.",
  "Tell a story about {x}.",
  "I would like a story about {x}.",
  "Make up a story with {x}.",
  "Do you know a story about {x}?",
  "Can I have a bedtime story about {x}?",
  "Please tell a short story with {x} in it.",
  "Write something about {x}.",
  "One story about {x}.",
];
const ANY = [
  "Tell me a story.",
  "Another story, please.",
  "Can you tell me a story?",
  "Write a story.",
  "Tell me one more.",
];
const SHORTER = [
  "Say it shorter.",
  "What happened, in a few words?",
  "Can you make it shorter?",
  "Sum it up, please.",
];
const TITLE = ["What could it be called?", "Give it a title.", "Find a name for this story."];

const LONGEST = 900;
const NOUNS = new Set(THINGS.map(({ noun }) => noun));

/** A story that is not too long for a conversation. */
function storyOf(random: Random): { readonly story: Story; readonly text: string } {
  for (;;) {
    const story = playPlot(random, pick(random, ["home", "scene", "plain"]));
    const text = narrate(story, { ...anyNarration(random), firstPerson: false }).replaceAll("\n\n", " ");
    if (text.length <= LONGEST) return { story, text };
  }
}

function describedHero({ hero }: Story): string {
  if (hero.nameless) return withArticle(nounOf(hero));
  const isAnimal = hero.age === "animal" || ANIMALS.some(({ kind }) => kind === hero.kind);
  return isAnimal ? withArticle(hero.kind) : `${withArticle(hero.kind)} named ${hero.name}`;
}

function aboutOf(random: Random, story: Story, text: string): string {
  const about = sentence(story, story.about.pattern, story.about.roles);
  const nouns = wordsIn(story, text).filter((word) => NOUNS.has(word));
  const words = pickSome(random, nouns, 1 + random.below(2)).map(withArticle);
  return pick(random, [
    describedHero(story),
    uncapitalised(about),
    words.length === 0 ? describedHero(story) : listOf([describedHero(story), ...words]),
  ]);
}

function orderOf(random: Random, story: Story, text: string): string {
  return chance(random, 0.25)
    ? pick(random, ANY)
    : pick(random, ORDER).replace("{x}", aboutOf(random, story, text));
}

/** What follows a story: questions, a shorter form, a title. */
function after(random: Random, story: Story, text: string): Exchange[] {
  const asked = pickSome(random, questionsOn(story, text), 1 + random.below(2)).map(
    ({ question, answer }): Exchange => [question, answer],
  );
  const extra: Exchange[] = [
    [pick(random, SHORTER), shortVersion(story)],
    [pick(random, TITLE), titleOf(story)],
  ];
  return [...asked, ...(chance(random, 0.25) ? [pick(random, extra)] : [])];
}

/** A story to order, sometimes with questions about it. */
export function order(random: Random): readonly Exchange[] {
  const { story, text } = storyOf(random);
  const told: Exchange = [orderOf(random, story, text), text];
  return chance(random, 0.35) ? [told, ...after(random, story, text)] : [told];
}

const LAYOUTS = ["{s}\n\n{q}", "{q}\n\n{s}", "Here is a story: {s} {q}", "Read this. {s}\n\n{q}"];

/** A story that the user tells, with a question; more may follow. */
export function aboutStory(random: Random): readonly Exchange[] {
  const { story, text } = storyOf(random);
  const brief = chance(random, 0.5) ? shortVersion(story) : text;
  const asked = pickSome(random, questionsOn(story, brief), 3);
  if (asked.length === 0) return order(random);
  return asked.map(({ question, answer }, i): Exchange => {
    if (i > 0) return [question, answer];
    return [
      pick(random, LAYOUTS)
        .replace("{s}", () => brief)
        .replace("{q}", () => question),
      answer,
    ];
  });
}
