/** A fable about the first day at school. */
import { FRIENDS } from "./common.ts";
import type { Fable } from "./fable.ts";

export const firstDay: Fable = {
  name: "the first day at school",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { task: "count to ten", slip: "{h} [forget] the seven", help: "{f} [hold/s] up seven fingers" },
    {
      task: "paint a house",
      slip: "{h} [spill] the blue paint",
      help: "{f} [wipe/s] the table with a cloth",
    },
    { task: "sing a song", slip: "{h} [not know] the words", help: "{f} [whisper/s] every line first" },
    { task: "write a name", slip: "the letters [fall/p] off the line", help: "{f} [draw/s] a new line" },
    { task: "cut out a star", slip: "the star [break/s] in two", help: "{f} [bring/s] the glue" },
    { task: "tie a bow", slip: "the bow [become/s] a big knot", help: "{f} [pull/s] the knot open" },
    { task: "build a tower", slip: "the tower [fall/s] over", help: "{f} [pick/s] up all the blocks" },
  ],
  opens: [
    "{h.called} [go] to school for the first time.",
    "It [be/s] {h.called}'s first morning at school.",
    "{h.called} [not want] to go to school.",
    "{h.called} [have] a new bag and new shoes, because school [begin/s].",
    "<h: I do not want to go to school!>",
    "{a h} [stand/s] at the gate of the school and [not go/s] in.",
  ],
  paragraphs: [
    [
      ["{h.s} tummy [feel/s] strange.", "{h} [hold] {h.s} bag tight.", "<h: What if nobody likes me?>"],
      [
        "The room [be/s] big and full of new faces.",
        "Everyone [look/s] up when {h} [come] in.",
        "The teacher [smile/s] at {h.o}.",
      ],
      [
        "There [be/s] a free chair beside {a f}.",
        "{h} [sit] down on a chair beside {a f}.",
        "On the next chair [sit/s] {a f}.",
      ],
    ],
    [
      [
        "First they all [learn/p] to {task}.",
        "That morning, everybody [have/s] to {task}.",
        "The teacher [ask/s] them to {task}.",
      ],
      ["But {slip}.", "Oh dear! {slip}.", "{h} [try] it, but {slip}."],
      [
        "Some of the others [laugh/p].",
        "{h} [become] red and [want] to go home.",
        "<h: I am the worst of all.>",
      ],
    ],
    [
      ["Only {f} [not laugh/s].", "Then {f} [lean/s] over.", "But {f} [see/s] it too and [come/s] closer."],
      [
        "<f/h: That is not so bad. It is my first day too.>",
        "<f/h: Do not cry. I will help you.>",
        "<f/h: Shall I tell you something? I am a little afraid too.>",
      ],
      ["And so {help}.", "Then {help}.", "Right away, {help}."],
      [
        "Together it [be/s] easy.",
        "After that, {h} [can] {task} like all the others.",
        "They [do/p] it once more, and this time it [be/s] right.",
      ],
      [
        "At noon they [share/p] an apple.",
        "In the break, they [run/p] around the yard.",
        "The teacher [say/s] that they [be/p] a good team.",
        "",
      ],
    ],
    [
      [
        "<h: Tomorrow I will go to school again!>",
        "At home, {h} [tell] so much about {f.o} that the soup [get/s] cold.",
        "And the next morning, {h+f} [be/p] the first at the gate.",
        "Now {h} [like] school, and {h} always [sit] beside {f.o}.",
        ...FRIENDS,
      ],
    ],
  ],
};
