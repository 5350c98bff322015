/** A fable about a birthday that everyone seems to forget. */
import { NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const birthday: Fable = {
  name: "a birthday",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { place: "behind the house", gift: "a ball with stars on it" },
    { place: "in the barn", gift: "a little drum" },
    { place: "under the big tree", gift: "a warm green scarf" },
    { place: "in the kitchen", gift: "a box of paints" },
    { place: "in the meadow", gift: "a paper kite" },
    { place: "in the old mill", gift: "a wooden horse" },
    { place: "by the pond", gift: "a small boat with a white sail" },
  ],
  opens: [
    "It [be/s] {h.called}'s birthday, and nobody [say/s] a word about it.",
    "{h.called} [wake] up early, because it [be/s] {h.s} birthday.",
    "That day {h.called} [be] a year older.",
    "<h: Today is my birthday!>",
    "{a h} [have/s] a birthday on the first day of (spring|summer|autumn|winter).",
    "{h.called} [have] a birthday, but no one [seem/s] to know it.",
  ],
  paragraphs: [
    [
      [
        "{h} [look] on the table, but there [be/s] no present.",
        "No one [sing/s] for {h.o}.",
        "At breakfast, everything [be/s] as on any other day.",
      ],
      [
        "{h} [go] to {f.o}. <f/h: I have no time today, {h.n}.>",
        "{h} [meet] {f.o}, but {f} only [hurry/s] past with a big basket.",
        "<h/f: Do you know what day it is?> <f/h: Of course. It is Friday.>",
      ],
      [
        "<h: They all forgot me.>",
        "{h} [be] sad and [sit] down on the steps.",
        "{h} [walk] home slowly and [look] at the ground.",
      ],
    ],
    [
      [
        "In the afternoon, {h} [hear] a noise {place}.",
        "Then there [be/s] a whisper {place}.",
        "When it [get/s] dark, {h} [see] a light {place}.",
      ],
      ["{h} [go] closer, step by step.", "<h: Who is there?>", "{h} [want] to know what it [be/s]."],
      [
        "<f/h: Surprise! Happy birthday, {h.n}!>",
        "There [be/p] {f} and all the others. <f/h: Happy birthday!>",
        "Everybody [jump/s] up and [sing/s]. <f/h: Did you think that we forgot you?>",
      ],
    ],
    [
      [
        "There [be/s] a cake with (five|six|seven) candles.",
        "On a long table [stand/s] a big cake.",
        "The cake [be/s] round and sweet, and there [be/s] enough for all.",
      ],
      [
        "{f} [give/s] {h.o} {gift}.",
        "In a box [lie/s] {gift}. It [be/s] from {f.o}.",
        "<f/h: This is for you.> It [be/s] {gift}.",
      ],
      [
        "<h/f: I thought that nobody knew!> <f/h: We only wanted to surprise you.>",
        "<h/f: This is the best birthday of my life!>",
        "{h} [close] {h.s} eyes and [make] a wish.",
      ],
    ],
    [
      [
        "They [dance/p] and [play/p] until the stars [come/p] out.",
        "<h: And tomorrow there is still some cake left.>",
        "Nobody [be/s] ever happier on a birthday.",
        ...NIGHT,
      ],
    ],
  ],
};
