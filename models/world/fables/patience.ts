/** Fables about learning, waiting and going slowly. */
import { FRIENDS, NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const cannot: Fable = {
  name: "something that one cannot do yet",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "elder" },
  rows: [
    {
      x: "sing",
      fails: "only a squeak [come/s] out",
      step: "hum a quiet song",
      after: "a clear tone [come/s] out",
    },
    {
      x: "whistle",
      fails: "there [be/s] only air",
      step: "make {h.s} lips small and round",
      after: "there [be/s] a clear whistle",
    },
    {
      x: "swim",
      fails: "{h} [swallow] water",
      step: "float on {h.s} back",
      after: "{h} [swim] across the pond",
    },
    {
      x: "skate",
      fails: "{h} [fall] on the ice",
      step: "take small steps",
      after: "{h} [glide] over the ice",
    },
    {
      x: "dance",
      fails: "{h} [step] on {h.s} own feet",
      step: "count to four",
      after: "{h.s} feet [know/p] the way",
    },
    {
      x: "read",
      fails: "the letters [look/p] like ants",
      step: "read one word a day",
      after: "{h} [read] a whole page",
    },
    {
      x: "climb the big tree",
      fails: "{h} [slip] down again",
      step: "hold on with both hands",
      after: "{h} [sit] at the very top",
    },
    {
      x: "jump over the stream",
      fails: "{h} [land] in the water",
      step: "run a little first",
      after: "{h} [fly] over the water and [land] on the grass",
    },
    {
      x: "catch a ball",
      fails: "the ball [fall/s] to the ground",
      step: "look only at the ball",
      after: "the ball [stay/s] in {h.s} hands",
    },
    {
      x: "play the flute",
      fails: "it [sound/s] like a sick duck",
      step: "blow very softly",
      after: "there [be/s] a sweet song",
    },
    {
      x: "tell a joke",
      fails: "{h} [forget] the end",
      step: "say it to {h.o} every evening",
      after: "everyone [laugh/s] at the right time",
    },
    {
      x: "bake bread",
      fails: "it [be/s] black like coal",
      step: "watch the fire",
      after: "the bread [be/s] brown and warm",
    },
  ],
  opens: [
    "{h.called} [want] to {x}, but it [not work/s].",
    "{h.called} [want] to {x}.",
    "{h.called} [try] to {x}.",
    "{h.called} [not can] {x}.",
    "There once [be/s] {a h} who [want/s] to {x}.",
    "<h: I want to {x}!>",
    "Everyone [can] {x}, only {h.called} [not can].",
  ],
  paragraphs: [
    [
      [
        "{h} [try], but what [be/s] that? {fails}.",
        "{h} [try] with all {h.s} strength. {fails}.",
        "{fails}. The others [laugh/p].",
      ],
      [
        "<h: I will never learn it.>",
        "{h} [be] sad and [sit] down in a corner.",
        "{h} [want] to give up.",
        "",
      ],
    ],
    [
      ["{f} [see/s] it.", "{f} [sit/s] down beside {h.o}.", "In the evening, {h} [tell] it to {f.o}."],
      [
        "<f/h: Nobody can do it the first time.>",
        "<f/h: I could not do it either when I was small.>",
        "<f/h: You want too much at once.>",
      ],
      [
        "<f/h: I will help you. Begin slowly.> And {f} [show/s] {h.o} how to {step}.",
        "<f/h: It is easy if you know how.> {f} [teach/s] {h.o} to {step}.",
        "{f} [tell/s] {h.o} to {step}, again and again.",
      ],
      [
        "{h} [practise] every day.",
        "Day after day, {h} [practise].",
        "The next day {h} [try] again, and the day after that too.",
      ],
    ],
    [
      ["And one morning, {after}.", "A week later, {after}.", "Then, on a Sunday, {after}!"],
      [
        "<h/f: I can do it! I can {x}!>",
        "<f/h: You see, {h.n}? You can {x}!>",
        "Everybody [clap/s].",
        "{h} [be] the happiest of all.",
      ],
    ],
    [
      [
        "Since then, {h} [help] others who want to learn it.",
        "Now {h} [know] that everything [be/s] hard before it [be/s] easy.",
        "{h} [thank] {f.o} with a big hug.",
        ...NIGHT,
      ],
    ],
  ],
};

export const seed: Fable = {
  name: "waiting for a seed",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { seed: "bean", plant: "bean plant", fruit: "a basket of beans" },
    { seed: "pumpkin seed", plant: "vine", fruit: "a pumpkin as big as a cart" },
    { seed: "apple seed", plant: "little tree", fruit: "one red apple" },
    { seed: "sunflower seed", plant: "sunflower", fruit: "a flower like a small sun" },
    { seed: "cherry stone", plant: "little tree", fruit: "seven sweet cherries" },
    { seed: "rose seed", plant: "rose", fruit: "a red rose" },
  ],
  opens: [
    "{h.called} [have] {a seed}.",
    "{h.called} [put] {a seed} into the ground and [wait].",
    "{a h} [plant/s] {a seed} behind the house.",
    "One spring day, {h.called} [get] {a seed} as a present.",
    "{h.called} [want] to have a garden, but {h} [have] only {a seed}.",
  ],
  paragraphs: [
    [
      ["Every day, {h} [give] it water.", "<h: Grow!>", "{h} [water] it in the morning and in the evening."],
      [
        "But nothing [happen/s].",
        "The ground [stay/s] brown and bare.",
        "After three days, there [be/s] still nothing to see.",
      ],
    ],
    [
      [
        "{f} [laugh/s]. <f/h: Nothing will grow there.>",
        "<f/h: Dig it out and throw it away.>",
        "<f/h: Perhaps it is asleep.>",
      ],
      ["<h/f: I will wait.>", "{h} [want] to dig it up, but {h} [not do] it.", "<h/f: It needs time.>"],
      [
        "{h} [sing] to it and [tell] it stories.",
        "{h} [build] a small fence around it.",
        "It [rain/s], and the sun [shine/s].",
      ],
    ],
    [
      [
        "Then, one morning, there [be/s] something green!",
        "And one day, a tiny leaf [look/s] out of the ground.",
        "After two weeks, a green point [come/s] up.",
      ],
      [
        "It [grow/s] and [grow/s] and [become/s] {a plant}.",
        "Soon it [be/s] {a plant}, as tall as {h}.",
        "In summer it [be/s] {a plant}.",
      ],
      [
        "In autumn, {h} [have] {fruit}.",
        "And it [give/s] {h.o} {fruit}.",
        "{h} [not can] believe it: {fruit}!",
      ],
    ],
    [
      [
        "<f/h: You were right to wait.> And {h} [share] it with {f.o}.",
        "{h} [give] half of it to {f.o}. <f/h: Next year I will plant one too.>",
        "{h+f} [share/p] it and [keep/p] one seed for the next year.",
      ],
      ["", "Some things take a long time.", ...NIGHT],
    ],
  ],
};

export const race: Fable = {
  name: "a race",
  who: true,
  hero: ["animal", "child"],
  cast: { f: "animal" },
  rows: [
    { goal: "the old oak", trouble: "{f} [fall/s] into a ditch" },
    { goal: "the bridge", trouble: "{f} [get/s] a thorn in one foot" },
    { goal: "the mill", trouble: "{f} [get/s] stuck in a fence" },
    { goal: "the far fence", trouble: "{f} [slip/s] in the mud" },
    { goal: "the lake", trouble: "{f} [trip/s] over a root" },
    { goal: "the hilltop", trouble: "{f} [roll/s] down the hill" },
  ],
  opens: [
    "{h.called} [want] to win the big race.",
    "{h.called} [be] slow, but {h} [want] to win a race.",
    "There once [be/s] {a h} who [want/s] to be the fastest of all.",
    "There [be/s] a race in the village, and {h.called} [want] to win.",
    "{h.called} [be] the slowest of all.",
    "{a h} [want/s] to run in the race.",
  ],
  paragraphs: [
    [
      [
        "Everyone [laugh/s]. <f/h: You? You are much too slow!>",
        "<f/h: I will win, as always.>",
        "<f/h: You will never win, {h.n}.>",
      ],
      [
        "But {h} [not listen]. Every morning, {h} [practise].",
        "<h/f: We will see.>",
        "{h} [say] nothing and [practise] every day.",
      ],
    ],
    [
      ["The day of the race [come/s].", "Then it [be/s] time.", "On Sunday, they all [stand/p] in a row."],
      [
        "One, two, three, go! They [run/p] to {goal}.",
        "A bell [ring/s], and they [run/p] to {goal}.",
        "The way [be/s] long, all the way to {goal}.",
      ],
      [
        "{f} [be/s] far in front. {h} [be] the last.",
        "Soon {h} [not see] the others any more.",
        "{h} [go] on, step by step.",
      ],
      ["But just before {goal}, {trouble}.", "Then {trouble}.", "And what [happen/s]? {trouble}."],
    ],
    [
      [
        "{h} [come] along. <f/h: Help me, please!>",
        "<f/h: Go on, {h.n}. Now you can win.>",
        "{h} [stop]. {h} [can] win now!",
      ],
      [
        "But {h} [not want] to win like that. {h} [help] {f.o} up.",
        "<h/f: Come, take my hand.>",
        "{h} [think] only for a moment. Then {h} [help] {f.o}.",
      ],
      [
        "They [walk/p] to {goal} side by side.",
        "So they both [come/p] to {goal} at the same time.",
        "Together they [reach/p] {goal}, the last of all.",
      ],
    ],
    [
      [
        "And everybody [cheer/s] louder than for the winner.",
        "<f/h: You are slow, but you have the biggest heart.>",
        "{h} [not win], but {h} [be] happy.",
      ],
      ["", ...FRIENDS],
    ],
  ],
};

export const egg: Fable = {
  name: "a strange egg",
  hero: ["child", "animal"],
  cast: { f: "elder" },
  rows: [
    { egg: "green egg", baby: "small turtle", home: "pond" },
    { egg: "white egg", baby: "yellow duckling", home: "pond" },
    { egg: "spotted egg", baby: "little owl", home: "old oak" },
    { egg: "brown egg", baby: "wet chick", home: "hen house" },
    { egg: "golden egg", baby: "tiny dragon", home: "mountains" },
    { egg: "speckled egg", baby: "grey bird", home: "nest in the hedge" },
    { egg: "big egg", baby: "white gosling", home: "lake" },
    { egg: "pink egg", baby: "small snake with kind eyes", home: "warm stones" },
  ],
  opens: [
    "{h.called} [find] {a egg} in the grass.",
    "{h.called} [find] {a egg} in {h.s} shoe.",
    "One morning, {a h} [find/s] {a egg} on the stairs.",
    "There [lie/s] {a egg} in front of the door, and {h.called} [see] it first.",
    "One day, {h.called} [find] {a egg}.",
    "{a h} [find/s] {a egg} behind the house.",
  ],
  paragraphs: [
    [
      [
        "<h: Whose egg is this?>",
        "It [be/s] still warm.",
        "Nobody [know/s] where it [come/s] from.",
        "{h} [look] around, but there [be/s] no nest.",
      ],
      [
        "{h} [show] it to {f.o}. <f/h: It must be kept warm.>",
        "{f} [say/s] that an egg [need/s] warmth.",
        "<h/f: What shall I do with it?> <f/h: Keep it warm and wait.>",
      ],
    ],
    [
      [
        "So {h} [put] it in a box with wool.",
        "{h} [make] a nest from a soft scarf.",
        "{h} [carry] it in {h.s} cap, day and night.",
      ],
      [
        "{h} [wait] for many days.",
        "Every evening, {h} [listen]. There [be/s] nothing to hear.",
        "Days [go/p] by. {h} [be] patient.",
      ],
      [
        "Then there [be/s] a crack!",
        "One night, something [tap/s]: tap, tap, tap.",
        "On Sunday, the egg [begin/s] to shake.",
      ],
    ],
    [
      [
        "The egg [open/s], and out [come/s] {a baby}.",
        "Out of the egg [look/s] {a baby}.",
        "Slowly, {a baby} [creep/s] out.",
      ],
      [
        "It [look/s] at {h.o} and [make/s] a small sound.",
        "<h: Hello, little one.>",
        "<h: You are so small!>",
        "It [follow/s] {h.o} everywhere.",
      ],
      ["It [grow/s] bigger every day.", "{h} [feed] it and [teach] it to walk.", ""],
    ],
    [
      [
        "One day, it [be/s] big enough, and {h} [bring] it to the {home}.",
        "When it [be/s] grown, {h} [take] it to the {home}.",
        "Then it [want/s] to go to the {home}. {h} [let] it go.",
      ],
      [
        "Every spring, it [come/s] back to visit {h.o}.",
        "{h} [be] sad and happy at the same time.",
        "But it never [forget/s] who [keep/s] it warm.",
        "It [turn/s] around once more, and {h} [wave].",
      ],
    ],
  ],
};
