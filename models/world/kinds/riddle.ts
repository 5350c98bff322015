/** Riddles about things, animals and food, alone or told by someone. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FOODS } from "../data/foods.ts";
import { THINGS } from "../data/things/index.ts";
import { chance, pick, shuffled } from "../grammar/choose.ts";
import { capitalised, listOf, withArticle } from "../grammar/nouns.ts";
import { itemPhrase } from "../grammar/phrases.ts";
import { Teller } from "../grammar/teller.ts";
import { commonFillers } from "../state/fillers.ts";
import { Story } from "../state/story.ts";

interface Riddle {
  readonly clues: readonly string[];
  readonly answer: string;
}

function thingRiddle(random: Random): Riddle {
  const kind = pick(random, THINGS);
  const use = itemPhrase("", { is: "item", kind, look: kind.looks[0] }, "use").replace(/\bit\b/g, "me");
  const clues = [
    pick(random, [`You can ${use}.`, `People can ${use}.`, `What am I good for? You can ${use}.`]),
    pick(random, [
      `I am made of ${kind.material}.`,
      `My body is ${kind.material}.`,
      `They made me of ${kind.material}.`,
    ]),
    pick(random, [
      `Look for me ${kind.found}.`,
      `Often I am ${kind.found}.`,
      `You may find me ${kind.found}.`,
    ]),
    pick(random, [
      `I can be ${listOf(kind.looks, "or")}.`,
      `Some of us are ${kind.looks[0]}.`,
      `People call me ${kind.looks.at(-1)}.`,
    ]),
    pick(random, [
      `I am ${kind.size}.`,
      `I am not alive, and I am ${kind.size}.`,
      `My size is ${kind.size}.`,
    ]),
  ];
  return {
    clues: shuffled(random, clues.slice(0, 4)).concat(chance(random, 0.4) ? clues[4] : []),
    answer: withArticle(kind.noun),
  };
}

const ofMine = (text: string): string => text.replace(/\bitself\b/g, "myself").replace(/\bits\b/g, "my");

function animalRiddle(random: Random): Riddle {
  const animal = pick(random, ANIMALS);
  const clues = [
    pick(random, [`I live ${animal.home}.`, `My home is ${animal.home}.`, `You can find me ${animal.home}.`]),
    pick(random, [
      `I like to eat ${animal.eats}.`,
      `My food is ${animal.eats}.`,
      `Give me ${animal.eats}, and I am happy.`,
    ]),
    pick(random, [`I have ${ofMine(animal.feature)}.`, `Everyone knows me by ${ofMine(animal.feature)}.`]),
    pick(random, [
      `I can ${ofMine(animal.skill)}.`,
      `I am good at one thing: I can ${ofMine(animal.skill)}.`,
    ]),
    animal.voice === ""
      ? "You never hear my voice."
      : pick(random, [`I ${animal.voice}.`, `When I talk, I ${animal.voice}.`]),
  ];
  return { clues: shuffled(random, clues), answer: withArticle(animal.kind) };
}

function foodRiddle(random: Random): Riddle {
  const food = pick(random, FOODS);
  const clues = [
    pick(random, [`I taste ${food.taste}.`, `People say that I am ${food.taste}.`]),
    pick(random, [`I ${food.origin}.`, `Where am I from? I ${food.origin}.`]),
    pick(random, [`Often I am ${food.colour}.`, `My colour is ${food.colour}.`]),
    food.kind === "drink" ? "You can drink me." : "You can eat me.",
  ];
  return { clues: shuffled(random, clues), answer: food.some };
}

const QUESTIONS = [
  "What am I?",
  "Who am I?",
  "Can you guess what I am?",
  "Do you know me?",
  "What could I be?",
] as const;
const ANSWERS = ["Answer: {x}.", "I am {x}.", "The answer is {x}.", "It is {x}!", "{x}!"] as const;

const TOLD: readonly string[] = [
  "{h+f} [sit] {in p} near {mark}. <h/f: I have a riddle for you, {f.n}. {clues} What am I?>",
  "{time}, when {sky}, {h} [want] to ask a riddle. <h/f: Listen, {f.n}! {clues} Now tell me: What am I?>",
  "{h} [find] a riddle in an old book and [read] it to {f.o}. <h/f: {clues} What is it, {f.n}?>",
  "{f} [be] bored {in p}. So {h} [say] a riddle. <h/f: {clues} Who can tell me the answer?>",
];
const GUESSES: readonly string[] = [
  "{f} [think] for a while. <f/h: Is it {wrong}?> <h/f: No, think again!> <f/h: Then it is {right}!> <h/f: Yes, you got it!>",
  "<f/h: That is easy. It is {right}!> {h} [laugh]. <h/f: You are too clever for me, {f.n}.>",
  "<f/h: Perhaps {wrong}?> {h} [shake] {h.s} head. {f} [look] at {mark2} and [smile]. <f/h: I know it now. It is {right}!>",
  "{f} [not know] it. {h} [wait] a little and then [tell] {f.o}. <h/f: It is {right}.> Both of them [have] to laugh.",
  "<f/h: Let me see. {wrong}?> <h/f: No.> <f/h: Not {wrong}? Then {right}!> <h/f: Right!>",
];

function told(random: Random, { clues, answer }: Riddle, wrong: string): string {
  const story = new Story(random);
  const p = story.cast.place();
  const roles = {
    ...commonFillers(random, p),
    h: story.hero,
    f: story.friend(),
    p,
    clues: clues.join(" "),
    right: answer,
    wrong,
  };
  const teller = new Teller(random, story.hero, { tense: "past" });
  teller.tell(pick(random, TOLD), roles);
  teller.tell(pick(random, GUESSES), roles);
  return teller.text;
}

const RIDDLES = [thingRiddle, thingRiddle, animalRiddle, foodRiddle] as const;

/** A riddle with its answer. */
export function riddleDocument(random: Random): string {
  const make = pick(random, RIDDLES);
  const riddle = make(random);
  let wrong = make(random).answer;
  while (wrong === riddle.answer) wrong = make(random).answer;
  if (chance(random, 0.85)) return told(random, riddle, wrong);
  const answer = pick(random, ANSWERS).replace("{x}", riddle.answer);
  return `${riddle.clues.join(" ")} ${pick(random, QUESTIONS)}\n${capitalised(answer)}`;
}
