/** A fable about a mother and her young one who is lost and found. */
import { NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const lostYoung: Fable = {
  name: "a young one lost",
  hero: ["child"],
  rows: [
    { mother: "duck", young: "duckling", more: "ducklings", cry: "Peep", place: "under an old boat" },
    { mother: "hen", young: "chick", more: "chicks", cry: "Cheep", place: "in a flower pot" },
    { mother: "sheep", young: "lamb", more: "lambs", cry: "Baa", place: "between two rocks" },
    { mother: "cat", young: "kitten", more: "kittens", cry: "Mew", place: "in a rubber boot" },
    { mother: "dog", young: "puppy", more: "puppies", cry: "Yip", place: "in a hole in the garden" },
    { mother: "pig", young: "piglet", more: "piglets", cry: "Oink", place: "behind the apple barrel" },
    { mother: "goose", young: "gosling", more: "goslings", cry: "Peep", place: "in the tall grass" },
    { mother: "owl", young: "owlet", more: "owlets", cry: "Hoo", place: "on the ground under a fir tree" },
    { mother: "fox", young: "cub", more: "cubs", cry: "Yap", place: "under a thorn bush" },
    { mother: "rabbit", young: "bunny", more: "bunnies", cry: "Eek", place: "under a cabbage leaf" },
  ],
  opens: [
    "A mother {mother} [have/s] five {more}. One evening, there [be/p] only four.",
    "{a mother} [count/s] her {more}: one, two, three, four. One [be/s] missing.",
    "A little {young} [lose/s] its mother.",
    "There once [be/s] {a mother} with five {more}, and the smallest {young} [want/s] to see the world.",
    "{h.called} [hear] {a mother} call. One of her {more} [be/s] gone.",
    "{a young} [be/s] all alone and [cry/s].",
  ],
  paragraphs: [
    [
      [
        "The mother [call/s] and [call/s], but there [be/s] no answer.",
        "The smallest {young} had gone too far and [not know/s] the way back.",
        "It [become/s] dark, and the mother [run/s] up and down.",
      ],
      [
        '"Where is my little {young}?" [cry/s] the mother.',
        '"Has anybody seen my smallest {young}?" [ask/s] the mother {mother}.',
        "The other four [be/p] quiet and [sit/p] close together.",
      ],
    ],
    [
      [
        "{a h} [put] on a warm coat and [begin] to look.",
        "{a h} [want] to help. <h: Do not cry. I will help you.>",
        "{a h} [take] a lantern and [go] out.",
      ],
      [
        "{h} [look] behind the house and beside the road.",
        "{h} [ask] the birds and the farmer, but they [not know/p] anything.",
        "First {h} [find] nothing but a feather.",
      ],
      [
        'Then there [be/s] a small sound: "{cry}!"',
        '"{cry}!" [say/s] something, very softly.',
        "{h} [stand] still and [listen]. Something [move/s].",
      ],
      [
        "And there [sit/s] the little {young}, {place}.",
        "{h} [bend] down. The {young} [be/s] {place}!",
        "{place} [sit/s] the smallest {young} and [tremble/s].",
      ],
    ],
    [
      [
        "<h: There you are! Come, I will bring you home.>",
        "{h} [pick] it up and [keep] it warm.",
        "{h} [carry] the {young} home in both hands.",
      ],
      [
        "The mother [run/s] to meet them.",
        "When the mother [see/s] them, she [jump/s] for joy.",
        '"My little one!" [cry/s] the mother.',
      ],
      [
        "The {young} [creep/s] close to her and [not want/s] to leave again.",
        '"I only wanted to see the world," [say/s] the {young}.',
        "And now there [be/p] five {more} again.",
      ],
    ],
    [
      [
        '"Thank you," [say/s] the mother to {h.o}. "Without you, I would still be looking."',
        "Since then, the {young} always [stay/s] near its mother, and {h} often [come] to see them.",
        "And when {h} [come] by, all the {more} [run/p] to greet {h.o}.",
        ...NIGHT,
      ],
    ],
  ],
};
