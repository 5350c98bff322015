/** A fable about a rainy day in the house. */
import { NIGHT_OF_TWO } from "./common.ts";
import type { Fable } from "./fable.ts";

export const indoors: Fable = {
  name: "a rainy day inside",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "sibling" },
  rows: [
    {
      thing: "ship",
      from: "two chairs and a blanket",
      trip: "sail around the world",
      meet: "an old sock [be/s] a big fish",
    },
    { thing: "castle", from: "pillows", trip: "guard the gold", meet: "the broom [be/s] a tired horse" },
    {
      thing: "train",
      from: "all the chairs",
      trip: "go to the mountains",
      meet: "the teddy bear [have/s] no ticket",
    },
    {
      thing: "circus",
      from: "a sheet and a rope",
      trip: "show some tricks",
      meet: "the teddy bear [be/s] a wild lion",
    },
    {
      thing: "shop",
      from: "a table and some buttons",
      trip: "sell cakes made of paper",
      meet: "the doll [want/s] to buy them all",
    },
    {
      thing: "rocket",
      from: "a basket and a pot",
      trip: "fly to the stars",
      meet: "the lamp [be/s] a friendly moon",
    },
    {
      thing: "cave",
      from: "a table and a dark blanket",
      trip: "look for treasure",
      meet: "a shoe [be/s] a sleeping dragon",
    },
  ],
  opens: [
    "It [rain/s], and {h.called} [have] to stay inside.",
    "Rain [run/s] down the window, and {h.called} [be] bored.",
    "{h.called} [want] to play outside, but it [rain/s].",
    "It [rain/s] all day, and {h.called} [not know] what to do.",
    "<h: It is raining again! What can we do?>",
    "One wet Sunday, {a h} [sit/s] at the window.",
  ],
  paragraphs: [
    [
      [
        "{h} [draw] a sad face on the glass.",
        "{h} [count] the drops on the window.",
        "The clouds [be/p] dark, and the rain [not stop/s].",
      ],
      [
        "{f} [be/s] bored too.",
        "{f} [yawn/s]. <f/h: There is nothing to do.>",
        "{f} [sit/s] on the floor and [sigh/s].",
      ],
      [
        "Then {h} [have] an idea. <h/f: We can make {a thing}!>",
        "<h/f: I know something! Let us make {a thing}.>",
        "<f/h: We could make {a thing}.> <h/f: Oh yes!>",
      ],
    ],
    [
      [
        "They [take/p] {from}, and soon there [be/s] {a thing} in the room.",
        "Out of {from}, they [make/p] {a thing}.",
        "It [be/s] easy with {from}. Soon the {thing} [be/s] ready.",
      ],
      [
        "<f/h: Come, let us {trip}!>",
        "<h/f: And now we will {trip}.>",
        "So the game [begin/s]: they [want/p] to {trip}.",
      ],
      ["And look: {meet}!", "Suddenly {meet}.", "{meet}, and they both [laugh/p]."],
      [
        "First {h} [give] the orders, and then {f} [do/s].",
        "They [play/p] so well that they [forget/p] the rain.",
        "Nobody [hear/s] the rain any more.",
      ],
    ],
    [
      [
        "When they [look/p] out again, the sun [shine/s].",
        "Suddenly it [be/s] quiet outside. The rain [be/s] over.",
        "In the evening the rain [stop/s], but they [not notice/p] it.",
      ],
      [
        "<f/h: We can go outside now.> <h/f: Not yet! It is so nice in here.>",
        "<h/f: What a pity! I want to play on.>",
        "They [run/p] out, [jump/p] into one puddle and [run/p] back to the {thing}.",
      ],
    ],
    [
      [
        "<h/f: I hope that it rains tomorrow.>",
        "<f/h: Can the {thing} stay here?> And it [stay/s] for a whole week.",
        "Since then, {h} [be] never bored when it [rain/s].",
        ...NIGHT_OF_TWO,
      ],
    ],
  ],
};
