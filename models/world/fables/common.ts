/** Steps that many fables share. */
import type { Step } from "./fable.ts";

/** Before a first sentence: who the hero is. */
export const ONCE: Step = [
  "Once upon a time, there [live/s] {a h}.",
  "Once upon a time, there [be/s] {a h}.",
  "Once upon a time, there [be/s] {a h} who [live/s] {where}.",
  "{where}, there once [live/s] {a h}.",
  "Once upon a time there [be/s] {a h}, and everyone [like/s] {h.o}.",
  "Long ago, {a h} [live/s] {where}.",
  "There once [be/s] {a h} who [live/s] {where}.",
];

/** The same for somebody with a title, as "Grandpa Otto". */
export const TITLED = "Once upon a time, {h} [live] {where}.";

/** Who somebody with a title is. */
export const TITLED_WHO: Step = [
  "{h} [be] {a h.trait} {h.kind}, and {h} [live] {where}.",
  "{h} [be] {a h.kind} with (grey|white|curly|short) hair and kind eyes.",
  "{h} [be] {a h.trait} {h.kind} with big, warm hands.",
  "{h} [be] {a h.kind} who [like/s] (tea|birds|old songs|soup) and a good joke.",
  "Everybody [know/s] {h.o}. {h} [be] {a h.trait} {h.kind}.",
];

/** The same for a grandmother or a grandfather. */
export const OLD_WHO: Step = [
  "{h} [be] an old {h.kind}, and {h} [live] {where}.",
  "{h} [be] an old {h.kind} with (white|grey|long) hair and kind eyes.",
  "{h} [be] a (kind|quiet|busy|cheerful) old {h.kind}.",
  "{h} [be] an old {h.kind}, but {h} [have] a young heart.",
  "{h} [be] an old {h.kind} who [can] do many things.",
];

/** Who the hero is, or how the day is, after the first sentence. */
export const WHO: Step = [
  "{h} [live] {where}.",
  "{h} [be] {a h.trait} {h.kind}, and {h} [live] {where}.",
  "{h} [be] {h.trait}, but that [not help/s] now.",
  "It [be/s] a (quiet|cold|warm|grey|bright) day.",
  "{sky}.",
];

export const WHERE: readonly string[] = [
  "near the woods",
  "by the river",
  "on a green hill",
  "in a small house",
  "at the edge of the village",
  "in a yellow house",
  "near the sea",
  "behind the mill",
  "in a narrow street",
  "beside an old bridge",
  "on a farm",
  "near the lake",
];

/** The last sentence of a story that ends in the evening. */
export const NIGHT: Step = [
  "That night, {h} [sleep] well.",
  "In the evening, {h} [go] to bed with a smile.",
  "{h} [be] very happy.",
  "It [be/s] a good day for {h.o}.",
  "And when the moon [rise/s], {h} [sleep] already.",
  "{h} never [forget] that day.",
  "That evening, {h} [tell] the whole story at home.",
];

/** The same for two. */
export const NIGHT_OF_TWO: Step = [
  "That night, {h+f} [sleep/p] well.",
  "{h+f} never [forget/p] that day.",
  "In the evening, {h+f} [tell/p] the whole story at home.",
  "And when the moon [rise/s], {h+f} [sleep/p] already.",
  "{h+f} [be/p] tired and very happy.",
];

/** The last sentence of a story about two. */
export const FRIENDS: Step = [
  "From that day on, {h+f} [be/p] friends.",
  "{h+f} [stay/p] friends for a long time.",
  "{h+f} [laugh/p], and they [be/p] friends from then on.",
  "And {h+f} [meet/p] every day after that.",
  "{h+f} [walk/p] home together.",
  "In the evening, {h+f} [sit/p] side by side and [look/p] at the stars.",
];
