/** A fable about a king or a queen who wants something impossible and gets a small joy. */
import { FRIENDS } from "./common.ts";
import type { Fable } from "./fable.ts";

export const royalWish: Fable = {
  name: "an impossible wish",
  hero: ["child", "animal"],
  cast: { f: "ruler" },
  rows: [
    {
      wish: "fly like a bird",
      fails: "{f} [wave/s] two big fans and [fall/s] into a bush",
      show: "a swing under an old tree",
      feel: "{f} [swing/s] up into the sky and down again",
    },
    {
      wish: "touch the rainbow",
      fails: "{f} [ride/s] all day, and the rainbow [be/s] always one hill away",
      show: "a drop of water in the sun",
      feel: "all the colours [lie/p] in {f.s} hand",
    },
    {
      wish: "catch the moon",
      fails: "{f} [throw/s] a net, and it [come/s] back empty",
      show: "a bucket of water in the dark",
      feel: "the moon [swim/s] in the bucket, round and bright",
    },
    {
      wish: "own the sea",
      fails: "{f} [fill/s] a hundred buckets, and the sea [be/s] as big as before",
      show: "a white shell",
      feel: "{f} [hear/s] the whole sea in it",
    },
    {
      wish: "stop the rain",
      fails: "{f} [shout/s] at the clouds, and it [rain/s] even harder",
      show: "a deep puddle",
      feel: "{f} [jump/s] right into the middle with both feet",
    },
    {
      wish: "walk on the clouds",
      fails: "{f} [climb/s] the longest ladder, and it [be/s] too short",
      show: "a meadow full of white fog",
      feel: "{f} [walk/s] through the fog as if it were a cloud",
    },
    {
      wish: "talk to the stars",
      fails: "{f} [call/s] all night, and no star [answer/s]",
      show: "a dark field with a hundred fireflies",
      feel: "the little lights [blink/p] as if they [say/p] good evening",
    },
    {
      wish: "keep the summer for ever",
      fails: "{f} [close/s] all the windows, and autumn [come/s] anyway",
      show: "a jar of strawberry jam",
      feel: "{f} [taste/s] it, and it [be/s] like a warm day in summer",
    },
  ],
  opens: [
    "There once [be/s] {a f} who [want/s] to {wish}.",
    "{f.called} [want/s] to {wish}.",
    "{f.called} [want/s] to {wish}, but that [not be/s] possible.",
    "<f: I want to {wish}!>",
    "In a white castle [live/s] {a f} who [want/s] to {wish}.",
    "{f.called} [have/s] everything, but {f} [want/s] to {wish}.",
    "One day, {f.called} [have/s] a strange wish: to {wish}.",
  ],
  paragraphs: [
    [
      [
        "All the clever people of the land [shake/p] their heads.",
        "The guards [look/p] at each other and [say/p] nothing.",
        "Nobody [dare/s] to laugh.",
      ],
      ["{f} [try/s] it. {fails}.", "And what [happen/s]? {fails}.", "It [not work/s]. {fails}."],
      [
        "After that, {f} [be/s] sad and [not eat/s].",
        "{f} [sit/s] on the throne with a long face.",
        "<f: What good is a crown if I cannot {wish}?>",
      ],
    ],
    [
      [
        "Then {a h} [come] to the castle.",
        "{a h} [hear] about it and [go] to the castle.",
        "One day, {a h} [stand] at the gate of the castle.",
      ],
      [
        "<h/f: I cannot help you to {wish}. But I can show you something.>",
        "<h/f: Please come with me. It is not far.>",
        "<h/f: I know something that is almost as good.>",
      ],
      [
        "{f} [take/s] off the crown and [come/s] along.",
        "The guards [laugh/p], but {f} [stand/s] up. <f/h: I will come.>",
        "<f/h: Then show it to me.>",
      ],
      [
        "{h} [show] {f.o} {show}.",
        "They [leave/p] through the small door, and {h} [show] {f.o} {show}.",
        "It [be/s] only {show}.",
      ],
    ],
    [
      ["And {feel}.", "Then {feel}.", "<h/f: Try it!> And {feel}."],
      [
        "{f} [laugh/s] for the first time in a year.",
        "<f/h: That is wonderful!>",
        "<f/h: I did not know that a small thing can make me so happy.>",
      ],
      [
        "<h/f: It is not what you wished for.> <f/h: No. It is better.>",
        "<f/h: Who told you about it?> <h/f: Nobody. I only looked.>",
        "",
      ],
    ],
    [
      [
        "From then on, {f} often [leave/s] the crown at home and [go/s] for a walk with {h.o}.",
        "Since then, the gate of the castle [be/s] always open for {h.o}.",
        "{f} never [ask/s] for such a thing again, and {h} often [come] to visit.",
        ...FRIENDS,
      ],
    ],
  ],
};
