/** Fables about fear and worry. */
import { FRIENDS, NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const afraid: Fable = {
  name: "afraid of something",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { fear: "the dark", test: "go down the dark stairs", safe: "there [be/s] only some boxes and a broom" },
    {
      fear: "thunder",
      test: "look out of the window",
      safe: "the thunder [be/s] only a noise in the clouds",
    },
    { fear: "deep water", test: "put one foot into the water", safe: "the water [be/s] cool and soft" },
    {
      fear: "high places",
      test: "climb up to the first branch",
      safe: "from up there, one [can] see the whole village",
    },
    { fear: "the old bridge", test: "walk over the bridge", safe: "the bridge [creak/s], but it [hold/s]" },
    { fear: "the wind", test: "open the door", safe: "the wind only [want/s] to play with the leaves" },
    {
      fear: "the cellar",
      test: "open the cellar door",
      safe: "in the cellar [stand/p] only some jars of jam",
    },
    { fear: "loud noises", test: "stay when the drum [begin/s]", safe: "the noise [be/s] only a song" },
    {
      fear: "strangers",
      test: "say hello to the new neighbour",
      safe: "the neighbour [smile/s] and [say/s] hello too",
    },
    {
      fear: "the forest",
      test: "walk to the first tree",
      safe: "between the trees it [be/s] green and quiet",
    },
  ],
  opens: [
    "{h.called} [be] afraid of {fear}.",
    "{h.called} [be] very afraid of {fear}, but {h} never [tell] anyone.",
    "{h.called} [be] very afraid of {fear}, but not {f}.",
    "There once [be/s] {a h} who [be/s] afraid of {fear}.",
    "{h.called} [be] brave, but {h} [be] afraid of {fear}.",
    "Nobody [know/s] that {h.called} [be] afraid of {fear}.",
  ],
  paragraphs: [
    [
      [
        "One day, {f} [come/s] to play.",
        "One evening, {f} [be/s] there too.",
        "{f} [see/s] that {h} [tremble].",
        "One afternoon, {f} [ask] what [be/s] wrong.",
      ],
      ["<f/h: Why are you so quiet?>", "<f/h: What is the matter, {h.n}?>", "<f/h: You look pale.>", ""],
      [
        "<h/f: I am afraid of {fear}.>",
        "<h/f: Do not laugh. I am afraid of {fear}.>",
        "{h} [look] down. <h/f: I am afraid of {fear}.>",
      ],
      [
        "{f} [not laugh]. <f/h: Take my hand. We can {test} together.>",
        "<f/h: Then let us {test} together.>",
        "<f/h: I was afraid too, once. Let us {test}. I stay with you.>",
      ],
    ],
    [
      [
        "{h} [take] a deep breath.",
        "{h.s} heart [beat/s] fast.",
        "First {h} [close] {h.s} eyes.",
        "{h} [hold] {f.s} hand tightly.",
      ],
      [
        "Then they [do/p] it together.",
        "Step by step, they [do/p] it.",
        "One, two, three, and it [be/s] done!",
      ],
      ["{safe}.", "And what [be/s] there? {safe}.", "Nothing bad [happen/s]. {safe}."],
      [
        "<h/f: That was not so bad!>",
        "{h} [begin] to laugh. <h/f: Is that all?>",
        "<h/f: I did it!>",
        "{h} [be] proud.",
      ],
    ],
    [
      [
        "After that, {h} [be] not so afraid of {fear} any more.",
        "Now {h} [know] that being brave [be/s] easier with a friend.",
        "{h} [be] still a little afraid of {fear}, but it [not stop/s] {h.o}.",
        ...FRIENDS,
      ],
    ],
  ],
};

export const nightFriend: Fable = {
  name: "talking to the moon",
  hero: ["child", "animal"],
  rows: [
    { light: "moon", who: "the moon", so: "round and bright" },
    { light: "star", who: "the star", so: "small and bright" },
    { light: "evening star", who: "the evening star", so: "clear and still" },
    { light: "lighthouse", who: "the lighthouse", so: "white and strong" },
  ],
  opens: [
    "Each night, the {light} [shine/s] into {h.s} room.",
    "{h.called} [like] to look at the {light} at night.",
    "Every evening, {h.called} [say] good night to the {light}.",
    "When it [be/s] dark, {h.called} [look] out at the {light}.",
    "The {light} [be/s] {so}, and {h.called} [not can] sleep.",
  ],
  paragraphs: [
    [
      [
        "{h} [lie] in bed and [look] back.",
        "{h} always [say] good night, and the {light} [shine/s] a little brighter.",
        "{h} [tell] it everything that [happen/s] in the day.",
        "It [be/s] {so}.",
      ],
    ],
    [
      [
        "But one night, the {light} [be/s] not there.",
        "Then one evening, the sky [be/s] black.",
        "One night {h} [look] up and [not see] it.",
      ],
      ["<h: Where are you?>", "{h} [wait] and [wait].", "{h} [be] worried. <h: Are you ill?>"],
      ["It [be/s] very dark and very quiet.", "Only the wind [give/s] an answer.", ""],
      [
        "So {h} [light] a candle and [put] it in the window.",
        "{h} [take] a lamp and [put] it on the sill. <h: Now you can find the way back.>",
        "{h} [sing] a little song, so that {who} [not be/s] lonely.",
      ],
    ],
    [
      [
        "At midnight the clouds [go/p] away.",
        "Then the wind [blow/s] the clouds apart.",
        "The next night, the sky [be/s] clear again.",
      ],
      [
        "There it [be/s], {so}!",
        "And the {light} [look/s] in again.",
        "The light [fall/s] on {h.s} bed as always.",
      ],
      [
        "<h: You were only behind the clouds!>",
        "<h: There you are! I waited for you.>",
        "{h} [wave] and [laugh].",
      ],
    ],
    [
      [
        "Now {h} [know] that what one [not see/s] can still be there.",
        "And {h} [sleep] until morning.",
        ...NIGHT,
      ],
    ],
  ],
};

export const hiding: Fable = {
  name: "hide and seek",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { hide: "in the big basket", fell: "it [be/s] so soft that {f} [fall/s] asleep" },
    { hide: "behind the stove", fell: "it [be/s] so warm that {f} [fall/s] asleep" },
    { hide: "in the hay", fell: "the hay [smell/s] sweet, and {f} [fall/s] asleep" },
    { hide: "under the boat", fell: "the waves [sing/p], and {f} [fall/s] asleep" },
    { hide: "in the wardrobe", fell: "the door [close/s], and {f} [not can] open it" },
    { hide: "in the hollow tree", fell: "{f} [get/s] stuck and [not can] get out" },
  ],
  opens: [
    "{h.called} and {f} [play/p] hide and seek.",
    "{h.called} [close] {h.s} eyes and [count] to ten.",
    "<h: One, two, three, I am coming!>",
    "It [be/s] a good day to play hide and seek, and {h.called} [begin] to count.",
    "{h.called} [look] for {f.o} everywhere.",
  ],
  paragraphs: [
    [
      [
        "{f} [hide/s] {hide}.",
        "Quickly {f} [run/s] away and [hide/s] {hide}.",
        "Where [be/s] {f}? {f} [sit/s] {hide} and [not move/s].",
      ],
      ["{fell}.", "But then {fell}."],
    ],
    [
      [
        "{h} [look] under the bench and behind the door.",
        "{h} [look] in the shed, in the garden and on the roof.",
        "First {h} [look] behind all the trees.",
      ],
      [
        "<h/f: Where are you?> Nobody [answer/s].",
        "<h/f: You can come out! You win!> But it [be/s] quiet.",
        "An hour [go/s] by. {h} [become] worried.",
      ],
      [
        "<h: What if something happened?>",
        "{h} [want] to cry. But crying [find/s] nobody.",
        "It [begin/s] to get dark.",
        "",
      ],
      [
        "Then {h} [hear] something. It [come/s] from over there!",
        "{h} [stand] still and [listen]. There [be/s] a small sound.",
        "At last {h} [see] the tip of a shoe.",
      ],
    ],
    [
      [
        "There [be/s] {f}, {hide}!",
        "{h} [look] {hide}. And there [be/s] {f}!",
        "<h/f: There you are!> {h} [find] {f.o} {hide}.",
      ],
      [
        "<h/f: I looked for you everywhere! Are you all right?> <f/h: Yes. Have I won?>",
        "<f/h: I am so glad that you did not stop looking.>",
        "<f/h: Is it morning already?> {h} [laugh] and [help] {f.o} out.",
      ],
    ],
    [
      [
        "<h/f: You hide too well. Next time, I will hide.>",
        "They [eat/p] supper together that evening, and {f} [tell/s] everything.",
        ...FRIENDS,
      ],
    ],
  ],
};
