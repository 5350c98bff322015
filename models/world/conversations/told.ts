/** What the user tells of himself, asks for later, and corrects. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FOODS } from "../data/foods.ts";
import { ANIMAL_NAMES, PEOPLE_NAMES } from "../data/names.ts";
import { THINGS } from "../data/things/index.ts";
import { HOBBIES, JOBS, list } from "../data/words.ts";
import { chance, pick, shuffled } from "../grammar/choose.ts";
import { capitalised, withArticle } from "../grammar/nouns.ts";
import type { Exchange } from "./conversation.ts";

const COLOURS = list("red; blue; green; yellow; white; black; brown; grey; pink; purple; golden; silver");
const PLACES =
  list(`on a farm; in a small house; near the sea; in the city; on a hill; next to a bakery; by the river; in the mountains;
above a shop; at the edge of the wood; on an island; in a tent`);
const DAYS = list("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday");
const NUMBERS = list("two; three; four; five; six; seven; eight; nine; ten");
const PEOPLE = list(
  "brother; sister; mother; father; aunt; uncle; grandmother; grandfather; friend; neighbour; cousin",
);
const SOUNDS = list("storms; spiders; the dark; loud noises; deep water; big dogs; high ladders; bees");

/** A fact with {x}, a second thing {y} that stays the same, the question, and its answer. */
interface Fact {
  readonly says: readonly string[];
  readonly asks: readonly string[];
  readonly answers: readonly string[];
  readonly x: readonly string[];
  readonly y?: readonly string[];
}

const animals = ANIMALS.map(({ kind }) => kind);
const things = THINGS.filter(({ noun }) => !noun.includes(" ")).map(({ noun }) => noun);
const foods = FOODS.map(({ noun }) => noun);

const FACTS: readonly Fact[] = [
  {
    says: ["My name is {x}.", "I am {x}.", "I'm called {x}.", "You can call me {x}."],
    asks: ["What is my name?", "What am I called?", "Do you still know my name?", "Who am I?"],
    answers: ["Your name is {x}.", "You are {x}.", "Yes, you are {x}."],
    x: PEOPLE_NAMES,
  },
  {
    says: ["I have {a x} at home.", "We have {a x}.", "My pet is {a x}."],
    asks: ["What pet do I have?", "Which animal do we have?", "What kind of animal is my pet?"],
    answers: ["You have {a x}.", "It is {a x}."],
    x: animals,
  },
  {
    says: ["My {y} is named {x}.", "We call our {y} {x}.", "I have {a y}, and its name is {x}."],
    asks: ["What is the name of my {y}?", "How do we call our {y}?", "What is my {y} named?"],
    answers: ["Your {y} is named {x}.", "Its name is {x}.", "It is called {x}."],
    x: ANIMAL_NAMES,
    y: animals,
  },
  {
    says: ["I live {x}.", "My home is {x}.", "We live {x}."],
    asks: ["Where do I live?", "Where is my home?", "Do you know where I live?"],
    answers: ["You live {x}.", "Your home is {x}."],
    x: PLACES,
  },
  {
    says: ["My {y} is {x}.", "The {y} that I have is {x}.", "I got a new {y}. It is {x}."],
    asks: ["What colour is my {y}?", "Which colour has my {y}?", "What does my {y} look like?"],
    answers: ["Your {y} is {x}.", "It is {x}."],
    x: COLOURS,
    y: things,
  },
  {
    says: ["I like {x} best.", "I love {x}.", "My favourite food is {x}."],
    asks: ["What do I like to eat?", "What food do I like best?", "What do I love?"],
    answers: ["You like {x}.", "You love {x}."],
    x: foods,
  },
  {
    says: ["My {y} is {a x}.", "My {y} works as {a x}."],
    asks: ["What does my {y} do?", "What is my {y}'s work?", "What is my {y}?"],
    answers: ["Your {y} is {a x}.", "{A x}."],
    x: JOBS,
    y: PEOPLE,
  },
  {
    says: ["My {y} is called {x}.", "The name of my {y} is {x}."],
    asks: ["What is my {y}'s name?", "How is my {y} called?", "Who is my {y}?"],
    answers: ["Your {y} is called {x}.", "{x} is your {y}.", "The name is {x}."],
    x: PEOPLE_NAMES,
    y: PEOPLE,
  },
  {
    says: ["I have {x} {y}s.", "There are {x} {y}s in my room.", "I counted {x} {y}s today."],
    asks: ["How many {y}s are there?", "How many {y}s did I say?", "What was the number of {y}s?"],
    answers: ["There are {x} {y}s.", "You said {x}.", "{x}."],
    x: NUMBERS,
    y: list("apple; book; coin; button; shell; stone; marble; pencil; kite; hat"),
  },
  {
    says: ["On {x} I will visit my {y}.", "I visit my {y} on {x}."],
    asks: ["When do I visit my {y}?", "On which day do I see my {y}?"],
    answers: ["You visit your {y} on {x}.", "On {x}."],
    x: DAYS,
    y: PEOPLE,
  },
  {
    says: ["I lost my {x}.", "I cannot find my {x} any more.", "Somebody took my {x}."],
    asks: ["What did I lose?", "What is gone?", "What am I looking for?"],
    answers: ["You lost your {x}.", "Your {x} is gone."],
    x: things,
  },
  {
    says: ["I found {a x} today.", "Look, I found {a x}!"],
    asks: ["What did I find?", "What have I found today?"],
    answers: ["You found {a x}.", "{A x}."],
    x: things,
  },
  {
    says: ["I like to {x}.", "My hobby is this: I {x}."],
    asks: ["What do I like to do?", "What is my hobby?"],
    answers: ["You like to {x}."],
    x: HOBBIES,
  },
  {
    says: ["I am scared of {x}.", "I do not like {x}. They frighten me."],
    asks: ["What scares me?", "What frightens me?", "What am I scared of?"],
    answers: ["You are scared of {x}."],
    x: SOUNDS,
  },
  {
    says: ["The {y} is in the {x}.", "I put the {y} into the {x}."],
    asks: ["Where is the {y}?", "Where did I put the {y}?"],
    answers: ["The {y} is in the {x}.", "In the {x}."],
    x: list("drawer; kitchen; garden; basket; cupboard; barn; cellar; bathroom; sack; chest; wagon; attic"),
    y: things,
  },
];

const ACCEPTS = [
  "I see.",
  "All right.",
  "I will remember that.",
  "Thank you for telling me.",
  "How nice!",
  "Good to know.",
];
const SORRY = [
  "Oh, I see. Thank you.",
  "I am sorry. Now I know.",
  "All right, I was wrong.",
  "Thank you for saying so.",
];

function fill(text: string, x: string, y: string): string {
  const filled = text
    .replaceAll("{a x}", withArticle(x))
    .replaceAll("{a y}", withArticle(y))
    .replaceAll("{A x}", capitalised(withArticle(x)))
    .replaceAll("{x}", x)
    .replaceAll("{y}", y);
  return capitalised(filled);
}

interface Drawn {
  readonly fact: Fact;
  readonly x: string;
  readonly other: string;
  readonly y: string;
}

function draw(random: Random): Drawn {
  const fact = pick(random, FACTS);
  const [x, other] = shuffled(random, fact.x);
  return { fact, x, other, y: fact.y === undefined ? "" : pick(random, fact.y) };
}

const say = (random: Random, texts: readonly string[], x: string, y: string) =>
  fill(pick(random, texts), x, y);

/** Told, and asked for later; sometimes two facts. */
export function recall(random: Random): readonly Exchange[] {
  const drawn = Array.from({ length: chance(random, 0.3) ? 2 : 1 }, () => draw(random));
  const facts = drawn.filter((one, i) => drawn.findIndex(({ fact }) => fact === one.fact) === i);
  const told = facts.map(({ fact, x, y }): Exchange => [say(random, fact.says, x, y), pick(random, ACCEPTS)]);
  const asked = facts.map(
    ({ fact, x, y }): Exchange => [say(random, fact.asks, x, y), say(random, fact.answers, x, y)],
  );
  return [...told, ...shuffled(random, asked)];
}

const NO = [
  "No, that is wrong. {s}",
  "No. {s}",
  "That is not right. {s}",
  "Sorry, I was wrong. {s}",
  "Wait! {s}",
];

/** Told, corrected, and asked for: the corrected fact counts. */
export function correction(random: Random): readonly Exchange[] {
  const { fact, x, other, y } = draw(random);
  const text = pick(random, fact.says);
  const right = fill(text, x, y);
  return [
    [fill(text, other, y), pick(random, ACCEPTS)],
    [pick(random, NO).replace("{s}", right), pick(random, SORRY)],
    [say(random, fact.asks, x, y), say(random, fact.answers, x, y)],
  ];
}
