/** What the user tells of himself, asks for later, and corrects. */
import type { Random } from "../../../src/base/index.ts";
import { chance, pick, shuffled } from "../grammar/choose.ts";
import type { Exchange } from "./conversation.ts";
import { FACTS, type Fact } from "./facts.ts";
import { oneOf, twoOf } from "./lists.ts";
import { fillSlots } from "./slots.ts";

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

interface Drawn {
  readonly fact: Fact;
  readonly x: string;
  readonly other: string;
  readonly y: string;
}

function draw(random: Random): Drawn {
  const fact = pick(random, FACTS);
  const [x, other] = twoOf(random, fact.x);
  return { fact, x, other, y: fact.y === undefined ? "" : oneOf(random, fact.y) };
}

const say = (random: Random, texts: readonly string[], x: string, y: string) =>
  fillSlots(pick(random, texts), { x, y });

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
  const right = fillSlots(text, { x, y });
  return [
    [fillSlots(text, { x: other, y }), pick(random, ACCEPTS)],
    [pick(random, NO).replace("{s}", right), pick(random, SORRY)],
    [say(random, fact.asks, x, y), say(random, fact.answers, x, y)],
  ];
}
