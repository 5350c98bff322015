/** Exercises with words and small numbers. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FOODS } from "../data/foods.ts";
import { PEOPLE_NAMES } from "../data/names.ts";
import { OPPOSITES } from "../data/opposites.ts";
import { THINGS, type ThingKind } from "../data/things/index.ts";
import { HOBBIES } from "../data/words.ts";
import { chance, pick, pickSome, shuffled } from "../grammar/choose.ts";
import { capitalised, listOf, pluralOf, withArticle } from "../grammar/nouns.ts";
import { pastOf } from "../grammar/verbs.ts";
import type { Writer } from "./document.ts";

const SMALL = THINGS.filter((thing) => thing.size !== "big" && !/ of /.test(thing.noun));

function opposites(random: Random): string {
  return pickSome(random, OPPOSITES, 4 + random.below(4))
    .map(({ word, opposite, examples }) => {
      const [asked, answer, example] = chance(random, 0.5)
        ? [word, opposite, examples[1]]
        : [opposite, word, examples[0]];
      const reason = chance(random, 0.5) ? ` Think of ${withArticle(example)}: it is ${answer}.` : "";
      const question = pick(random, [
        `What is the opposite of ${asked}?`,
        `Not ${asked}, but what?`,
        `The opposite of ${asked}?`,
      ]);
      return `${question}\n${capitalised(answer)}.${/gift|ruin|owl|fire|ice|river|desert|elephant|ant|mouse|snail/.test(example) ? reason : ""}`;
    })
    .join("\n");
}

function plurals(random: Random): string {
  const nouns = pickSome(
    random,
    [...SMALL.map(({ noun }) => noun), ...ANIMALS.map(({ kind }) => kind)],
    4 + random.below(4),
  );
  return nouns
    .map((noun) => {
      const count = pick(random, ["two", "three", "four", "five", "many", "some"]);
      return `One ${noun}, ${count} ${pluralOf(noun)}.`;
    })
    .join("\n");
}

function pasts(random: Random): string {
  return pickSome(random, HOBBIES, 4 + random.below(3))
    .map((hobby) => {
      const [verb, ...rest] = hobby.split(" ");
      const name = pick(random, PEOPLE_NAMES);
      return `Today ${name} wants to ${hobby}. Yesterday ${name} ${[pastOf(verb), ...rest].join(" ")} too.`;
    })
    .join("\n");
}

const GROUPS: readonly (readonly [name: string, members: readonly string[]])[] = [
  ["an animal", ANIMALS.map(({ kind }) => kind)],
  ["something to eat", FOODS.filter(({ kind }) => kind !== "drink").map(({ noun }) => noun)],
  ["a toy", THINGS.filter(({ theme }) => theme === "toy").map(({ noun }) => noun)],
  [
    "something to wear",
    THINGS.filter(({ theme, use }) => theme === "clothes" && /^wear/.test(use)).map(({ noun }) => noun),
  ],
];

function sorting(random: Random): string {
  return shuffled(random, GROUPS)
    .slice(0, 3)
    .map(([name, members]) => {
      const right = pick(random, members);
      const others = GROUPS.filter(([other]) => other !== name).map(([, list]) => pick(random, list));
      return `Which of these is ${name}: ${listOf(shuffled(random, [right, ...others]), "or")}?\nThe ${right} is ${name}.`;
    })
    .join("\n");
}

const NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split(" ");

const counted = (count: number, thing: ThingKind): string =>
  `${NUMBERS[count]} ${count === 1 ? thing.noun : pluralOf(thing.noun)}`;

function counting(random: Random): string {
  const [first, second] = pickSome(random, PEOPLE_NAMES, 2);
  const [thing, other] = pickSome(random, SMALL, 2);
  let count = 1 + random.below(6);
  const lines = [
    pick(random, [
      `${first} had ${counted(count, thing)} in a bag.`,
      `There were ${counted(count + 1, thing)} on the table of ${first}.`,
    ]),
  ];
  if (lines[0].startsWith("There")) count++;
  const steps = 1 + random.below(3);
  for (let i = 0; i < steps; i++) {
    const change = 1 + random.below(3);
    if (chance(random, 0.5) && count >= change) {
      count -= change;
      lines.push(
        pick(random, [
          `${first} gave ${counted(change, thing)} to ${second}.`,
          `Then ${counted(change, thing)} got lost near the ${other.noun}.`,
          `${second} asked for ${counted(change, thing)}, and ${first} said yes.`,
        ]),
      );
    } else if (count + change <= 12) {
      count += change;
      lines.push(
        pick(random, [
          `${second} brought ${counted(change, thing)} more.`,
          `${first} found ${counted(change, thing)} under ${withArticle(other.noun)}.`,
          `For ${withArticle(other.noun)}, ${first} got ${counted(change, thing)} from ${second}.`,
        ]),
      );
    }
  }
  lines.push(`How many ${pluralOf(thing.noun)} did ${first} have now?`);
  lines.push(`${first} had ${counted(count, thing)}.`);
  return lines.join(" ");
}

function definitions(random: Random): string {
  return pickSome(random, THINGS, 3)
    .map((kind) => {
      const use = /\bit\b/.test(kind.use) ? kind.use : `${kind.use} with it`;
      return `What is ${withArticle(kind.noun)}?\n${capitalised(withArticle(kind.noun))} is made of ${kind.material}. You can ${use}. Often it is ${kind.found}.`;
    })
    .join("\n");
}

const WRITERS: readonly Writer[] = [
  opposites,
  plurals,
  pasts,
  sorting,
  counting,
  counting,
  counting,
  definitions,
];

/** One exercise. */
export const wordsDocument: Writer = (random) => pick(random, WRITERS)(random);
