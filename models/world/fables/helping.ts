/** Fables about help for the sick, the cold and the lonely. */
import { FRIENDS } from "./common.ts";
import type { Fable } from "./fable.ts";

export const sick: Fable = {
  name: "a visit to the sick",
  hero: ["child", "animal"],
  cast: { f: "friend", food: "food" },
  rows: [
    { ill: "a fever", think: "a funny hat made of leaves" },
    { ill: "a cold", think: "a little play with two socks" },
    { ill: "a bad tooth", think: "the song about the frog" },
    { ill: "a broken leg", think: "an old book with pictures" },
    { ill: "a sore throat", think: "a game without words" },
    { ill: "red spots", think: "a box of paint" },
  ],
  opens: [
    "{h.called} [wait] for {f.o}, but {f} [not come/s].",
    "{h.called} [be] alone, because {f} [be/s] ill.",
    "{h.called} [be] bored, because {f} [be/s] ill.",
    "One day, nobody [come/s] to play with {h.called}.",
    "{h.called} [hear] that {f} [be/s] ill.",
  ],
  paragraphs: [
    [
      [
        "{f} [have/s] {ill} and [have/s] to stay in bed.",
        "{f} [lie/s] in bed with {ill}.",
        "{f} [have/s] {ill}, and it [be/s] no fun at all.",
      ],
      [
        "<h: I have to do something.>",
        "{h} [think] about it all morning.",
        "Without {f}, nothing [be/s] fun.",
      ],
    ],
    [
      [
        "{h} [take] {some food} and [go] to {f.s} house.",
        "So {h} [pack] {some food} and [set] out.",
        "At noon {h} [knock] at {f.s} door, with {some food} in {h.s} bag.",
      ],
      [
        "<h/f: How are you?> <f/h: Bad. I cannot sleep, and I cannot play.>",
        "{f} [look/s] pale and [not smile/s].",
        "<f/h: It is kind of you to come. But I am too sad to eat.>",
      ],
      [
        "Then {h} [think] of {think}.",
        "But {h} [have] something else: {think}.",
        "<h/f: Look what I have!> It [be/s] {think}.",
      ],
    ],
    [
      [
        "{f} [look/s] up. A small smile [come/s] back.",
        "And {f} [laugh/s] for the first time in days.",
        "First {f} [smile/s]. Then {f} [laugh/s] so hard that the bed [shake/s].",
      ],
      [
        "After that, {f} [eat/s] everything up.",
        "<f/h: Now I am hungry!>",
        "{f} [eat/s], and then {f} [fall/s] asleep.",
      ],
      [
        "{h} [come] every day.",
        "{h} [sit] by the bed until it [be/s] dark.",
        "The next day {f} [be/s] much better.",
      ],
    ],
    [
      [
        "A week later, they [run/p] through the fields again.",
        "<f/h: You were my best medicine.>",
        ...FRIENDS,
      ],
    ],
  ],
};

export const lonely: Fable = {
  name: "somebody who is alone",
  hero: ["grown", "animal"],
  cast: { f: "animal", food: "food" },
  rows: [
    { thing: "lighthouse", far: "on a rock in the sea", sign: "a paper boat with a letter in it" },
    { thing: "castle", far: "on a high hill", sign: "a paper plane" },
    { thing: "hut", far: "deep in the woods", sign: "a fire with a lot of smoke" },
    { thing: "tower", far: "behind the fields", sign: "a lamp for the window" },
    { thing: "cave", far: "at the end of the valley", sign: "a song that one can hear far away" },
    { thing: "old ship", far: "on the beach", sign: "a red flag" },
  ],
  opens: [
    "{h.called} [live] all alone in {a thing} {far}.",
    "There [be/s] {a thing} {far}, and in it [live/s] {a h}.",
    "{a h} [live/s] in {a thing} {far}.",
    "{h.called} [have] nobody to talk to.",
    "{far}, there [be/s] {a thing}. Only {h.called} [live/s] there.",
  ],
  paragraphs: [
    [
      [
        "Nobody ever [come/s] to visit.",
        "{h} [talk] to the wind and to the spoons.",
        "Every evening {h} [set] the table for two, but nobody [come/s].",
      ],
      [
        "<h: I would like to have a friend.>",
        "{h} [be] lonely.",
        "It [be/s] so quiet that {h} [hear] the dust fall.",
      ],
    ],
    [
      [
        "One day, {h} [have] an idea and [make] {sign}.",
        "So {h} [make] a sign: {sign}.",
        "<h: Perhaps someone will see me.> And {h} [make] {sign}.",
      ],
      [
        "For a long time, nothing [happen/s].",
        "{h} [wait] for three days.",
        "The first day nobody [come/s], and the second day nobody [come/s].",
      ],
      [
        "Then somebody [knock/s]. It [be/s] {a f}.",
        "On the third day, {a f} [stand/s] at the door.",
        "But far away, {a f} [see/s] it and [come/s].",
      ],
    ],
    [
      [
        "<f/h: Was that you? I saw your sign.>",
        "<f/h: I thought that I was the only one who is alone.>",
        "<h/f: You came! I waited so long.>",
      ],
      [
        "{h} [bring] {some food}, and they [eat/p] it together.",
        "There [be/s] {some food} for two.",
        "At last, two [sit/p] at the table. There [be/s] {some food}.",
      ],
      [
        "They [have/p] so much to tell that it [become/s] late.",
        "<h/f: Stay a little longer!> <f/h: I will come again tomorrow.>",
        "<f/h: May I stay?> <h/f: As long as you like.>",
      ],
    ],
    [
      [
        "Now {h} always [set] the table for two, and both chairs [be/p] full.",
        "And it [be/s] never too quiet again.",
        ...FRIENDS,
      ],
    ],
  ],
};

export const winter: Fable = {
  name: "help in winter",
  hero: ["child", "animal", "grown"],
  cast: { f: "animal", food: "food" },
  rows: [
    { cold: "the lake [be/s] ice from shore to shore", spring: "the ice [melt/s]" },
    { cold: "the snow [lie/s] as high as the windows", spring: "the snow [melt/s]" },
    { cold: "the wind [blow/s] day and night", spring: "the wind [become/s] warm" },
    { cold: "even the well [be/s] ice", spring: "the first flowers [come/p]" },
  ],
  opens: [
    "It [be/s] a hard winter, and {h.called} [stay] at home.",
    "{h.called} [look] out at the snow.",
    "One winter morning, {h.called} [hear] a soft noise at the door.",
    "It [snow/s] for three days, and {h.called} [be] glad to be inside.",
    "{a h} [find/s] tracks in the snow.",
  ],
  paragraphs: [
    [
      ["{cold}.", "It [be/s] so cold that the trees [crack/p]. {cold}."],
      [
        "In the snow [sit/s] {a f} and [shake/s] with cold.",
        "Outside [be/s] {a f}, thin and hungry.",
        "There {h} [see] {a f}, half covered with snow.",
      ],
    ],
    [
      [
        "<f/h: I have nothing left to eat.>",
        "<f/h: Please help me. I am so cold.>",
        "{f} [be/s] too weak to speak.",
      ],
      [
        "{h} [have] only {some food} left.",
        "There [be/s] only {some food} in {h.s} house.",
        "In the kitchen {h} [find] {some food}. It [be/s] the last.",
      ],
      [
        "<h/f: Half is enough for me.>",
        "But {h} [not think] long and [share] it.",
        "<h/f: Take it. Tomorrow we will find something else.>",
      ],
      [
        "{f} [eat/s] slowly, and the cold [go/s] out of {f.s} bones.",
        "Then {f} [sleep/s] by the fire.",
        "{f} [eat/s] and [sleep/s] and [become/s] strong again.",
      ],
    ],
    [
      [
        "When {spring}, {f} [go/s] away.",
        "In spring, {spring}, and {f} [say/s] goodbye.",
        "At last {spring}. <f/h: I have to go now. I will not forget you.>",
      ],
      [
        "And in autumn, a big basket of nuts [stand/s] at {h.s} door. Nobody [have/s] to ask where it [come/s] from.",
        "Later that year, {h} [get] lost in the fog, and {f} [show/s] {h.o} the way home.",
        "In summer, {f} [come/s] back with a cap full of berries.",
      ],
    ],
    [["{h} [learn] that who shares has more in the end.", "<h: Half was enough.>", ...FRIENDS]],
  ],
};

export const late: Fable = {
  name: "somebody who is late",
  hero: ["grown", "animal"],
  cast: { f: "animal" },
  rows: [
    { ride: "milk cart", stop: "{a f} [lie/s] on the road and [not can] get up" },
    { ride: "ferry", stop: "{a f} [fall/s] into the water" },
    { ride: "mail bus", stop: "{a f} [sit/s] in the middle of the road and [cry/s]" },
    { ride: "little bus", stop: "{a f} [be/s] stuck in the gate" },
    { ride: "old tram", stop: "{a f} [sleep/s] on the tracks" },
    { ride: "boat", stop: "{a f} [be/s] caught in a net" },
  ],
  opens: [
    "The {ride} [be/s] late, and everyone [wait/s].",
    "The {ride} [not come/s], and all the people [look/p] down the road.",
    "Everybody [wait/s] for the {ride}.",
    "Where [be/s] the {ride}? It [be/s] an hour late.",
    "It [be/s] cold, and the {ride} [be/s] late again.",
  ],
  paragraphs: [
    [
      [
        "{a h} [drive/s] it every day and [be/s] never late before.",
        "It [belong/s] to {a h}, who [be/s] never late.",
        "At the wheel [sit/s] {a h}, who [hurry/s] a lot.",
      ],
      ["Some [be/p] angry and [stamp/p] their feet.", "Nobody [smile/s].", ""],
    ],
    [
      [
        "What had happened? On the way, {stop}.",
        "This [be/s] the reason: {stop}.",
        "It [be/s] like this: on the way, {stop}.",
      ],
      [
        "{h} [stop] at once.",
        "{h} [can] drive on. But {h} [not do] that.",
        "<h: I cannot leave anyone here.>",
      ],
      [
        "<h/f: Do not be afraid. I will help you.>",
        "<f/h: Please help me!> <h/f: Of course.>",
        "{h} [put] a coat around {f.o}.",
      ],
      [
        "It [take/s] an hour, but then {f} [be/s] safe.",
        "{h} [work] until {f} [be/s] safe.",
        "{h} [carry] {f.o} on board and [give] {f.o} warm milk.",
      ],
    ],
    [
      [
        "At last they [come/p] around the corner.",
        "Then the people [hear/p] a bell. There they [be/p]!",
        "When they [come/p], everybody [want/s] to shout.",
      ],
      [
        "<h: I am sorry that I am late. I had to help somebody.>",
        "<f: Do not be angry! {h} saved me.>",
        "But then they [see/p] {f} in the warm coat.",
      ],
      ["Nobody [be/s] angry any more.", "They all [become/p] quiet, and then they [clap/p]."],
    ],
    [["And they all [make/p] room for {f.o}.", "<h: Better late than alone.>", ...FRIENDS]],
  ],
};

export const rain: Fable = {
  name: "room for one more",
  hero: ["animal", "child"],
  cast: { f: "animal", g: "animal" },
  rows: [
    { roof: "big mushroom", under: "under a big mushroom" },
    { roof: "red umbrella", under: "under a red umbrella" },
    { roof: "old boat", under: "under an old boat" },
    { roof: "little hut", under: "in a little hut" },
    { roof: "thick tree", under: "under a thick tree" },
    { roof: "barrel", under: "in a barrel" },
  ],
  opens: [
    "It [rain/s] hard, and {h.called} [sit] {under}.",
    "{h.called} [sit] {under} while it [rain/s].",
    "A storm [come/s], and {h.called} [run] for shelter.",
    "One wet day, {a h} [find/s] a dry place {under}.",
    "{h.called} [be] wet and cold, but there [be/s] {a roof}.",
  ],
  paragraphs: [
    [
      [
        "There [be/s] just enough room for one.",
        "It [be/s] dry there, but very small.",
        "There it [be/s] warm and dry.",
      ],
    ],
    [
      [
        "Then {a f} [come/s] through the rain.",
        "Soon {a f} [stand/s] there, wet all over.",
        "{a f} [look/s] in.",
      ],
      [
        "<f/h: May I come in?> <h/f: There is not much room. But come.>",
        "<f/h: Please, let me in. I am so cold.> {h} [move] a little to the side.",
        "<f/h: Is there room for me?> <h/f: We can try.>",
      ],
      ["They [sit/p] close together.", "It [be/s] tight, but warmer than before.", "Now it [be/s] full."],
      [
        "After that, {a g} [come/s] too.",
        "And then {a g} [come/s].",
        "Soon {a g} [ask/s] for shelter as well.",
      ],
      [
        "<f/g: It is full!> <h/f: There is always room for one more.>",
        "<g: I am so small. I need no room at all.> So they [let/p] {g.o} in.",
        "<h/g: Come in! We will breathe in, one after the other.>",
      ],
    ],
    [
      [
        "They [tell/p] each other stories until the rain [stop/s].",
        "They [sing/p] against the thunder.",
        "{g} [know/s] a funny song, and they all [laugh/p].",
      ],
      [
        "At last the sun [come/s] out.",
        "Then there [be/s] a rainbow over the fields.",
        "When the rain [be/s] over, nobody [want/s] to leave.",
      ],
    ],
    [
      [
        "<f/h: Alone I would have been afraid.>",
        "<g/h: It was the best rain of my life.>",
        "{h} [learn] that a small place [can] be big enough.",
        "",
      ],
      [
        "{h+f+g} [be/p] friends from that day on.",
        "And when it [rain/s] again, {h+f+g} [meet/p] there.",
        "{h+f+g} [go/p] home together and [jump/p] into every puddle.",
      ],
    ],
  ],
};
