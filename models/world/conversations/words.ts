/** Small questions about words, animals, food and numbers. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FOODS, foodWithArticle } from "../data/foods.ts";
import { OPPOSITES } from "../data/opposites.ts";
import { chance, pick, pickSome } from "../grammar/choose.ts";
import { capitalised, listOf, pluralOf, withArticle } from "../grammar/nouns.ts";
import type { Exchange } from "./conversation.ts";
import { KNOWLEDGE } from "./knowledge.ts";
import { DAY_NAMES } from "./lists.ts";
import { madeSentence, shortened } from "./rewriting.ts";

const NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split(" ");
const MIXED = [
  ["blue", "yellow", "green"],
  ["red", "yellow", "orange"],
  ["red", "blue", "purple"],
  ["black", "white", "grey"],
  ["red", "white", "pink"],
] as const;
const SEASONS = [
  ["warmest", "summer"],
  ["coldest", "winter"],
] as const;

type Asker = (random: Random) => Exchange;

const opposites: Asker = (random) => {
  const { word, opposite } = pick(random, OPPOSITES);
  const [asked, answer] = chance(random, 0.5) ? [word, opposite] : [opposite, word];
  const question = pick(random, [
    `What is the opposite of ${asked}?`,
    `Tell me the opposite of ${asked}.`,
    `Give me the opposite of ${asked}.`,
    `Which word means the opposite of ${asked}?`,
    `What is not ${asked}, but just the other way round?`,
    `Say the opposite: ${asked}.`,
    `It is not ${asked}. What is it then?`,
  ]);
  return [question, pick(random, [`${capitalised(answer)}.`, `The opposite of ${asked} is ${answer}.`])];
};

const ASKERS: readonly Asker[] = [
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
    return [`What colour is ${foodWithArticle(noun)}?`, `It is ${colour}.`];
  },
  (random) => {
    const { noun, taste } = pick(random, FOODS);
    return [`How does ${foodWithArticle(noun)} taste?`, `It tastes ${taste}.`];
  },
  (random) => {
    const from = random.below(NUMBERS.length - 7);
    const count = 3 + random.below(5);
    const some = NUMBERS.slice(from, from + count);
    const last = some[count - 1];
    const question =
      from === 0
        ? pick(random, [
            `Can you count to ${last}?`,
            `Count to ${last}, please.`,
            `Count from one to ${last}.`,
          ])
        : `Count from ${some[0]} to ${last}.`;
    return [question, `${capitalised(some.join(", "))}.`];
  },
  (random) => {
    const at = random.below(NUMBERS.length - 1);
    return [
      pick(random, [
        `Which number comes after ${NUMBERS[at]}?`,
        `What follows ${NUMBERS[at]}?`,
        `What comes after ${NUMBERS[at]}?`,
        `Which number is one more than ${NUMBERS[at]}?`,
      ]),
      `${capitalised(NUMBERS[at + 1])}.`,
    ];
  },
  (random) => {
    const at = random.below(DAY_NAMES.length);
    const [asked, answer] = chance(random, 0.5)
      ? ["after", DAY_NAMES[(at + 1) % 7]]
      : ["before", DAY_NAMES[(at + 6) % 7]];
    const questions = [
      `What day is ${asked} ${DAY_NAMES[at]}?`,
      `Tell me the day that is ${asked} ${DAY_NAMES[at]}.`,
      `Which day comes ${asked} ${DAY_NAMES[at]}?`,
    ];
    return [pick(random, questions), pick(random, [`${answer}.`, `It is ${answer}.`])];
  },
  (random) => {
    const [one, two, colour] = pick(random, MIXED);
    const mixed = chance(random, 0.5) ? `${one} and ${two}` : `${two} and ${one}`;
    const questions = [
      `What colour do you get if you mix ${mixed} paint?`,
      `I mix ${mixed} paint. What do I get?`,
      `Which colour is made from ${mixed}?`,
      `What colour do you get from ${mixed}?`,
      `${capitalised(mixed)} together: what colour is that?`,
    ];
    return [pick(random, questions), pick(random, [`You get ${colour}.`, `${capitalised(colour)}.`])];
  },
  (random) => {
    const [how, season] = pick(random, SEASONS);
    return [
      pick(random, [`What is the ${how} season?`, `When is it ${how} in the year?`]),
      `The ${how} season is ${season}.`,
    ];
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
    return [
      pick(random, ["Name three animals.", "Tell me three animals.", "Which animals do you know?"]),
      `${capitalised(listOf(some))}.`,
    ];
  },
  (random) => {
    const fruits = FOODS.filter(({ kind }) => kind === "fruit").map(({ noun }) => pluralOf(noun));
    return [
      pick(random, ["Name some fruits.", "Which fruits do you know?"]),
      `${capitalised(listOf(pickSome(random, fruits, 3)))}.`,
    ];
  },
  madeSentence,
  shortened,
];

const ALL = [...ASKERS, ...KNOWLEDGE];
/** There are many opposites, and each has to be asked often to be learnt. */
const OPPOSITES_SHARE = 0.27;

export const words = (random: Random): readonly Exchange[] => [
  (chance(random, OPPOSITES_SHARE) ? opposites : pick(random, ALL))(random),
];
