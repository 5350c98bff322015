/** A fable about a thing that wants to do something, and who takes care of it. */
import { NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const wishOfThing: Fable = {
  name: "a thing with a wish",
  hero: ["child", "animal", "grown"],
  rows: [
    {
      full: "little blue boat",
      it: "boat",
      place: "in the harbour",
      wish: "sail to the island",
      ready: "{h} [close] every hole and [pull] up the sail",
      does: "the boat [dance/s] over the waves, all the way to the island",
    },
    {
      full: "old green train",
      it: "train",
      place: "in a dusty shed",
      wish: "go over the mountain once more",
      ready: "{h} [oil] the wheels and [light] the fire",
      does: "the train [puff/s] up the mountain and down the other side",
    },
    {
      full: "paper kite",
      it: "kite",
      place: "in the attic",
      wish: "fly above the clouds",
      ready: "{h} [tie] a long, strong string to it",
      does: "the kite [fly/s] up and up, until it [be/s] as small as a bird",
    },
    {
      full: "small bell",
      it: "bell",
      place: "in the church tower",
      wish: "ring for a party",
      ready: "{h} [rub] it with a cloth until it [shine/s]",
      does: "the bell [ring/s], and the whole village [come/s] to dance",
    },
    {
      full: "red tractor",
      it: "tractor",
      place: "behind the barn",
      wish: "pull the big wagon",
      ready: "{h} [fill] the tank and [clean] the lamps",
      does: "the tractor [pull/s] the big wagon through the mud",
    },
    {
      full: "wooden sled",
      it: "sled",
      place: "in the cellar",
      wish: "race down the white hill",
      ready: "{h} [put] wax on the runners",
      does: "the sled [fly/s] down the white hill like an arrow",
    },
    {
      full: "rusty lantern",
      it: "lantern",
      place: "on an old ship",
      wish: "show somebody the way home",
      ready: "{h} [clean] the glass and [put] in a new candle",
      does: "the lantern [shine/s] through the fog and [show/s] a fisherman the way home",
    },
    {
      full: "little drum",
      it: "drum",
      place: "under the stairs",
      wish: "march in front of the band",
      ready: "{h} [mend] the skin and [make] two new sticks",
      does: "the drum [go/s] in front of the band, boom, boom, boom",
    },
  ],
  opens: [
    "There once [be/s] {a full} that [want/s] to {wish}.",
    "{place} there [be/s] {a full}. It [want/s] to {wish}.",
    "The {full} [have/s] only one wish: to {wish}. Nobody [know/s] it.",
    "There [be/s] {a full} that {h.called} [like] very much.",
    "It [be/s] {h.called} who [take/s] care of {a full}.",
    "Day after day, the {full} [wait/s] {place}.",
  ],
  paragraphs: [
    [
      [
        "Nobody [know/s] the {it} better than {a h}.",
        "{a h} [look] after it and [talk] to it.",
        "Every evening, {a h} [come] to see it.",
      ],
      [
        '"I want to {wish}," [say/s] the {it}.',
        '"Do you know what I want?" [ask/s] the {it}. "I want to {wish}!"',
        "{h} [put] an ear to the {it} and [hear] what it [want/s]: to {wish}.",
      ],
      [
        "The others only [laugh/p]. A {it} like that? Never!",
        "Everybody [say/s] that the {it} [be/s] not good enough for that.",
        "<h: Nobody believes in you, but I do.>",
      ],
    ],
    [
      ["So {ready}.", "The next morning, {ready}.", "{h} [not wait] any longer. {ready}."],
      [
        '"I am a little afraid," [say/s] the {it}. "What if I cannot do it?"',
        "The first time, it [not work/s].",
        "The {it} [shake/s] a little.",
      ],
      ["<h: Be brave. I am with you.>", "<h: We will try it together.>", "<h: Slowly! There is no hurry.>"],
    ],
    [
      ["And then {does}!", "Then {does}.", "All at once, {does}!"],
      [
        "Nobody [laugh/s] now. Everybody [wave/s].",
        "<h: Hurrah! You did it!>",
        '"I can do it!" [cry/s] the {it}.',
      ],
    ],
    [
      [
        "In the evening, the {it} [be/s] back {place}, and {h} [say] good night to it.",
        "Since then, the {it} [not have/s] to wait for long. {h} often [come].",
        "<h: That was a fine day. Tomorrow we will do it again.>",
        "The {it} never [forget/s] that day, and {h} [not forget] it either.",
        ...NIGHT,
      ],
    ],
  ],
};
