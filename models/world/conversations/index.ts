/** Whole conversations, from parts. */
import type { Random } from "../../../src/base/index.ts";
import { chance, pick, pickWeighted } from "../grammar/choose.ts";
import { orderedStory } from "../orders/index.ts";
import { asTyped, type Exchange, type Message, type Part } from "./conversation.ts";
import { contradiction } from "./corrections.ts";
import { identity } from "./identity.ts";
import { farewell, greeting, thanks } from "./manners.ts";
import { aboutStory, order } from "./stories.ts";
import { tale } from "./tales.ts";
import { correction, recall } from "./told.ts";
import { unknown } from "./unknown.ts";
import { words } from "./words.ts";

export type { Message } from "./conversation.ts";

/** Parts of the middle of a conversation, and how often each is drawn. */
const MIDDLE: readonly (readonly [part: Part, weight: number])[] = [
  [order, 7],
  [aboutStory, 7],
  [tale, 20],
  [recall, 16],
  [correction, 5],
  [contradiction, 12],
  [unknown, 10],
  [words, 16],
  [identity, 9],
  [greeting, 4],
];
/** Short parts that stand alone, and how often each is drawn: most of what is asked of words takes many examples. */
const ALONE: readonly (readonly [part: Part, weight: number])[] = [
  [words, 34],
  [tale, 28],
  [recall, 15],
  [contradiction, 6],
  [correction, 4],
  [identity, 5],
  [unknown, 5],
  [greeting, 3],
  [thanks, 1.5],
  [farewell, 2],
];

const SYSTEMS = [
  "You are Cria, a small and friendly storyteller.",
  "You are a helpful assistant.",
  "Answer briefly.",
  "You talk to a child. Be kind and simple.",
];

/** Puts the exchanges of one part between those of another, in order. */
function interleaved(random: Random, outer: readonly Exchange[], inner: readonly Exchange[]): Exchange[] {
  const at = 1 + random.below(Math.max(1, outer.length - 1));
  return [...outer.slice(0, at), ...inner, ...outer.slice(at)];
}

/** Parts whose exchanges are far apart in a real conversation. */
const SPREAD: ReadonlySet<Part> = new Set<Part>([recall, correction, contradiction]);

export function conversation(random: Random): readonly Message[] {
  const exchanges: Exchange[] = [];
  if (chance(random, 0.3)) exchanges.push(...greeting(random));
  const parts = 1 + random.below(3);
  for (let i = 0; i < parts; i++) {
    const part = pickWeighted(random, MIDDLE);
    const own = part(random);
    const between = pick(random, [words, identity, unknown, greeting, tale])(random).slice(0, 1);
    exchanges.push(...(SPREAD.has(part) && chance(random, 0.5) ? interleaved(random, own, between) : own));
  }
  if (chance(random, 0.2)) exchanges.push(...thanks(random));
  if (chance(random, 0.15)) exchanges.push(...farewell(random));
  const system: Message[] = chance(random, 0.15) ? [{ role: "system", content: pick(random, SYSTEMS) }] : [];
  return [...system, ...messagesOf(random, exchanges)];
}

/** Parts of a chat of many short turns, and how often each is drawn. */
const TURNS: readonly (readonly [part: Part, weight: number])[] = [
  [words, 26],
  [recall, 20],
  [identity, 16],
  [tale, 9],
  [unknown, 9],
  [told, 9],
  [correction, 3],
  [contradiction, 3],
  [greeting, 3],
  [thanks, 4],
];

const MORE = [
  "Another one, please.",
  "One more story!",
  "Tell me another story.",
  "Again, another story.",
  "And another?",
];
const ANY = ["Tell me a story.", "I want a story.", "Please tell me something.", "A story, please!"];

/** A story to order, or any; one may follow another. */
function told(random: Random): readonly Exchange[] {
  const { order: asked, story } = orderedStory(random);
  const first: Exchange = [chance(random, 0.15) ? pick(random, ANY) : asked, story];
  return chance(random, 0.2) ? [first, [pick(random, MORE), orderedStory(random).story]] : [first];
}

/** Many short turns, as somebody tries the assistant out: a greeting, this and that, a farewell. */
export function chatter(random: Random): readonly Message[] {
  const exchanges: Exchange[] = chance(random, 0.7) ? [...greeting(random)] : [];
  const count = 5 + random.below(6);
  let later: Exchange | undefined;
  while (exchanges.length < count) {
    const part = pickWeighted(random, TURNS);
    // Only one thing at a time is asked for later, so that nothing told in between changes the answer.
    if (SPREAD.has(part) && later !== undefined) continue;
    const own = [...part(random)];
    if (SPREAD.has(part) && chance(random, 0.6)) later = own.pop();
    exchanges.push(...own);
    if (later === undefined || chance(random, 0.6)) continue;
    exchanges.push(later);
    later = undefined;
  }
  if (later !== undefined) exchanges.push(later);
  if (chance(random, 0.5)) exchanges.push(...farewell(random));
  const system: Message[] = chance(random, 0.1) ? [{ role: "system", content: pick(random, SYSTEMS) }] : [];
  return [...system, ...messagesOf(random, exchanges)];
}

/** One short part alone. */
export function drill(random: Random): readonly Message[] {
  return messagesOf(random, pickWeighted(random, ALONE)(random));
}

const messagesOf = (random: Random, exchanges: readonly Exchange[]): Message[] =>
  exchanges.flatMap(([said, answer, isWrong]): Message[] => [
    { role: "user", content: asTyped(random, said) },
    { role: "assistant", content: answer, ...(isWrong ? { weight: 0 } : {}) },
  ]);
