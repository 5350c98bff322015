/** Fables about lies, things that belong to others, and greed. */
import { FRIENDS, NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const lie: Fable = {
  name: "a lie",
  hero: ["child", "animal"],
  cast: { f: "elder" },
  rows: [
    { deed: "I broke the blue cup", broke: "the blue cup [be/s] broken", who: "the cat did it" },
    { deed: "I ate the last cookie", broke: "the last cookie [be/s] gone", who: "a mouse took it" },
    { deed: "I lost the key", broke: "the key [be/s] gone", who: "a bird carried it away" },
    { deed: "I spilled the milk", broke: "there [be/s] milk on the floor", who: "the wind did it" },
    { deed: "I tore the curtain", broke: "the curtain [be/s] torn", who: "it was always like that" },
    { deed: "I picked the flowers", broke: "the flowers [be/p] gone", who: "a goat ate them" },
    { deed: "I broke the window", broke: "the window [be/s] broken", who: "a stranger did it" },
    { deed: "I ate the pie", broke: "the plate of pie [be/s] empty", who: "the dog ate it" },
    {
      deed: "I forgot to close the gate",
      broke: "the gate [be/s] open and the hens [be/p] gone",
      who: "the wind opened it",
    },
    { deed: "I drew on the wall", broke: "there [be/s] a red line on the wall", who: "it was there before" },
  ],
  opens: [
    "{h.called} [tell] a lie, and now it [feel/s] bad.",
    "{h.called} [tell] a lie, and after that {h} [be] sad.",
    "{h.called} [say] something that [be/s] not true.",
    "One day, {h.called} [tell] a lie.",
    "There once [be/s] {a h} who [tell/s] a lie.",
    "{h.called} [not tell] the truth, and now {h} [not can] sleep.",
    "{h.called} [have] a bad secret.",
  ],
  paragraphs: [
    [
      [
        "It [begin/s] in the morning. {f} [see/s] that {broke}.",
        "That morning, {f} [see/s] that {broke}.",
        "It [be/s] like this: {broke}, and {f} [be/s] angry.",
      ],
      ["<f/h: Who did this?>", "<f/h: Do you know how that happened?>", "<f/h: Was it you, {h.n}?>"],
      [
        "<h/f: I think {who}.>",
        "{h} [shake] {h.s} head. <h/f: No, {who}.>",
        "<h/f: It was not me. I am sure that {who}.>",
      ],
    ],
    [
      [
        "All day, {h} [think] of the lie.",
        "{h} [not can] eat and [not want] to play.",
        "At noon {h} [be] not hungry.",
        "The lie [be/s] heavy like a stone.",
      ],
      [
        "It [grow/s] and [grow/s].",
        "{h} [look] at the floor when {f} [come/s] in.",
        "When {f} [smile/s] at {h.o}, it [become/s] even worse.",
        "",
      ],
      [
        "In the evening, {h} [go] to {f.o}.",
        "At last, {h} [stand] up.",
        "Then {h} [not can] bear it any more.",
      ],
      [
        "<h/f: I told a lie. {deed}. I am sorry.>",
        "<h/f: It was me. {deed}.>",
        "<h/f: I have to tell you the truth. {deed}.>",
      ],
    ],
    [
      [
        "{f} [be/s] quiet for a moment.",
        "{f} [look/s] at {h.o} for a long time.",
        "{f} [sit/s] down beside {h.o}.",
        "",
      ],
      [
        "<f/h: Thank you for the truth. That was brave.>",
        "<f/h: I am glad that you told me. I forgive you.>",
        "<f/h: Anyone can make a mistake. But do not lie to me again.>",
      ],
      [
        "{h} [hug] {f.o}, and the bad feeling [be/s] gone.",
        "All at once, {h} [feel] as light as a feather.",
        "Then they [eat/p] supper together, and {h} [be] hungry again.",
      ],
      ["", "Since then, {h} [tell] the truth.", "After all, the truth [be/s] easier than a lie.", ...NIGHT],
    ],
  ],
};

export const owner: Fable = {
  name: "something found that belongs to somebody",
  who: true,
  hero: ["animal", "child"],
  cast: { f: "animal", t: "thing" },
  rows: [
    { near: "near the bridge", gift: "a warm pair of socks" },
    { near: "near the mill", gift: "a piece of cake" },
    { near: "by the well", gift: "a jar of honey" },
    { near: "on the path to the lake", gift: "a song" },
    { near: "under the big oak", gift: "a green marble" },
    { near: "beside the stream", gift: "a ride through the village" },
    { near: "behind the barn", gift: "a bag of nuts" },
    { near: "at the edge of the woods", gift: "a cup of cocoa" },
    { near: "in the long grass", gift: "two ripe pears" },
    { near: "on the beach", gift: "a bowl of soup" },
  ],
  opens: [
    "{h.called} [find] {a t.full} {near}.",
    "{a h} [find/s] {a t.full} {near}.",
    "One day, {a h} [find/s] {a t.full} {near}.",
    "One day, {h.called} [find] {a t.full} {near}.",
    "{near} [lie/s] {a t.full}, and {h.called} [pick] it up.",
  ],
  paragraphs: [
    [
      [
        "It [be/s] the finest {t.full} far and wide.",
        "<h: What a fine {t.full}!>",
        "<h: {a t.full}! I will keep it.>",
        "{h} [be] very proud of it.",
        "<h: Now it is mine!>",
      ],
      [
        "{h} [carry] the {t.noun} around all day.",
        "{h} [show] the {t.noun} to everyone.",
        "{h} [look] at the {t.noun} from all sides.",
        "",
      ],
    ],
    [
      [
        "Then {h} [meet] {a f}, who [look/s] at the ground and [cry/s].",
        "On the way home, {h} [see] {a f}. {f} [search/s] for something.",
        "Near the bridge [sit/s] {a f} with a sad face.",
      ],
      ["<h/f: What is wrong?>", "<h/f: Have you lost something?>", "<h/f: Why do you cry?>"],
      [
        "<f/h: I have lost my {t.full}.>",
        "<f/h: I was {near}, and there I lost my {t.full}.>",
        "<f/h: My {t.full} is gone! I have had it since I was small.>",
        "<f/h: I cannot find my {t.full} anywhere.>",
      ],
    ],
    [
      [
        "{h} [think] of the {t.full}.",
        "{h} [be] quiet. It [be/s] such a fine {t.noun}!",
        "{h} [not want] to give the {t.noun} away. But {f} [look/s] so sad.",
      ],
      [
        "<h/f: Is this your {t.noun}?>",
        "Then {h} [hold] it out. <h/f: I found this {t.full}. It is yours.>",
        "<h/f: Here is your {t.full}. I found it {near}.>",
      ],
      [
        "<f/h: My {t.noun}! Thank you, thank you!>",
        "{f} [take/s] the {t.noun} and [jump/s] for joy.",
        "<f/h: You are honest. Thank you, {h.n}.>",
      ],
      [
        "To say thank you, {f} [give/s] {h.o} {gift}.",
        "And {h} [get] {gift} for it.",
        "{f} [have/s] nothing but {gift}, and {h} [get] it.",
      ],
    ],
    [
      [
        "{h} [like] that even better than the {t.noun}.",
        "Giving the {t.noun} back [feel/s] better than keeping it.",
        ...FRIENDS,
      ],
    ],
  ],
};

export const mystery: Fable = {
  name: "who ate it",
  hero: ["animal", "child"],
  cast: { f: "friend", g: "sibling" },
  rows: [
    { food: "pie", clue: "crumbs on {g.s} chin" },
    { food: "cake", clue: "cream on {g.s} nose" },
    { food: "soup", clue: "a wet spoon in {g.s} hand" },
    { food: "plum jam", clue: "blue spots on {g.s} shirt" },
    { food: "last pancake", clue: "sugar on {g.s} ears" },
    { food: "honey", clue: "something sticky on {g.s} fingers" },
    { food: "big pear", clue: "a pear seed on {g.s} sleeve" },
    { food: "bread", clue: "flour on {g.s} face" },
  ],
  opens: [
    "<h: Who took my {food}?>",
    "<h: My {food} is gone!>",
    "The {food} [be/s] gone, and {h.called} [want] to know who [eat/s] it.",
    "{h.called} [look] at the empty plate.",
    "One morning, {h.s} {food} [be/s] gone.",
  ],
  paragraphs: [
    [
      [
        "The plate [be/s] empty.",
        "On the table [lie/s] only a crumb.",
        "The {food} [be/s] for the evening.",
        "{h} [be] very angry.",
      ],
      ["{h} [want] to find out.", "<h: I will find out!>", "{h} [look] for traces."],
    ],
    [
      [
        "First {h} [ask] {f}. <f/h: It was not me. I slept all morning.>",
        "{h} [go] to {f.o}. <h/f: Did you eat my {food}?> <f/h: No. I do not even like it.>",
        "<h/f: Was it you, {f.n}?> <f/h: No, but I will help you.>",
      ],
      [
        "Then {h} [see] {a g} behind the door.",
        "Then {g} [come/s] in.",
        "Only {g} [say/s] nothing and [look/s] at the floor.",
      ],
      ["{h} [see] {clue}.", "{h} [look] closely and [see] {clue}.", "But {h} [notice] {clue}."],
    ],
    [
      [
        "<g/h: It was me. It smelled so good. I am sorry.>",
        "<g/h: I only wanted a bite, and then it was gone. I am sorry, {h.n}.>",
        "{g} [become/s] red. <g/h: I was so hungry.>",
      ],
      [
        "<h/g: You could have asked me. I would have shared it.>",
        "{h} [think] about it. <h/g: Next time, ask me first.>",
        "{h} [want] to be angry, but {h} [have] to laugh.",
      ],
      [
        "<g/h: Let us make a new one together!>",
        "<g/h: I will make you a new one.>",
        "<f: I know what to do. We can make a new one!>",
      ],
    ],
    [
      [
        "In the evening they all [sit/p] at the table, and there [be/s] enough for everyone.",
        "The new one [be/s] even better, and they [share/p] it.",
        "They [eat/p] it together, and nobody [be/s] angry any more.",
        "That evening {h+g} [eat/p] it together.",
      ],
      ["", ...NIGHT],
    ],
  ],
};

export const greedy: Fable = {
  name: "too much",
  who: true,
  hero: ["animal", "child"],
  cast: { f: "friend" },
  rows: [
    {
      what: "nuts",
      where2: "in a hole in the ground",
      lost: "in the night it [rain/s], and all the {what} [swim/p] away",
    },
    { what: "berries", where2: "in a big jar", lost: "after a week, they [be/p] green and [smell/p] bad" },
    {
      what: "cookies",
      where2: "under the bed",
      lost: "in the morning, the ants [carry/p] the last one away",
    },
    { what: "apples", where2: "in the cellar", lost: "in winter, they [be/p] brown and soft" },
    {
      what: "sweets",
      where2: "in a sock",
      lost: "the sun [shine/s] on the sock, and it [become/s] one big lump",
    },
    {
      what: "cherries",
      where2: "in a cap",
      lost: "then the birds [come/p], and soon there [be/p] only stones",
    },
  ],
  opens: [
    "{h.called} [have] so many {what} that {h} [not can] count them.",
    "{h.called} [have] a lot of {what} and [not want] to share.",
    "There once [be/s] {a h} who [not want/s] to share.",
    "{a h} [hide/s] all {h.s} {what} {where2}.",
    "{h.called} [have] more {what} than anyone else.",
  ],
  paragraphs: [
    [
      [
        "<f/h: May I have some of your {what}?> <h/f: No. They are mine!>",
        "{f} [ask/s] for one or two. <h/f: I need them all.>",
        "<f/h: Only one, please.> But {h} [shake] {h.s} head.",
      ],
      ["{f} [go/s] away and [say/s] nothing.", "{f} [be/s] sad and [go/s] home.", ""],
    ],
    [
      [
        "{h} [hide] the {what} {where2}.",
        "So that nobody [find/s] them, {h} [put] the {what} {where2}.",
        "All the {what} [be/p] {where2}, and {h} [sit] in front of it.",
      ],
      [
        "{h} [not eat] a single one, so that there [be/p] always enough.",
        "At night, {h} [not sleep], because somebody [can] come.",
        "{h} [have] no time to play, because {h} [have] to keep watch.",
      ],
      ["But what [happen/s]? {lost}.", "{lost}.", "And then? {lost}."],
    ],
    [
      ["Now {h} [have] nothing.", "{h} [sit] there with empty hands.", "<h: All gone!> {h} [cry]."],
      [
        "{f} [come/s] by. <f/h: I have five. Here are two for you.>",
        "Then {f} [give/s] {h.o} some of {f.s} own.",
        "<f/h: Come and eat with me. I have enough for two.>",
      ],
      [
        "<h/f: But I gave you nothing!> <f/h: That does not matter.>",
        "{h} [be] ashamed. <h/f: I am sorry that I did not share.>",
        "<h/f: You are kinder than I was.>",
      ],
    ],
    [["Since then, {h} [share] everything.", "Together it [taste/s] twice as good.", ...FRIENDS]],
  ],
};
