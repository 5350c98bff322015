/** A fable about somebody who wants to do what was easy before, and it does not come. */
import { FRIENDS } from "./common.ts";
import type { Fable } from "./fable.ts";

export const abilityGone: Fable = {
  name: "an ability that is gone",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    {
      x: "sing",
      not: "{h.s} voice [be/s] gone",
      why: "You have a cold, and your voice has to rest",
      cure: "{f} [make/s] a cup of warm tea with honey",
      back: "{h.s} voice [come/s] back, clear as a bell",
    },
    {
      x: "sing",
      not: "there [be/s] not one tone",
      why: "You got a fright, and the song is hiding",
      cure: "{f} [begin/s] to hum, and {h} [hum] along",
      back: "the hum [become/s] a song",
    },
    {
      x: "sing",
      not: "only a tiny squeak [come/s]",
      why: "You have dust in your throat",
      cure: "{f} [bring/s] a glass of cool water",
      back: "the squeak [become/s] a clear, high tone",
    },
    {
      x: "sing for everyone",
      not: "{h} [be] too shy",
      why: "You are shy, because they all look at you",
      cure: "{f} [stand/s] beside {h.o} and [sing/s] the first line",
      back: "{h} [sing] too, first softly and then aloud",
    },
    {
      x: "whistle",
      not: "there [be/s] only air",
      why: "Your lips are dry from the cold wind",
      cure: "{f} [give/s] {h.o} a juicy pear",
      back: "a long, bright whistle [fly/s] over the roofs",
    },
    {
      x: "laugh",
      not: "{h} [not can] even smile",
      why: "You are sad today, and that can happen",
      cure: "{f} [make/s] a face like a fish and then one like a frog",
      back: "{h} [laugh] until {h.s} tummy [hurt/s]",
    },
    {
      x: "dance",
      not: "{h.s} feet [not move/p]",
      why: "You are shy, because everybody is looking",
      cure: "{f} [close/s] the curtain and [take/s] {h.s} hand",
      back: "{h.s} feet [begin/p] to hop all by themselves",
    },
    {
      x: "sleep",
      not: "{h.s} eyes [stay/p] wide open",
      why: "A bad dream gave you a fright",
      cure: "{f} [light/s] a small lamp and [tell/s] a long, slow story",
      back: "{h.s} eyes [become/p] heavy, and {h} [sleep] until noon",
    },
    {
      x: "play the trumpet",
      not: "it only [cough/s]",
      why: "There is dust in your trumpet",
      cure: "{f} [clean/s] the trumpet with a soft cloth",
      back: "the trumpet [sound/s] like the morning sun",
    },
    {
      x: "tell a story",
      not: "all the words [be/p] gone",
      why: "You want to be too good, and that frightens the words",
      cure: "{f} [begin/s] a story about a silly goose, and {h} [listen]",
      back: "the words [come/p] back, one after the other",
    },
  ],
  opens: [
    "{h.called} [want] to {x}, but {not}.",
    "One morning, {h.called} [want] to {x}, but {not}.",
    "As on every day, {h.called} [want] to {x}, but {not}.",
    "{a h} [want/s] to {x}, but {not}.",
    "Every day {h.called} [like] to {x}. But then, one morning, {not}.",
    "{h.called} [try] to {x}, but {not}.",
    "<h: I want to {x}, and I cannot!>",
  ],
  paragraphs: [
    [
      [
        "{h} [try] it again, and again nothing [come/s].",
        "The day before, it [be/s] so easy!",
        "{h} [not understand] it.",
        "{h} [take] a deep breath and [try] once more. It [not help/s].",
      ],
      ["{h} [sit] down in a corner and [be] sad.", "The others [wait/p], and {h} [run] away.", ""],
    ],
    [
      [
        "{f} [come/s] and [sit/s] down beside {h.o}.",
        "{f} [see/s] it. <f/h: What is the matter, {h.n}?>",
        "{h} [go] to {f.o} for help.",
      ],
      [
        "<h/f: I want to {x}, but it does not come.>",
        "<h/f: I cannot {x} any more.>",
        "<h/f: What shall I do? Today I cannot {x}.>",
      ],
      [
        "<f/h: I think I know it. {why}.>",
        "<f/h: Do not worry. {why}.>",
        "{f} [look/s] at {h.o} for a while. <f/h: {why}.>",
      ],
    ],
    [
      ["So {cure}.", "Then {cure}.", "And {cure}."],
      [
        "<f/h: Do not hurry. It will come back.>",
        "They [wait/p] for a while.",
        "<f/h: And now try it again, very gently.>",
        "",
      ],
      ["First nothing [happen/s]. Then {back}!", "And what [happen/s]? {back}!", "Soon {back}."],
      [
        "<h/f: I can {x} again!>",
        "<h/f: Now it is easy again! Thank you, {f.n}!>",
        "{h} [be] so glad that {h} [hug] {f.o}.",
      ],
    ],
    [
      [
        "Now {h} [can] {x} as well as before.",
        "<f/h: You see, it was never far away.>",
        "Since then, {h} [know] that some things only [need/p] a little time.",
        ...FRIENDS,
      ],
    ],
  ],
};
