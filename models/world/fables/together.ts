/** Fables about doing something together. */
import { FRIENDS, NIGHT, NIGHT_OF_TWO } from "./common.ts";
import type { Fable } from "./fable.ts";

export const building: Fable = {
  name: "building together",
  hero: ["child", "animal"],
  cast: { f: "sibling", g: "animal" },
  rows: [
    {
      what: "a castle",
      from: "sand",
      play: "they [play/p] knights and kings",
      end: "a wave [take/s] it away",
    },
    {
      what: "a tower",
      from: "chairs",
      play: "they [look/p] down from the top like birds",
      end: "it [fall/s] down with a crash",
    },
    {
      what: "a ship",
      from: "boxes",
      play: "they [sail/p] to the end of the world and back",
      end: "the rain [make/s] it soft",
    },
    {
      what: "a cave",
      from: "blankets",
      play: "they [sleep/p] in it like bears in winter",
      end: "it [be/s] time for supper",
    },
    {
      what: "a hut",
      from: "branches",
      play: "they [cook/p] soup out of grass and water",
      end: "the wind [blow/s] it over",
    },
    {
      what: "a train",
      from: "old boxes",
      play: "they [travel/p] to the sea and back",
      end: "the last wagon [break/s]",
    },
    {
      what: "a bridge",
      from: "stones",
      play: "they [walk/p] over it a hundred times",
      end: "the stream [carry/s] it away",
    },
    { what: "a house", from: "snow", play: "they [have/p] a party in it", end: "the sun [melt/s] it" },
  ],
  opens: [
    "{h.called} and {f} [make/p] {what} out of {from}.",
    "{h.called} and {f} [want/p] to build {what}.",
    "One morning, {h.called} and {f} [find/p] a lot of {from}.",
    "{h.called} [build] {what} out of {from}, and {f} [help/s].",
  ],
  paragraphs: [
    [
      [
        "{h} [carry] the {from}, and {f} [say/s] where everything [go/s].",
        "<f/h: It must be big enough for both of us.>",
        "It [take/s] all morning.",
        "<h/f: Higher!> <f/h: No, wider!>",
      ],
      ["", "When it [be/s] done, they [be/p] very proud.", "They [paint/p] a sign for it."],
    ],
    [
      [
        "Then {a g} [come/s] and [look/s].",
        "After a while {a g} [come/s] by.",
        "Somebody [knock/s]. It [be/s] {a g}.",
      ],
      ["<g/h: May I play too?>", "<g/h: What is that?> <h/g: It is {what}!>", "<g/h: Is there room for me?>"],
      [
        "<f/g: No, it is only for us.> {g} [be/s] sad.",
        "{f} [shake/s] {f.s} head. <f/g: You are too big.>",
        "At first they [not want/p] that.",
      ],
      [
        "<h/f: We need somebody to keep watch.> So {g} [can] stay.",
        "<h/f: With three it is more fun.> And they [let/p] {g.o} in.",
        "<h/g: Come here. You can be the boss today.>",
      ],
    ],
    [
      [
        "It [be/s] a fine afternoon: {play}.",
        "All three laughed a lot, and {play}.",
        "{play}, all three together.",
      ],
      ["Then {end}.", "In the evening, {end}.", "But {end}."],
      [
        "<f/h: Oh no!> <h/f: That does not matter. Tomorrow we will build a new one.>",
        "They [look/p] at each other and [laugh/p].",
        "<g/h: It was the best game of my life.>",
        "{h} [be] not sad. They [can] build it again.",
      ],
    ],
    [["And the next day, {h+f} [begin/p] again.", "Tired and happy, {h+f} [go/p] home.", ...NIGHT_OF_TWO]],
  ],
};

export const bag: Fable = {
  name: "a surprise",
  hero: ["grown", "animal"],
  cast: { f: "animal", g: "animal" },
  rows: [
    {
      bag: "heavy brown bag",
      inside: "a hundred seeds",
      use: "everyone [get/s] one seed and [plant/s] it",
      end: "in summer there [be/s] a whole garden",
    },
    {
      bag: "heavy box",
      inside: "old books",
      use: "everyone [take/s] a book and [sit/s] down",
      end: "it [be/s] quiet until the evening",
    },
    {
      bag: "green basket",
      inside: "six small kittens",
      use: "they all [want/p] to hold one",
      end: "each kitten [find/s] a good home",
    },
    {
      bag: "long parcel",
      inside: "a rope for jumping",
      use: "they [jump/p] one after the other",
      end: "they [jump/p] until they [be/p] tired",
    },
    {
      bag: "round box",
      inside: "a big cake",
      use: "they [cut/p] it into equal parts",
      end: "not a crumb [be/s] left",
    },
    {
      bag: "black bag",
      inside: "drums and bells",
      use: "everyone [take/s] one and [play/s]",
      end: "the music [go/s] through the whole village",
    },
    {
      bag: "white sack",
      inside: "warm caps",
      use: "everybody [put/s] one on",
      end: "nobody [be/s] cold that winter",
    },
    {
      bag: "small chest",
      inside: "pots of paint",
      use: "they [paint/p] the grey wall",
      end: "now there [be/s] a sun on the wall",
    },
  ],
  opens: [
    "{h.called} [bring] {a bag} to the village.",
    "{h.called} [carry] {a bag} on {h.s} back.",
    "One morning, {h.called} [come] with {a bag}.",
    "{a h} [come/s] to school with {a bag}.",
    "What [be/s] in {h.s} {bag}?",
  ],
  paragraphs: [
    [
      [
        "Everyone [want/s] to know what [be/s] in it.",
        "It [be/s] so heavy that {h} [have] to rest.",
        "<h: Do not touch it yet!>",
        "{h} [put] it on the ground and [smile].",
      ],
    ],
    [
      [
        "<f/h: Is it something to eat?> <h/f: Guess again.>",
        "{a f} [come/s] closer. <f/h: What is in it?>",
        "{a f} [smell/s] at it. <f/h: I know it! It is cheese.> <h/f: No.>",
      ],
      [
        "<g/h: I think it is a ghost.> {h} [laugh].",
        "{a g} [shake/s] it a little. <g/h: It does not sound like anything.>",
        "<g/h: May I look?> <h/g: Only when all are here.>",
      ],
      ["They [wait/p] until everybody [be/s] there.", "Nobody [can] sit still.", ""],
    ],
    [
      [
        "Then {h} [open] it and [take] out {inside}.",
        "At last {h} [open] the {bag} and [show] {inside}.",
        "<h: Now look!> {h} [open] the {bag} and [take] out {inside}.",
      ],
      [
        "{use}.",
        "<f: For all of us?> <h: For all of you.> {use}.",
        "<g/h: That is better than I thought!> {use}.",
      ],
    ],
    [
      ["{end}.", "It [become/s] a long and happy day. {end}."],
      ["", "{f} [thank/s] {h.o} most of all.", "<h: Tomorrow I will bring another one.>", ...NIGHT_OF_TWO],
    ],
  ],
};

export const present: Fable = {
  name: "a present",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "elder" },
  rows: [
    { from: "old wool", made: "a warm scarf", oh: "it [be/s] a little crooked" },
    { from: "paper and glue", made: "a paper bird", oh: "one wing [be/s] longer than the other" },
    { from: "flour and honey", made: "a cake", oh: "it [be/s] a bit burnt" },
    { from: "shells", made: "a chain of shells", oh: "one shell [be/s] broken" },
    { from: "wood", made: "a small chair", oh: "it [have/s] only three legs" },
    { from: "words", made: "a song", oh: "the last line [not rhyme/s]" },
    { from: "an old box", made: "a little house", oh: "the roof [be/s] not straight" },
    { from: "clay", made: "a cup", oh: "it [look/s] more like a boat" },
  ],
  opens: [
    "{h.called} [want] to give {f} a present.",
    "{h.called} [have] no present for {f.o}, and the birthday [be/s] near.",
    "{h.called} [have] no money, but {h} [need] a present for {f.o}.",
    "One day, {a h} [want] to make somebody happy.",
    "{h.called} [have] a plan that nobody [know/s].",
  ],
  paragraphs: [
    [
      [
        "In the shop, everything [be/s] too dear.",
        "{h} [look] into {h.s} purse. There [be/s] only a button in it.",
        "<h: What can I do without money?>",
      ],
      [
        "Then {h} [have] an idea. {h} [find] {from} at home.",
        "At home {h} [find] {from}.",
        "<h: I can make something myself!> So {h} [look] for {from}.",
      ],
    ],
    [
      [
        "{h} [work] in secret, behind a closed door.",
        "All week, {h} [work] in secret.",
        "Every evening {h} [work] on it by the light of a lamp.",
      ],
      ["At the end, there [be/s] {made}.", "It [become/s] {made}.", "When it [be/s] done, it [be/s] {made}."],
      ["{oh}. {h} [be] worried.", "But {oh}.", "{h} [look] at it and [sigh]. {oh}."],
    ],
    [
      [
        "{h} [give] it to {f.o} with a red face. <h/f: It is not very good.>",
        "The big day [come/s]. <h/f: This is for you. I made it.>",
        "<h/f: Close your eyes!> And {h} [put] it into {f.s} hands.",
      ],
      ["{f} [look/s] at it for a long time.", "{f} [say/s] nothing at first.", "{f} [not can] speak."],
      [
        "<f/h: It is the best present I have ever had.>",
        "<f/h: You made it for me, {h.n}? It is wonderful.>",
        "<f/h: Nobody else in the world has one like that.>",
      ],
    ],
    [
      [
        "It [stand/s] in the best place of the house to this day.",
        "{h} [be] so happy that {h} [not feel] tired any more.",
        "And {h} [know] that a present [not need/s] money.",
        ...NIGHT,
      ],
    ],
  ],
};

export const quarrel: Fable = {
  name: "a quarrel",
  hero: ["child", "animal"],
  cast: { f: "friend", g: "elder" },
  rows: [
    {
      item: "swing",
      solve: "first one, then the other: ten times each",
      done: "they [count/p] aloud and [take/p] turns",
    },
    {
      item: "blanket",
      solve: "it is wide enough for two",
      done: "they [sit/p] close together, and it [be/s] wide enough",
    },
    {
      item: "ball",
      solve: "a ball needs two: one to throw and one to catch",
      done: "they [throw/p] it back and forth",
    },
    {
      item: "sled",
      solve: "on a sled there is room in front and behind",
      done: "they [ride/p] down the hill together",
    },
    { item: "boat", solve: "a boat has two oars", done: "{h} [take] one oar, and {f} [take/s] the other" },
    { item: "pear", solve: "one cuts, and the other chooses", done: "{h} [cut] it, and {f} [choose/s]" },
    {
      item: "drum",
      solve: "one drums, and the other dances",
      done: "{h} [beat] the drum, and {f} [dance/s]",
    },
    {
      item: "window seat",
      solve: "there are two ways: one there and one back",
      done: "{f} [have/s] it on the way there, and {h} [have] it on the way back",
    },
  ],
  opens: [
    "{h.called} and {f} [want/p] the same {item}.",
    "There [be/s] only one {item}, but {h.called} and {f} both [want/p] it.",
    "{h.called} and {f} [have/p] a quarrel about {a item}.",
    "One day, {h.called} and {f} [not speak/p] to each other.",
    "<h: That is my {item}!>",
  ],
  paragraphs: [
    [
      [
        "<h/f: I saw the {item} first!> <f/h: No, I did!>",
        "<f/h: The {item} is mine!> <h/f: No, mine!>",
        "{h} [hold] the {item}, and {f} [pull/s] at it.",
      ],
      [
        "They [grow/p] louder and louder.",
        "{f} [push/s] {h.o}, and {h} [push] back.",
        "Soon both of them [cry/p].",
      ],
    ],
    [
      [
        "{h} [sit] down on one side, and {f} [sit/s] down on the other side.",
        "Then each of them [go/s] into a corner.",
        "They [turn/p] their backs to each other.",
      ],
      [
        "It [be/s] very quiet. The {item} [lie/s] between them, and nobody [have/s] it.",
        "Alone, it [be/s] no fun.",
        "{h} [look] over. {f} [look/s] away.",
      ],
      [
        "{g} [come/s] and [look/s] at the two. <g/h: What happened here?>",
        "Then {g} [come/s] in. <g/h: Why is it so quiet?>",
        "{g} [hear/s] everything and [come/s] out.",
      ],
      ["<g/h: {solve}.>", "<g/f: {solve}. Try it!>", "{g} [think/s] for a moment. <g/h: {solve}.>"],
    ],
    [
      ["They [try/p] it. {done}.", "{done}.", "At first they [not want/p] to. But then {done}."],
      [
        "<h/f: I am sorry that I shouted.> <f/h: So am I.>",
        "<f/h: That is better than alone.>",
        "Soon they both [laugh/p].",
        "<h/f: Why did we not think of that?>",
      ],
    ],
    [
      [
        "In the evening, nobody [know/s] any more how the quarrel [begin/s].",
        "And the {item} [belong/s] to both of them from then on.",
        ...FRIENDS,
      ],
    ],
  ],
};

export const starFall: Fable = {
  name: "something that fell from the sky",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    {
      it: "a small star",
      where2: "in the pond",
      home: "a tall ladder",
      back: "on the highest step, they [let/p] it go",
    },
    { it: "a little cloud", where2: "on the roof", home: "a strong wind", back: "the wind [lift/s] it up" },
    {
      it: "a young swallow",
      where2: "in the grass",
      home: "a soft nest",
      back: "after three days, it [can] fly",
    },
    {
      it: "a drop of gold from the sun",
      where2: "in a flower pot",
      home: "a warm morning",
      back: "when the sun [rise/s], it [fly/s] up",
    },
    {
      it: "a baby owl",
      where2: "under a fir",
      home: "a long rope",
      back: "they [climb/p] up and [put/p] it in its nest",
    },
    {
      it: "a snowflake that [not melt/s]",
      where2: "on the window sill",
      home: "a cold night",
      back: "in the cold night, it [dance/s] away",
    },
  ],
  opens: [
    "Something [fall/s] from the sky, and {h.called} [see] it.",
    "One night, {h.called} [hear] a soft thump.",
    "{h.called} [find] something {where2}.",
    "{h.called} [wake] up late at night and [see] something {where2}.",
    "{a h} [see/s] a light {where2}.",
  ],
  paragraphs: [
    [
      [
        "It [be/s] {it}, {where2}.",
        "{h} [look] closely. It [be/s] {it}!",
        "And what [lie/s] {where2}? It [be/s] {it}.",
      ],
      ["It [shiver/s].", "<h: Are you lost?>", "It [be/s] cold and alone.", "{h} [pick] it up very gently."],
    ],
    [
      [
        "In the morning, {h} [show] it to {f.o}.",
        "{h} [run] to {f.o} and [tell] everything.",
        "<h/f: Look what I have found!>",
      ],
      [
        "<f/h: Let us keep it!>",
        "<f/h: It looks sad. It wants to go home.>",
        "{f} [want/s] to put it in a box.",
      ],
      [
        "<h/f: No. We must bring it back.>",
        "But {h} [say] that nobody [be/s] happy in a box.",
        "<h/f: It belongs up there, and not in a box.>",
      ],
      ["So they [look/p] for {home}.", "For that they [need/p] {home}.", "What they [need/p] [be/s] {home}."],
    ],
    [
      ["And {back}.", "Then {back}.", "It [be/s] not easy, but {back}."],
      [
        "They [look/p] up until they [not can] see it any more.",
        "It [turn/s] around once, as if it [want/s] to say thank you.",
        "<f/h: Now I am a little sad.> <h/f: But it is at home.>",
      ],
    ],
    [
      [
        "Whenever it [be/s] dark, {h} [look] up and [wave].",
        "And sometimes {h} [think] of it and [smile].",
        ...FRIENDS,
        ...NIGHT_OF_TWO,
      ],
    ],
  ],
};
