/** Small questions about words, animals, food and numbers. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FOODS } from "../data/foods.ts";
import { OPPOSITES } from "../data/opposites.ts";
import { THINGS } from "../data/things/index.ts";
import { chance, pick, pickSome } from "../grammar/choose.ts";
import { capitalised, listOf, pluralOf, withArticle } from "../grammar/nouns.ts";
import type { Exchange } from "./conversation.ts";

const NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split(" ");
const DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
const MIXED = [
  ["blue and yellow paint", "green"],
  ["red and yellow paint", "orange"],
  ["red and blue paint", "purple"],
  ["black and white paint", "grey"],
  ["red and white paint", "pink"],
] as const;
const SEASONS = [
  ["warmest", "summer"],
  ["coldest", "winter"],
] as const;

type Asker = (random: Random) => Exchange;

const ASKERS: readonly Asker[] = [
  (random) => {
    const { word, opposite } = pick(random, OPPOSITES);
    const [asked, answer] = chance(random, 0.5) ? [word, opposite] : [opposite, word];
    const question = pick(random, [
      `What is the opposite of ${asked}?`,
      `Tell me the opposite of ${asked}.`,
      `Which word means the opposite of ${asked}?`,
    ]);
    return [question, pick(random, [`${capitalised(answer)}.`, `The opposite of ${asked} is ${answer}.`])];
  },
  (random) => {
    const { kind, young } = pick(
      random,
      ANIMALS.filter((animal) => !animal.kind.includes(animal.young)),
    );
    return [`What is the young of ${withArticle(kind)} called?`, `It is called ${withArticle(young)}.`];
  },
  (random) => {
    const { kind, eats } = pick(random, ANIMALS);
    return [`What does ${withArticle(kind)} eat?`, `${capitalised(withArticle(kind))} eats ${eats}.`];
  },
  (random) => {
    const { kind, home } = pick(random, ANIMALS);
    return [`Where does ${withArticle(kind)} live?`, `${capitalised(withArticle(kind))} lives ${home}.`];
  },
  (random) => {
    const { noun, colour } = pick(random, FOODS);
    return [`What colour is ${withArticle(noun)}?`, `It is ${colour}.`];
  },
  (random) => {
    const { noun, taste } = pick(random, FOODS);
    return [`How does ${withArticle(noun)} taste?`, `It tastes ${taste}.`];
  },
  (random) => {
    const from = random.below(NUMBERS.length - 4);
    const count = 3 + random.below(2);
    const some = NUMBERS.slice(from, from + count);
    return [`Count from ${some[0]} to ${some[count - 1]}.`, `${capitalised(some.join(", "))}.`];
  },
  (random) => {
    const at = random.below(NUMBERS.length - 1);
    return [
      pick(random, [`Which number comes after ${NUMBERS[at]}?`, `What follows ${NUMBERS[at]}?`]),
      `${capitalised(NUMBERS[at + 1])}.`,
    ];
  },
  (random) => {
    const at = random.below(DAYS.length);
    const [asked, answer] = chance(random, 0.5)
      ? ["after", DAYS[(at + 1) % 7]]
      : ["before", DAYS[(at + 6) % 7]];
    return [`What day is ${asked} ${DAYS[at]}?`, `${answer}.`];
  },
  (random) => {
    const [mixed, colour] = pick(random, MIXED);
    return [`What colour do you get if you mix ${mixed}?`, `You get ${colour}.`];
  },
  (random) => {
    const [how, season] = pick(random, SEASONS);
    return [`What is the ${how} season?`, `The ${how} season is ${season}.`];
  },
  (random) => {
    const [big, small] = [
      ANIMALS.filter(({ size }) => size === "big"),
      ANIMALS.filter(({ size }) => size === "tiny"),
    ];
    const [one, other] = [pick(random, big).kind, pick(random, small).kind];
    return chance(random, 0.5)
      ? [`Is ${withArticle(one)} bigger than ${withArticle(other)}?`, `Yes, ${withArticle(one)} is bigger.`]
      : [`Is ${withArticle(other)} bigger than ${withArticle(one)}?`, "No, it is smaller."];
  },
  (random) => {
    const some = pickSome(random, ANIMALS, 3).map(({ kind }) => withArticle(kind));
    return ["Name three animals.", `${capitalised(listOf(some))}.`];
  },
  (random) => {
    const fruits = FOODS.filter(({ kind }) => kind === "fruit").map(({ noun }) => pluralOf(noun));
    return [
      pick(random, ["Name some fruits.", "Which fruits do you know?"]),
      `${capitalised(listOf(pickSome(random, fruits, 3)))}.`,
    ];
  },
  (random) => {
    const { noun } = pick(
      random,
      THINGS.filter((thing) => !thing.noun.includes(" ")),
    );
    const sentence = pick(random, [
      `I see ${withArticle(noun)}.`,
      `Where did you put the ${noun}?`,
      `She gave me ${withArticle(noun)} for my birthday.`,
      `The ${noun} lay under the table.`,
    ]);
    return [
      pick(random, [`Write a sentence with ${noun}.`, `Use the word ${noun} in a sentence.`]),
      sentence,
    ];
  },
];

export const words = (random: Random): readonly Exchange[] => [pick(random, ASKERS)(random)];
