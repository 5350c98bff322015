/** A fable about a forgotten garden and a secret. */
import { FRIENDS } from "./common.ts";
import type { Fable } from "./fable.ts";

export const secretGarden: Fable = {
  name: "a secret garden",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { behind: "behind a high wall", care: "water the roses", later: "the roses [bloom/p], red and white" },
    {
      behind: "behind the old mill",
      care: "cut the dead branches",
      later: "the old tree [be/s] full of apples",
    },
    {
      behind: "behind a thick hedge",
      care: "take the leaves out of the pond",
      later: "the pond [be/s] clear, and a frog [sing/s] in it",
    },
    {
      behind: "behind the last house",
      care: "pull up the weeds",
      later: "there [be/p] strawberries everywhere",
    },
    {
      behind: "behind a rusty gate",
      care: "hang up little houses for the birds",
      later: "the birds [come/p] and [sing/p] in every tree",
    },
    {
      behind: "behind the castle",
      care: "put seeds into the ground",
      later: "the sunflowers [stand/p] taller than the wall",
    },
  ],
  opens: [
    "{behind}, there [be/s] a garden that nobody [know/s].",
    "{behind} [lie/s] a garden. Everyone had forgotten it.",
    "{h.called} [find] a garden {behind}.",
    "There [be/s] a secret {behind}. It [be/s] a garden.",
    "Only {h.called} [know] the garden {behind}.",
    "One day, {a h} [find/s] a garden {behind}.",
  ],
  paragraphs: [
    [
      [
        "{a h} [push] the branches aside and [go] in.",
        "{a h} [find] the way in, under some branches.",
        "One morning, {a h} [go] inside for the first time.",
      ],
      [
        "It [be/s] quiet there, and the grass [be/s] high.",
        "Everything [be/s] dry and wild.",
        "There [be/s] nobody but a small bird.",
      ],
      ["<h: Poor garden! I will help you.>", "{h} [like] it at once.", "<h: This will be my secret.>"],
    ],
    [
      ["Every day, {h} [come] back to {care}.", "{h} [begin] to {care}.", "<h: First I will {care}.>"],
      [
        "But the work [be/s] too much for one.",
        "It [be/s] hard work, and {h.s} arms [hurt/p].",
        "After a week, {h} [be] very tired.",
      ],
      [
        "{f} [ask/s] where {h} always [go]. <h/f: Can you keep a secret?> <f/h: Of course.>",
        "So {h} [tell] {f.o} the secret. <f/h: I will help you.>",
        "One day, {f} [follow/s] {h.o}. <f/h: So this is your secret! May I help you?>",
      ],
      [
        "From then on, they [work/p] side by side.",
        "Two of them [be/p] twice as fast as one.",
        "They [dig/p] and [carry/p] and [sing/p].",
      ],
    ],
    [
      ["And in summer, {later}.", "Then, one day, {later}.", "And one bright morning, {later}!"],
      [
        "<f/h: It is the most beautiful place in the world.>",
        "They [sit/p] down in the grass and [say/p] nothing.",
        "<h/f: Look what we did!>",
      ],
    ],
    [
      [
        "{h+f} [keep/p] the secret of the garden to this day.",
        "Then {h+f} [open/p] the garden for everyone who [want/s] to see it.",
        "<h/f: A secret is nicer for two.>",
        ...FRIENDS,
      ],
    ],
  ],
};
