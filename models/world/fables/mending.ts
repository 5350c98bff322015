/** Fables about things that are lost, broken or out of reach. */
import { FRIENDS, NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const lost: Fable = {
  name: "something lost",
  who: true,
  hero: ["child", "animal", "grown"],
  cast: { f: "friend" },
  rows: [
    {
      item: "brown boot",
      mine: "one of {h.s} brown boots",
      wrong: "under the bed",
      right: "in the hen house",
      use: "a hen [sleep/s] in it",
    },
    {
      item: "blue glove",
      mine: "one of {h.s} blue gloves",
      wrong: "in the drawer",
      right: "on the nose of the snowman",
      use: "it [keep/s] the nose warm",
    },
    {
      item: "striped sock",
      mine: "one of {h.s} striped socks",
      wrong: "in the basket",
      right: "in the dog's bed",
      use: "a puppy [sleep/s] on it",
    },
    {
      item: "yellow rubber boot",
      mine: "one of {h.s} yellow rubber boots",
      wrong: "behind the door",
      right: "in the garden",
      use: "a frog [sit/s] in it",
    },
    {
      item: "soft slipper",
      mine: "one of {h.s} soft slippers",
      wrong: "under the chair",
      right: "under the stairs",
      use: "a mouse [live/s] in it",
    },
    {
      item: "new skate",
      mine: "one of {h.s} new skates",
      wrong: "on the shelf",
      right: "under the snow in the yard",
      use: "only the tip [look/s] out",
    },
    {
      item: "green mitten",
      mine: "one of {h.s} green mittens",
      wrong: "behind the stove",
      right: "on a branch of the apple tree",
      use: "a small bird [sit/s] in it",
    },
    {
      item: "blue hat",
      mine: "{h.s} blue hat",
      wrong: "on the shelf",
      right: "on the head of the scarecrow",
      use: "it [look/s] very good there",
    },
    {
      item: "yellow scarf",
      mine: "{h.s} yellow scarf",
      wrong: "in the basket",
      right: "around the neck of the snowman",
      use: "the snowman [look/s] warm and happy",
    },
    {
      item: "wooden spoon",
      mine: "{h.s} wooden spoon",
      wrong: "in the drawer",
      right: "in the sandbox",
      use: "somebody [dig/s] holes with it",
    },
    {
      item: "silver bell",
      mine: "{h.s} silver bell",
      wrong: "behind the door",
      right: "in the nest of a crow",
      use: "the crow [love/s] shiny things",
    },
    {
      item: "old book",
      mine: "{h.s} old book",
      wrong: "on the table",
      right: "under the short leg of the bench",
      use: "it [hold/s] up the bench",
    },
    {
      item: "black shoe",
      mine: "one of {h.s} black shoes",
      wrong: "under the chair",
      right: "in the dog's bed",
      use: "a puppy [sleep/s] on it",
    },
    {
      item: "brown bag",
      mine: "{h.s} brown bag",
      wrong: "in the kitchen",
      right: "on the back of the donkey",
      use: "the donkey [carry/s] it all day",
    },
    {
      item: "little drum",
      mine: "{h.s} little drum",
      wrong: "in the box",
      right: "in the barn",
      use: "a family of mice [live/s] in it",
    },
  ],
  opens: [
    "{h.called} [not can] find {mine}.",
    "{h.called} [look] everywhere for {mine}.",
    "It [rain/s], and {h.called} [not can] find {mine}.",
    "One morning, {mine} [be/s] gone.",
    "<h: Where is my {item}?>",
    "{h.called} [lose] {mine}.",
    "{a h} [have] {a item}, and one day it [be/s] gone.",
  ],
  paragraphs: [
    [
      [
        "",
        "It [be/s] the best {item} of all.",
        "Without the {item}, the day [be/s] no fun.",
        "It [be/s] there the day before.",
      ],
      [
        "{h} [look] {wrong}, but it [be/s] not there.",
        "First {h} [look] {wrong}. Nothing!",
        "Was it {wrong}? No, there [be/s] only dust.",
      ],
    ],
    [
      ["Then {f} [come/s] along.", "{h} [ask] {f.o} for help.", "{f} [see/s] that {h} [be] sad."],
      [
        "<f/h: What are you looking for?> <h/f: My {item} is gone!>",
        "<h/f: Have you seen my {item}?> <f/h: No, but I will help you.>",
        "<f/h: When did you have it last?> <h/f: Yesterday, when we played outside.>",
      ],
      [
        "So they [look/p] together, in the house and in the yard.",
        "They [walk/p] all the way back and [look/p] left and right.",
        "Together they [search/p] every corner.",
      ],
    ],
    [
      [
        "Suddenly {f} [stop/s] and [point/s]. There it [be/s], {right}!",
        "And there it [be/s]: {right}!",
        "<f/h: Look! There is your {item}!> It [be/s] {right}.",
      ],
      ["{use}.", "And that [be/s] not all. {use}."],
      [
        "{h+f} [laugh/p] until they [have/p] to sit down.",
        "{h} [not can] be angry. {h} [laugh] out loud.",
        "<h/f: So that is where it was!>",
        "",
      ],
      [
        "<h/f: Thank you, {f.n}. I would not have found it alone.>",
        "<h/f: Four eyes see more than two.>",
        "{h} [thank] {f.o} and [take] the {item} home.",
        "{h} [take] the {item} and [hold] it tight.",
        "<h/f: I am so glad to have my {item} again!>",
      ],
      ["After that, {h} always [put] the {item} in its place.", ...FRIENDS],
    ],
  ],
};

export const broken: Fable = {
  name: "a thing that stopped",
  hero: ["child", "animal"],
  cast: { f: "worker" },
  rows: [
    { dev: "old clock", does: "tick", why: "a small spider [have/s] its web between the wheels" },
    { dev: "kitchen clock", does: "tick", why: "a crumb of bread [be/s] stuck between the wheels" },
    { dev: "big bell", does: "ring", why: "two birds [have/p] their nest in it" },
    { dev: "mill", does: "turn", why: "a branch [be/s] stuck in the wheel" },
    { dev: "well", does: "give water", why: "a frog [sit/s] in the bucket and [not want/s] to leave" },
    { dev: "lamp in the street", does: "shine", why: "a bat [hang/s] in front of the light and [sleep/s]" },
    { dev: "music box", does: "play", why: "a button [lie/s] under the little key" },
    { dev: "fountain", does: "splash", why: "a red apple [be/s] stuck in the pipe" },
    { dev: "stove", does: "burn", why: "there [be/s] a bird's nest in the chimney" },
    { dev: "radio", does: "sing", why: "a mouse [sleep/s] in it" },
  ],
  opens: [
    "The {dev} [not want/s] to {does}.",
    "One day the {dev} [stop/s], and no one [know/s] the reason.",
    "Something [be/s] wrong with the {dev} near the {home}.",
    "The {dev} [stop/s] in the middle of the day.",
    "Everybody [wonder/s] why the {dev} [be/s] so quiet.",
    "That morning the {dev} [be/s] still.",
  ],
  paragraphs: [
    [
      [
        "<f: This is strange. It worked yesterday.> {f} [shake/s] it, but that [not help/s].",
        "{f} [knock/s] on it. Nothing [happen/s].",
        "Everyone [give/s] advice, but nobody [can] mend it.",
      ],
    ],
    [
      ["{a h} [want] to help.", "Then {a h} [come] to look at it.", "Only {a h} [have] an idea."],
      [
        "<f/h: You are too small for that.>",
        "<f/h: Be careful, {h.n}.>",
        "<f/h: What can you do that I cannot?>",
        "",
      ],
      [
        "<h/f: I only want to look inside.>",
        "<h/f: Perhaps something is stuck.>",
        "<h/f: Small hands can reach small places.>",
      ],
      [
        "{h} [take] a light and [look] inside.",
        "{h} [put] {h.s} ear to the {dev} and [listen].",
        "{h} [open] it very slowly.",
      ],
    ],
    [
      ["{why}.", "And what [be/s] it? {why}.", "{h} [smile]. {why}."],
      [
        "Gently, {h} [put] everything in order.",
        "{h} [not hurt] anyone and [not break] anything.",
        "With two fingers, {h} [help]. It [take/s] only a moment.",
        "{h} [wait] and [work], and then it [be/s] done.",
      ],
      [
        "At once the {dev} [begin/s] to {does} again.",
        "And the {dev} [can] {does} again!",
        "Soon the {dev} [be/s] as good as new.",
      ],
    ],
    [
      [
        "<f/h: Well done! I did not think of that.>",
        "<f/h: Who looks closely finds the reason.>",
        "{f} [clap/s] and [laugh/s].",
      ],
      [
        "{h} [be] proud all day.",
        "Since then, they [ask/p] {h.o} when something [be/s] broken.",
        "And everyone [know/s] {h.s} name.",
        ...NIGHT,
      ],
    ],
  ],
};

export const notWork: Fable = {
  name: "something made that does not work",
  who: true,
  hero: ["child", "animal", "grown"],
  cast: { f: "friend" },
  rows: [
    {
      made: "ship",
      should: "swim",
      fails: "it [sink/s] at once",
      fault: "there is a hole in the bottom",
      fix: "close the hole with wax",
      works: "the ship [swim/s] like a duck",
    },
    {
      made: "kite",
      should: "fly",
      fails: "it [fall/s] to the ground",
      fault: "it has no tail",
      fix: "tie a long tail to it",
      works: "the kite [fly/s] over the roofs",
    },
    {
      made: "cart",
      should: "roll",
      fails: "it [stand/s] still like a stone",
      fault: "one wheel is not round",
      fix: "make a new wheel",
      works: "the cart [roll/s] down the road",
    },
    {
      made: "whistle",
      should: "sing",
      fails: "there [be/s] only a hiss",
      fault: "there is sand in it",
      fix: "wash the sand out",
      works: "the whistle [sing/s] like a bird",
    },
    {
      made: "cake",
      should: "rise",
      fails: "it [stay/s] flat",
      fault: "you forgot the eggs",
      fix: "take three eggs this time",
      works: "the cake [be/s] high and golden",
    },
    {
      made: "snowman",
      should: "stand",
      fails: "the head [roll/s] away",
      fault: "the feet are too small",
      fix: "make the bottom big and round",
      works: "the snowman [stand/s] until spring",
    },
    {
      made: "tent",
      should: "stand",
      fails: "it [fall/s] on {h.s} head",
      fault: "one pole is too short",
      fix: "find a longer pole",
      works: "the tent [stand/s] firm, even in the wind",
    },
    {
      made: "lantern",
      should: "shine",
      fails: "it [stay/s] dark",
      fault: "the candle is wet",
      fix: "take a dry candle",
      works: "the lantern [shine/s] like a small sun",
    },
    {
      made: "loaf of bread",
      should: "rise",
      fails: "it [be/s] as hard as wood",
      fault: "you did not wait long enough",
      fix: "let it rest for an hour",
      works: "the bread [be/s] soft and warm",
    },
    {
      made: "raft",
      should: "swim",
      fails: "it [turn/s] over",
      fault: "all the heavy wood is on one side",
      fix: "put the wood in the middle",
      works: "the raft [swim/s] down the stream",
    },
  ],
  opens: [
    "{h.called} [have] {a made} that [not want/s] to {should}.",
    "{h.called} [make] {a made}, but it [not want/s] to {should}.",
    "{h.called} [want] to make {a made}.",
    "{h.called} [work] all week on {a made}.",
    "There once [be/s] {a h} who [make/s] {a made}.",
  ],
  paragraphs: [
    [
      [
        "{h} [try] it. {fails}.",
        "It should {should}. But {fails}.",
        "{h} [try] it once, twice, three times. {fails}.",
      ],
      [
        "<h: I give up!>",
        "{h} [throw] {h.s} hat on the ground.",
        "{h} [sit] down and [sigh].",
        "Some who [see/p] it [laugh/p].",
      ],
    ],
    [
      ["{f} [come/s] to see it.", "Then {f} [come/s] by.", "{f} [hear/s] about it and [come/s] at once."],
      [
        "<f/h: May I look at it?> <h/f: Yes, but it is no good.>",
        "<h/f: I did everything right, and it does not work!>",
        "<f/h: Do not give up, {h.n}.>",
      ],
      [
        "{f} [look/s] at the {made} from all sides. <f/h: {fault}.>",
        "<f/h: I see it. {fault}.>",
        "<f/h: {fault}. That is all!>",
      ],
      ["So they [decide/p] to {fix}.", "<h/f: Then we have to {fix}!>", "<f/h: You only have to {fix}.>"],
    ],
    [
      ["They [work/p] until the evening.", "It [not take/s] long.", "{h} [do] it with great care.", ""],
      [
        "And then: {works}!",
        "Everyone [hold/p] their breath. {works}!",
        "This time it [be/s] different. {works}.",
      ],
      [
        "<h/f: It works! It works!>",
        "{h} [jump] for joy.",
        "{h+f} [cheer/p].",
        "<h/f: Without you, I would have given up.>",
      ],
    ],
    [
      [
        "{h} [learn] that a mistake [be/s] not the end.",
        "Now {h} [know] that a second look [help/s].",
        ...FRIENDS,
      ],
    ],
  ],
};

export const stuck: Fable = {
  name: "something stuck up high",
  hero: ["child", "animal"],
  cast: { f: "animal" },
  rows: [
    { item: "kite", high: "at the top of a tall tree" },
    { item: "red balloon", high: "under the roof of the barn" },
    { item: "ball", high: "on the roof of the school" },
    { item: "hat", high: "on the highest branch of the oak" },
    { item: "paper plane", high: "on the top of the wall" },
    { item: "scarf", high: "on the church tower" },
    { item: "feather", high: "on the roof of the mill" },
    { item: "shoe", high: "in the old pear tree" },
  ],
  opens: [
    "{a item} [hang/s] {high}, and nobody [can] reach it.",
    "{a item} [be/s] stuck {high}.",
    "{h.s} {item} [be/s] stuck {high}.",
    "{h.called} [look] up. There [be/s] {h.s} {item}, {high}.",
    "The wind [take/s] {h.s} {item} and [carry/s] it away.",
    "One windy day, {h.s} {item} [fly/s] away.",
  ],
  paragraphs: [
    [
      ["{a h} [stand] below and [cry].", "It [belong/s] to {a h}.", "{a h} [look] up at it. <h: My {item}!>"],
      [
        "It [be/s] too high.",
        "{h} [jump], but {h} [not can] reach it.",
        "{h} [throw] a stick, but the {item} [stay/s] {high}.",
      ],
    ],
    [
      [
        "Then {a f} [come/s] by.",
        "{a f} [hear/s] it and [come/s] closer.",
        "{a f} [sit/s] near there and [watch/s].",
      ],
      [
        "<f/h: What is wrong?> <h/f: My {item} is up there, and I cannot get it.>",
        "<f/h: Why are you so sad?> <h/f: My {item} is stuck.>",
        "<h/f: Please, can you help me? My {item} is up there.>",
      ],
      [
        "<f/h: I can climb. Wait here!>",
        "<f/h: That is easy for me.>",
        "<f/h: Two of us are taller than one. Climb on my back.>",
      ],
    ],
    [
      [
        "Up {f} [go/s], higher and higher.",
        "It [take/s] a while, and the branches [shake/p].",
        "<h/f: Be careful!>",
        "{h} [not dare] to look.",
      ],
      [
        "Then the {item} [come/s] down, right into {h.s} hands.",
        "And then {h} [hold] the {item} again!",
        "The {item} [fall/s] down, and {h} [catch] it.",
      ],
      [
        "<h/f: Thank you! You are a good climber.>",
        "<h/f: Thank you! How can I thank you?> <f/h: Let me play with you.>",
        "{h} [be] so happy that {h} [dance].",
      ],
    ],
    [
      [
        "They [play/p] with the {item} until it [get/s] dark.",
        "{h} [hold] the {item} tight on the way home.",
        "That afternoon, they [play/p] together.",
        ...FRIENDS,
      ],
    ],
  ],
};
