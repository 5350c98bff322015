/** Fables about any thing of the tables: for stories to order. They are not in the story model's text. */
import { FRIENDS, NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

const usefulFind: Fable = {
  name: "a find that nobody knows",
  hero: ["animal", "child"],
  cast: { f: "friend", t: "thing" },
  opens: [
    "{h.called} [find] {a t.full}.",
    "One day, {a h} [find/s] {a t.full} by the road.",
    "{a h} [find/s] {a t.full} and [not know/s] what it [be/s] good for.",
    "There [lie/s] {a t.full} in the grass, and {h.called} [see] it first.",
  ],
  paragraphs: [
    [
      [
        "{h} [turn] the {t.noun} over and over.",
        "<h: What is that?>",
        "{h} never [see] {a t.noun} before.",
        "",
      ],
    ],
    [
      [
        "{h} [show] the {t.noun} to {f.o}. <h/f: Do you know what this is?>",
        "{f} [come/s] along and [see/s] the {t.noun}.",
        "<h/f: Look what I have found!>",
      ],
      [
        "<f/h: That is {a t.noun}. One can {t.use}.>",
        "<f/h: I know it. It is {a t.noun}, and I can show you how to {t.use}.>",
        "{f} [laugh/s]. <f/h: You can {t.use}!>",
      ],
      [
        "They [try/p] it at once, and it [work/s].",
        "First {f} [show/s] it, and then {h} [try].",
        "All afternoon they [do/p] nothing else.",
      ],
    ],
    [
      [
        "<h/f: Let us share it. One day you have it, and one day I do.>",
        "<f/h: Will you lend me the {t.noun}?> <h/f: It belongs to both of us now.>",
        "{h} [keep] the {t.noun} in a safe place, and {f} [can] use it too.",
      ],
      FRIENDS,
    ],
  ],
};

const given: Fable = {
  name: "giving something away",
  hero: ["animal", "child", "grown"],
  cast: { f: "animal", t: "thing" },
  opens: [
    "{h.called} [have] {a t.full}.",
    "There once [be/s] {a h} who [have/s] {a t.full}.",
    "{h.called} [love] {h.s} {t.noun} more than anything else.",
    "{a h} [get/s] {a t.full} as a present.",
  ],
  paragraphs: [
    [
      [
        "Every day, {h} [take] the {t.noun} along.",
        "There [be/s] no better {t.noun} far and wide.",
        "{h} never [lend] it to anybody.",
        "The {t.noun} [be/s] old, but {h} [like] it.",
      ],
    ],
    [
      [
        "One day, {h} [meet] {a f} who [look/s] sad.",
        "Then {a f} [come/s] by and [look/s] at the {t.noun}.",
        "On the way home, {h} [see] {a f} under a tree.",
      ],
      [
        "<f/h: I always wanted {a t.noun}, but I have none.>",
        "<f/h: What a fine {t.noun}! I had one like that, but I lost it.>",
        "<h/f: What is wrong?> <f/h: Everybody has {a t.noun}, only I have nothing.>",
      ],
      [
        "{h} [think] about it for a long time.",
        "{h} [hold] the {t.noun} tight. Then {h} [look] at {f.o}.",
        "It [be/s] not easy for {h.o}.",
        "",
      ],
      [
        "<h/f: Take it. I have had it long enough.>",
        "Then {h} [give] the {t.noun} to {f.o}. <h/f: It is yours now.>",
        "<h/f: You need it more than I do.> And {h} [give] it away.",
      ],
    ],
    [
      [
        "{f} [jump/s] for joy. <f/h: Thank you, {h.n}!>",
        "{f} [not can] believe it and [smile/s] for the first time.",
        "<f/h: I will take good care of it.>",
      ],
      [
        "{h} [go] home without the {t.noun}, but with a warm heart.",
        "Now they [use/p] the {t.noun} together.",
        ...FRIENDS,
      ],
    ],
  ],
};

const gone: Fable = {
  name: "something gone",
  hero: ["animal", "child"],
  cast: { f: "friend", t: "thing", u: "thing" },
  rows: [
    { wrong: "under the bed", right: "behind the door" },
    { wrong: "in the basket", right: "in the garden, under a bush" },
    { wrong: "on the shelf", right: "in the pocket of an old coat" },
    { wrong: "in the kitchen", right: "on the steps" },
    { wrong: "behind the house", right: "in a box with old letters" },
  ],
  opens: [
    "{h.called} [look] for {h.s} {t.noun}.",
    "One morning, {h.s} {t.noun} [be/s] gone.",
    "{a h} [have/s] {a t.full}, but one day it [be/s] gone.",
    "{h.called} [lose] {h.s} {t.noun}.",
  ],
  paragraphs: [
    [
      [
        "{h} [look] {wrong}. There [be/s] only {a u.noun}.",
        "First {h} [find] {a u.noun}, but not the {t.noun}.",
        "<h: Where can it be?>",
      ],
    ],
    [
      [
        "{f} [come/s] to help. <f/h: What does the {t.noun} look like?> <h/f: It is {t.look}.>",
        "<h/f: Have you seen my {t.noun}?> <f/h: No, but four eyes see more than two.>",
        "{f} [see/s] that {h} [be] sad. <f/h: I will help you.>",
      ],
      [
        "They [look/p] {wrong}, and they [look/p] outside.",
        "Together they [search/p] every corner.",
        "They [not give/p] up.",
      ],
      [
        "And there it [be/s], {right}!",
        "Then {f} [find/s] the {t.noun} {right}.",
        "At last {h} [see] the {t.noun} {right}.",
      ],
    ],
    [
      [
        "<h/f: My {t.noun}! Thank you, {f.n}!>",
        "{h} [hold] the {t.noun} up high and [dance].",
        "<h/f: Now I will take better care of it.>",
      ],
      [...FRIENDS, ...NIGHT],
    ],
  ],
};

const made: Fable = {
  name: "something made",
  hero: ["animal", "child", "grown"],
  cast: { f: "friend", t: "thing" },
  opens: [
    "{h.called} [want] to have {a t.noun}.",
    "{h.called} [dream] of {a t.full}.",
    "There once [be/s] {a h} who [want/s] {a t.noun}.",
    "{a h} [want/s] {a t.noun}, but {a t.noun} [cost/s] a lot of money.",
  ],
  paragraphs: [
    [
      [
        "But there [be/s] no money for it.",
        "In the shop there [be/s] none.",
        "{h} [think] of it day and night.",
        "",
      ],
    ],
    [
      [
        "<f/h: Then make one yourself!>",
        "{f} [say/s] that one [can] make {a t.noun} out of {t.material}.",
        "{f} [have/s] an idea. <f/h: You can make one.>",
      ],
      [
        "So {h} [look] for {t.material}.",
        "{h} [get] some {t.material} and [begin].",
        "{f} [bring/s] some {t.material}, and {h} [begin].",
      ],
      [
        "The first one [fall/s] apart. {h} [begin] again.",
        "It [be/s] hard work.",
        "{h} [work] for three days.",
      ],
      [
        "In the end, there [be/s] {a t.full}.",
        "Then the {t.noun} [be/s] ready.",
        "And on the third day, {h} [have] {a t.full}!",
      ],
    ],
    [
      [
        "<f/h: It is better than the ones in the shop.>",
        "{h} [be] proud, because {h} [make] it {h.self}.",
        "<h/f: Without you, I would never have tried.>",
      ],
      [...FRIENDS, ...NIGHT],
    ],
  ],
};

export const THING_FABLES: readonly Fable[] = [usefulFind, given, gone, made];
