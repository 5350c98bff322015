/** Sentences to make and to shorten. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { HOBBIES, TRAITS } from "../data/words.ts";
import { pick } from "../grammar/choose.ts";
import type { Exchange } from "./conversation.ts";
import { oneOf } from "./lists.ts";
import { fillSlots } from "./slots.ts";

/* A long sentence, and the same in fewer words. */
const SHORTENED: readonly (readonly [long: string, short: string])[] = [
  ["{An s k}, which lived near the {l}, wanted to {v} all day long.", "The {k} wanted to {v}."],
  ["There was once {an s k} that liked nothing better than to {v}.", "The {s} {k} liked to {v}."],
  ["{a} and also {b} went together to the {l}, because they liked it there.", "{a} and {b} went to the {l}."],
  ["The {t}, which was made of {m}, fell down and broke into many pieces.", "The {t} broke."],
  ["Because it was so late, {a} went home and did not {v} any more.", "{a} went home."],
  ["{a}, who was always very {s}, gave the {c} {t} to {b} as a present.", "{a} gave {b} the {t}."],
  ["In the early morning of {d}, before the sun came up, {a} found {an t}.", "{a} found {an t}."],
  ["The {k} that belongs to {a} is {s} and likes to sleep in {an h}.", "The {s} {k} sleeps in {an h}."],
];
const SHORTER = [
  "Make this shorter: {s}",
  "Say it in fewer words: {s}",
  "Shorten this sentence: {s}",
  "{s} Say that in a short way.",
];

const SENTENCES = [
  "I see {an t}.",
  "Where did you put the {t}?",
  "She gave me {an t} for my birthday.",
  "The {t} lay under the table.",
  "{a} has {an t} at home.",
  "Yesterday I found {an t} {p}.",
  "The {k} played with {an t}.",
  "My {r} took the {t} to the {l}.",
];
const MAKE = [
  "Write a sentence with {t}.",
  "Use the word {t} in a sentence.",
  "I need a sentence with the word {t}.",
  "Say a sentence that has {t} in it.",
  "Put the word {t} into a sentence.",
];

function values(random: Random): Readonly<Record<string, string>> {
  return {
    k: pick(random, ANIMALS).kind,
    s: pick(random, TRAITS),
    v: pick(random, HOBBIES),
    a: oneOf(random, "names"),
    b: oneOf(random, "names"),
    c: oneOf(random, "colours"),
    d: oneOf(random, "days"),
    h: oneOf(random, "hidden"),
    l: oneOf(random, "places"),
    m: oneOf(random, "materials"),
    p: oneOf(random, "spots"),
    r: oneOf(random, "people"),
    t: oneOf(random, "things"),
  };
}

export function shortened(random: Random): Exchange {
  const filled = values(random);
  const [long, short] = pick(random, SHORTENED);
  return [pick(random, SHORTER).replace("{s}", () => fillSlots(long, filled)), fillSlots(short, filled)];
}

export function madeSentence(random: Random): Exchange {
  const filled = values(random);
  return [fillSlots(pick(random, MAKE), filled), fillSlots(pick(random, SENTENCES), filled)];
}
