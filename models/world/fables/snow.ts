/** A fable about a figure of snow that melts and comes back. */
import { NIGHT_OF_TWO } from "./common.ts";
import type { Fable } from "./fable.ts";

export const snowFigure: Fable = {
  name: "a figure of snow",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { figure: "snowman", nose: "a carrot for a nose", left: "a carrot", hat: "an old hat" },
    { figure: "snow bear", nose: "two chestnuts for eyes", left: "two chestnuts", hat: "a red scarf" },
    { figure: "snow cat", nose: "whiskers made of straw", left: "some straw", hat: "a blue ribbon" },
    { figure: "snow queen", nose: "a nose made of a pine cone", left: "a pine cone", hat: "a paper crown" },
    { figure: "snow dog", nose: "two leaves for ears", left: "two brown leaves", hat: "a green collar" },
    { figure: "snow giant", nose: "a mouth made of pebbles", left: "some pebbles", hat: "a big straw hat" },
  ],
  opens: [
    "{h.called} [build] {a figure} in front of the house.",
    "{h.called} and {f} [make/p] {a figure}.",
    "In the middle of the yard [stand/s] {a figure}. It [be/s] {a h} who [make] it.",
    "When the snow [come/s], {h.called} [make] {a figure}.",
    "There once [be/s] {a h} who [have/s] {a figure} for a friend.",
    "<h: Look, I made {a figure}!>",
  ],
  paragraphs: [
    [
      [
        "It [have/s] {nose} and [wear/s] {hat}.",
        "{h} [give] it {nose}, and {f} [give/s] it {hat}.",
        "It [get/s] {nose}, and last of all {hat}.",
      ],
      [
        "{f} [look/s] at it from all sides and [clap/s].",
        "<f/h: That is the best {figure} in the world.>",
        "{f} [laugh/s]. <f/h: It looks as if it could walk!>",
      ],
      [
        "Every morning, {h} [say] hello to the {figure}.",
        "All winter, {h} [tell] the {figure} what happened that day.",
        "{h} [like] the {figure} more than any toy.",
      ],
    ],
    [
      [
        "Then the days [become/p] longer, and the sun [be/s] warm.",
        "Then a warm wind [blow/s], day and night.",
        "But winter [not stay/s] for ever.",
      ],
      [
        "The {figure} [become/s] smaller and smaller.",
        "Drop by drop, the {figure} [melt/s].",
        "Each day, the {figure} [be/s] a little thinner.",
      ],
      [
        "In the end, only {left} and {hat} [lie/p] in the wet grass.",
        "One morning, it [be/s] gone. Nothing [be/s] left but {left}.",
        "At last, nothing [be/s] left but {hat} and {left}.",
      ],
      ["{h} [cry].", "<h: Now my friend is gone.>", "{h} [not want] to play that day."],
    ],
    [
      [
        "<f/h: It is not gone. It is in the stream and in the clouds.>",
        "{f} [come/s] to {h.o}. <f/h: It will come back with the snow.>",
        "<f/h: Do not be sad, {h.n}. It only went home for the summer.>",
      ],
      [
        "{h} [put] everything that [be/s] left in a box and [wait].",
        "So {h} [keep] what [be/s] left in a safe place.",
        "Spring, summer and autumn [go/p] by.",
      ],
      [
        "And when it [be/s] winter, the first flakes [fall/p].",
        "Then, one quiet night, it [snow/s] again.",
        "At last, everything [be/s] white again.",
      ],
      [
        "{h+f} [run/p] out and [build/p] the {figure} again.",
        "<h/f: Quick, help me!> Soon the {figure} [stand/s] in its old place.",
        "They [roll/p] the snow together, and by noon the {figure} [be/s] there again.",
      ],
    ],
    [
      [
        "<h: Hello again! I waited for you.>",
        "{h} almost [think] that it [smile/s].",
        "Now {h} [know] that some friends go away and come back.",
        ...NIGHT_OF_TWO,
      ],
    ],
  ],
};
