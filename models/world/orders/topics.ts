/** Fables about what is no hero and cannot be carried: days, the sky, places, old and big things. */
import { FRIENDS, NIGHT } from "../fables/common.ts";
import type { Fable } from "../fables/fable.ts";

/** {x} is the day; something is missing, and is replaced. */
export const specialDay: Fable = {
  name: "a special day",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    {
      x: "birthday",
      lack: "there [be/s] no cake",
      fix: "bake one from flour and honey",
      done: "The cake [be/s] a little black, but sweet",
    },
    {
      x: "birthday",
      lack: "nobody [come/s]",
      fix: "knock at every door",
      done: "Soon the whole house [be/s] full of guests",
    },
    {
      x: "party",
      lack: "there [be/s] no music",
      fix: "play on pots and pans",
      done: "It [be/s] loud, and everyone [dance/s]",
    },
    {
      x: "picnic",
      lack: "it [rain/s]",
      fix: "sit under the table in the kitchen",
      done: "Under the table it [be/s] dry and cosy",
    },
    {
      x: "first day of school",
      lack: "{h} [be] afraid of all the others",
      fix: "go in together",
      done: "Inside, the others [be/p] just as shy",
    },
    {
      x: "wedding",
      lack: "the ring [be/s] gone",
      fix: "make one from grass",
      done: "The ring of grass [be/s] prettier than gold",
    },
    {
      x: "fair",
      lack: "the big wheel [be/s] broken",
      fix: "ride on the old cart",
      done: "The cart [go/s] down the hill, and everyone [shout/s] for joy",
    },
    {
      x: "school play",
      lack: "the king of the play [be/s] ill",
      fix: "put the crown on the dog",
      done: "The dog [be/s] a very good king",
    },
    {
      x: "concert",
      lack: "the drum [have/s] a hole",
      fix: "use an old bucket",
      done: "The bucket [sound/s] better than the drum",
    },
    {
      x: "trip",
      lack: "the bus [not come/s]",
      fix: "walk through the fields",
      done: "On the way they [see/p] more than ever before",
    },
    {
      x: "feast",
      lack: "there [be/s] only one carrot",
      fix: "cook soup with it and ask everyone to bring something",
      done: "In the end, the pot [be/s] full",
    },
    {
      x: "holiday",
      lack: "the suitcase [not close/s]",
      fix: "leave half of the things at home",
      done: "They [not miss/p] anything",
    },
    {
      x: "game",
      lack: "the ball [be/s] flat",
      fix: "make one from old socks",
      done: "The new ball [fly/s] just as far",
    },
    {
      x: "sleepover",
      lack: "the lamp [go/s] out",
      fix: "count the stars at the window",
      done: "They [count/p] to a hundred and [be/p] not afraid",
    },
  ],
  opens: [
    "{h.called} [look] forward to the {x} for weeks.",
    "At last the day of the {x} [come/s], and {h.called} [be] up early.",
    "{a h} [wait/s] for the {x} and [can] hardly sleep.",
    "The {x} [be/s] near, and {h.called} [be] excited.",
    "{h.called} [think] of nothing but the {x}.",
  ],
  paragraphs: [
    [
      [
        "Everything [be/s] ready. But then {lack}.",
        "But oh dear, {lack}!",
        "Then something [go/s] wrong: {lack}.",
      ],
      [
        "<h: What shall we do now?>",
        "{h} [be] close to tears.",
        "<h: Now there will be no {x}!>",
        "Without that, it [be/s] no {x}.",
      ],
    ],
    [
      [
        "{f} [hear/s] it and [think/s] for a moment.",
        "{f} [not give/s] up so fast.",
        "But {f} [have/s] an idea.",
      ],
      [
        "<f/h: Then we will {fix}.>",
        "<f/h: Do not cry. We can {fix}!>",
        "<f/h: I know what to do. Let us {fix}.>",
      ],
      ["They [do/p] it at once. {done}.", "And so they [do/p] it. {done}!", "{done}."],
    ],
    [
      [
        "It [be/s] the best {x} of all.",
        "Everyone [say/s] that there never [be/s] a better {x}.",
        "<h/f: Thank you. This is the best {x} of my life!>",
      ],
      [...FRIENDS, ...NIGHT],
    ],
  ],
};

/** {x} is far away and big; a small one is found. */
export const farWonder: Fable = {
  name: "something too far away",
  hero: ["child", "animal", "grown"],
  cast: { f: "friend" },
  rows: [
    { x: "moon", bring: "a bucket of water", small: "in the water [swim/s] a small moon" },
    {
      x: "moon",
      bring: "a round lamp of paper",
      small: "in the dark room, the lamp [be/s] as round as the moon",
    },
    { x: "sun", bring: "a mirror", small: "in the mirror [shine/s] a little sun" },
    { x: "sun", bring: "a sunflower", small: "it [be/s] yellow and round like the sun" },
    { x: "rainbow", bring: "a glass of water", small: "on the wall behind it [be/s] a little rainbow" },
    { x: "stars", bring: "a jar with glow-worms", small: "in the jar [shine/p] a hundred little stars" },
    { x: "cloud", bring: "a pot of hot water", small: "over the pot [hang/s] a little cloud" },
    { x: "wind", bring: "a paper windmill", small: "the wind [turn/s] it, faster and faster" },
    { x: "sea", bring: "a big shell", small: "inside the shell one [can] hear the sea" },
    { x: "mountain", bring: "a grey stone from the top", small: "it [look/s] like a very small mountain" },
    { x: "snow", bring: "a white feather pillow", small: "the feathers [fall/p] like snow" },
    { x: "river", bring: "an old pipe", small: "after the rain, a little river [run/s] out of it" },
    { x: "rain", bring: "a can with holes", small: "out of the can [fall/s] a little rain" },
    { x: "sky", bring: "a blue blanket", small: "under the blanket it [look/s] like the sky" },
    { x: "forest", bring: "a box of moss", small: "in the moss [stand/s] a very small forest" },
    { x: "thunder", bring: "a big drum", small: "the drum [roll/s] like thunder" },
    { x: "north star", bring: "a candle", small: "at the window, the candle [shine/s] like the north star" },
    { x: "island", bring: "a wooden board", small: "in the middle of the pond, it [be/s] a little island" },
  ],
  opens: [
    "{h.called} [want] to have the {x}.",
    "{h.called} [look] at the {x} and [wish] to hold it.",
    "{h.called} [think] of the {x} all day and all night.",
    "{a h} [love/s] the {x} more than anything else.",
    "{h.called} [say] good night to the {x} every evening.",
    "Far away [be/s] the {x}, and {h.called} [want] to go there.",
  ],
  paragraphs: [
    [
      [
        "{h} [climb] a hill, but the {x} [be/s] still far away.",
        "{h} [go] and [go], but the {x} [not come/s] nearer.",
        "{h} [call], but the {x} [not answer/s].",
      ],
      [
        "<h: I will never get the {x}.>",
        "So {h} [come] home and [be] sad.",
        "{h} [sit] down and [look] at the ground.",
      ],
    ],
    [
      [
        "<f/h: What do you want?> <h/f: I want the {x}, but it is too far away.>",
        "{f} [ask/s] what [be/s] wrong. <h/f: I cannot reach the {x}.>",
      ],
      [
        "{f} [smile/s] and [bring/s] {bring}.",
        "<f/h: Wait a moment!> And {f} [fetch/s] {bring}.",
        "The next day, {f} [come/s] with {bring}.",
      ],
      ["And look, {small}!", "{h} [look], and {small}.", "<f/h: Look!> Really, {small}."],
    ],
    [
      [
        "<h/f: That is enough for me.>",
        "<h/f: It is small, but it is near. Thank you!>",
        "{h} [be] so glad that {h} [laugh].",
      ],
      [
        "The big {x} [stay/s] where it [be/s], and {h} [have] a small one.",
        "So {h} [have] a bit of the {x} at home.",
        "",
      ],
      [...FRIENDS, ...NIGHT],
    ],
  ],
};

/** {x} is a place with a {spot}; t is hidden there. */
export const secretPlace: Fable = {
  name: "a secret of a place",
  hero: ["child", "animal"],
  cast: { f: "animal", t: "thing" },
  opens: [
    "There [be/s] a secret {in} the {x}, and only {h.called} [know] it.",
    "{h.called} [go] to the {x} every day.",
    "{a h} [have/s] a secret. It [be/s] {in} the {x}.",
    "{h.called} [be] all alone {in} the {x}.",
    "Nobody [go/s] to the old {x} any more, only {h.called}.",
  ],
  paragraphs: [
    [
      [
        "{spot}, {h} [keep] {a t.full}.",
        "One day, {h} [find] {a t.full} there, {spot}.",
        "{spot} [lie/s] {a t.full}.",
      ],
      [
        "<h: It will be my secret.>",
        "{h} [not tell] anybody about it.",
        "Nobody [know/s] the secret of the {x}.",
      ],
    ],
    [
      [
        "Then {a f} [come/s] to the {x}. <f/h: What do you have there?>",
        "One day, {a f} [come/s] and [see/s] the {t.noun}.",
        "But {a f} [follow/s] {h.o} to the {x}.",
      ],
      [
        "First {h} [not want] to say it.",
        "{h} [think] for a moment.",
        "<h/f: Can you keep a secret?> <f/h: Of course I can!>",
      ],
      [
        "Then {h} [show] {f.o} the {t.noun}.",
        "<h/f: This is my {t.noun}. Nobody else knows it.>",
        "And {h} [tell] {f.o} the secret.",
      ],
    ],
    [
      [
        "<f/h: A secret is nicer for two.>",
        "Now the {x} [have/s] a secret, and two [know/p] it.",
        "<h/f: From now on it is our secret.>",
      ],
      ["They [meet/p] {in} the {x} every day.", "{in} the {x}, they [play/p] until the evening.", ...FRIENDS],
    ],
  ],
};

/** {day} is a kind of day, {in} the {x} a place. */
export const weatherDay: Fable = {
  name: "a day indoors",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    {
      day: "rainy day",
      sky2: "The rain [fall/s] and [fall/s]",
      play: "a boat from two chairs",
      end: "the rain [stop/s]",
    },
    {
      day: "stormy day",
      sky2: "The storm [pull/s] at the windows",
      play: "a tent from a blanket",
      end: "the storm [be/s] over",
    },
    {
      day: "snowy day",
      sky2: "The snow [lie/s] as high as the door",
      play: "a sledge from an old box",
      end: "the snow [melt/s]",
    },
    {
      day: "foggy day",
      sky2: "One [not can] see one's own feet",
      play: "a light from a lamp and red paper",
      end: "the fog [go/s] away",
    },
    {
      day: "cold day",
      sky2: "There [be/s] ice on the windows",
      play: "a cave from ten pillows",
      end: "it [become/s] warmer",
    },
    {
      day: "windy day",
      sky2: "The wind [shake/s] the doors",
      play: "a kite from a newspaper",
      end: "the wind [become/s] quiet",
    },
    {
      day: "hot day",
      sky2: "It [be/s] too hot to move",
      play: "a pool from an old tub",
      end: "the evening [become/s] cool",
    },
    {
      day: "dark day",
      sky2: "The clouds [be/p] black",
      play: "a theatre with shadows on the wall",
      end: "the sun [come/s] back",
    },
  ],
  opens: [
    "It [be/s] a {day} {in} the {x}, and {h.called} [not know] what to do.",
    "{h.called} [spend] a {day} {in} the {x}.",
    "One {day}, {h.called} [sit] {in} the {x} and [be] bored.",
    "What [can] one do {in} the {x} on a {day}? {h.called} [not know].",
  ],
  paragraphs: [
    [
      ["{sky2}, and nobody [can] go out.", "{sky2}.", "<h: What a long {day}!> {sky2}."],
      [
        "<f/h: I know a game.>",
        "<h/f: I am bored.> <f/h: Then let us build something.>",
        "{f} [come/s] with a big box.",
      ],
    ],
    [
      [
        "Together they [make/p] {play}.",
        "They [take/p] what they [find/p] {in} the {x} and [make/p] {play}.",
      ],
      [
        "First it [fall/s] over, and they [laugh/p]. Then it [stand/s].",
        "They [work/p] until noon.",
        "All the others {in} the {x} [come/p] to look.",
      ],
      [
        "<f/h: This is the best place of all!>",
        "<h/f: I forgot the bad weather.>",
        "They [not notice/p] the time.",
      ],
    ],
    [
      ["When {end}, nobody [want/s] to go out.", "At last {end}. <h/f: Already?>"],
      [
        "<h/f: I wish that tomorrow is a {day} too.>",
        "It [be/s] a {day}, and it [be/s] a good day.",
        ...FRIENDS,
      ],
    ],
  ],
};

/** {x} is something old and big that nobody needs. */
export const oldThing: Fable = {
  name: "an old thing that is needed again",
  hero: ["child", "animal", "grown"],
  cast: { f: "animal" },
  opens: [
    "There [be/s] an old {x} that nobody [need/s], until {h.called} [come] by.",
    "{h.called} [find] an old {x} in the grass.",
    "{h.called} [love] the old {x}, but it [be/s] dirty and broken.",
    "{a h} [live/s] beside an old {x}.",
    "{h.called} [own] an old {x}, and people [laugh/p] about it.",
    "Nobody [look/s] at the old {x}. Only {h.called} [do].",
  ],
  paragraphs: [
    [
      [
        "The {x} [be/s] full of dust and spiders.",
        "The {x} [have/s] holes, and the paint [be/s] gone.",
        "<h: Poor old {x}!>",
      ],
      [
        "{h} [bring] a brush and a bucket and [begin].",
        "<h: I will make it new again.>",
        "Every day, {h} [work] on it a little.",
      ],
    ],
    [
      [
        "Then {a f} [come/s] along. <f/h: Why do you do that? It is only an old {x}.>",
        "{a f} [laugh/s]. <f/h: Nobody needs an old {x}!>",
      ],
      ["<h/f: Wait and see.>", "But {h} [go] on.", "<h/f: You can help me.> And so {f} [help/s]."],
      [
        "At last the {x} [be/s] clean and red.",
        "After a week, the {x} [shine/s] like new.",
        "Then the {x} [be/s] ready.",
      ],
    ],
    [
      [
        "Soon everyone [come/s] to see the {x}.",
        "One day, a storm [come/s], and the {x} [be/s] the only dry place. Everyone [find/s] room there.",
        "<f/h: I was wrong. It is the finest {x} in the world.>",
      ],
      ["Now nobody [laugh/s] about the {x}.", "And the old {x} [be/s] never alone again.", ...FRIENDS],
    ],
  ],
};

/** t is broken and is mended. */
export const brokenThing: Fable = {
  name: "something broken",
  hero: ["child", "animal"],
  cast: { f: "friend", t: "thing" },
  rows: [
    { how: "it [fall/s] down the stairs" },
    { how: "{h} [sit] on it" },
    { how: "a stone [fall/s] on it" },
    { how: "it [hit/s] the wall" },
    { how: "{h} [stumble] over it" },
  ],
  opens: [
    "{h.s} {t.noun} [be/s] broken.",
    "{h.called} [have] {a t.full}, but {how}, and it [be/s] broken.",
    "{h.called} [hold] a broken {t.noun} in both hands.",
    "{a h} [break/s] {a t.full} and [be/s] sad.",
    "{how}, and now {h.s} {t.noun} [be/s] broken.",
  ],
  paragraphs: [
    [
      [
        "<h: My poor {t.noun}!>",
        "{h} [try] to put the {t.noun} together, but it [not hold/s].",
        "<h: Can anyone mend {a t.noun}?>",
      ],
      [
        "<f/h: Do not throw it away!>",
        "{f} [come/s] and [look/s] at the broken {t.noun}.",
        "{f} [hear/s] {h.o} cry and [come/s] at once.",
      ],
    ],
    [
      [
        "<f/h: With {tool}, we can mend the {t.noun}.>",
        "{f} [have/s] {tool}. <f/h: That will do.>",
        "They [look/p] for {tool}.",
      ],
      [
        "It [take/s] a long time. They [be/p] very careful.",
        "First it [break/s] again. Then it [hold/s].",
        "{f} [hold/s] it, and {h} [work].",
      ],
      ["At last the {t.noun} [be/s] whole again.", "And then the {t.noun} [be/s] almost like new."],
    ],
    [
      [
        "<h/f: It has a scar, and I like it even more.>",
        "<f/h: Nothing is so broken that one cannot mend it.>",
        "<h/f: Thank you! What would I do without you?>",
      ],
      [...FRIENDS, ...NIGHT],
    ],
  ],
};
