/** Fables about two who meet. */
import { FRIENDS } from "./common.ts";
import type { Fable } from "./fable.ts";

export const visitor: Fable = {
  name: "a hungry visitor",
  hero: ["animal"],
  cast: { f: "worker", food: "food" },
  rows: [
    { work: "carry the wood", days: "three days" },
    { work: "sweep the yard", days: "a week" },
    { work: "fetch water", days: "ten days" },
    { work: "guard the house", days: "the whole winter" },
    { work: "carry the sacks", days: "two weeks" },
    { work: "pick the apples", days: "a month" },
  ],
  opens: [
    "{a h} [knock/s] at the door of {f.called} and [ask/s] for something to eat.",
    "One cold night, {a h} [come/s] to the door of {f.called}.",
    "{a h} [stand/s] at the window of {f.called} and [look/s] in.",
    "{h.called} [be] hungry. There [be/s] a light in the house of {f.called}.",
    "Somebody [knock/s] at the door of {f.called}. It [be/s] {a h}.",
    "{a h} [scratch/s] at {f.called}'s back door.",
    "At {f.called}'s gate [stand/s] {a h}, thin and hungry.",
  ],
  paragraphs: [
    [
      [
        "Inside, it [smell/s] of {food.noun}.",
        "It [snow/s], and there [be/s] nothing to eat in the woods.",
        "{h.s} tummy [growl/s].",
        "",
      ],
    ],
    [
      [
        "{f.called} [open/s] the door and [get/s] a fright.",
        "At first {f.called} [be/s] afraid.",
        "{f.called} [look/s] out. <f: {a h.kind}!>",
        "The door [open/s], and {f.called} [stand/s] there.",
      ],
      [
        "<h/f: Please, do you have something to eat?>",
        "<h/f: I will not hurt you. I am only hungry.>",
        "<h/f: Good evening. May I come in? I have eaten nothing today.>",
      ],
      [
        "{f} [think/s] for a moment.",
        "{f} [see/s] how thin {h} [be].",
        "{f} [not want/s] to send anyone away on such a night.",
      ],
      [
        "<f/h: Come in. There is {some food} left.>",
        "Then {f} [put/s] {some food} on the table.",
        "<f/h: Sit down by the fire and eat.> And {f} [bring/s] {some food}.",
      ],
      [
        "{h} [eat] everything up.",
        "{h} [eat] and [say] thank you.",
        "It [taste/s] so good that {h} [close] {h.s} eyes.",
      ],
    ],
    [
      [
        "<h/f: You were kind to me. Now I want to help you.>",
        "<h/f: I have no money, but I am strong.>",
        "The next morning, {h} [not go] away.",
      ],
      [
        "For {days}, {h} [help] to {work}.",
        "And {h} [stay] for {days} to {work}.",
        "{h} [begin] to {work}, and {h} [do] it well.",
      ],
    ],
    [
      [
        "Since then, there [be/s] always a plate for {h.o}.",
        "{f} [be/s] never alone again.",
        "And if anybody [knock/s] now, they [open/p] the door together.",
        ...FRIENDS,
      ],
    ],
  ],
};

export const twoMeet: Fable = {
  name: "two who meet on the way",
  hero: ["animal", "child"],
  cast: { f: "animal" },
  rows: [
    {
      day: "the first day of spring",
      want: "the first flower",
      there: "between two stones [grow/s] a small blue flower",
    },
    {
      day: "a white winter morning",
      want: "a warm place",
      there: "under a big root [be/s] a dry hole, just big enough for two",
    },
    {
      day: "a foggy morning",
      want: "the way to the river",
      there: "they [hear/p] water, and there [be/s] the river",
    },
    { day: "a hot day", want: "some shade", there: "behind the hill [stand/s] a big green tree" },
    { day: "a rainy evening", want: "a dry place", there: "there [be/s] a cave, dry and warm" },
    {
      day: "a cold autumn evening",
      want: "some nuts",
      there: "under the leaves [lie/p] more nuts than two [can] carry",
    },
    { day: "a windy day", want: "a quiet place", there: "behind a high wall it [be/s] quiet and warm" },
    { day: "the longest day of the year", want: "some water", there: "under a stone [be/s] a little spring" },
  ],
  opens: [
    "On {day}, {a h} [meet/s] {a f}.",
    "On {day}, {a h} and {a f} [meet/p] on the road.",
    "It [be/s] {day}. {a h} [walk/s] along the path and [meet/s] {a f}.",
    "On {day}, {h.called} [go] for a walk.",
    "{a h} [be/s] on the way on {day}.",
  ],
  paragraphs: [
    [
      [
        "<h/f: Good morning! Where are you going?>",
        "<h/f: Hello! Who are you?> <f/h: I am {f.called}. And you?>",
        "{f} [look/s] tired.",
        "At first neither of them [say/s] a word.",
      ],
      [
        "<f/h: I am looking for {want}.>",
        "<f/h: I want to find {want}, but I do not know where.>",
        "<f/h: Do you know where I can find {want}?>",
      ],
    ],
    [
      [
        "<h/f: So am I! Let us look together.>",
        "<h/f: I am looking for that too. Come with me.>",
        "<h/f: What luck! Two find more than one.>",
      ],
      [
        "They [walk/p] and [talk/p] and [not notice/p] the time.",
        "{h} [look] on the left, and {f} [look/s] on the right.",
        "They [go/p] over a hill and through a small wood.",
      ],
      [
        "But they [not find/p] it.",
        "It [become/s] late.",
        "<f/h: I am tired. Shall we go back?> <h/f: Only a little farther.>",
        "",
      ],
    ],
    [
      ["Then {h} [stop]. {there}.", "And then! {there}.", "<f/h: Look there!> {there}."],
      [
        "<h/f: We found it!>",
        "They [be/p] happy and [rest/p] for a while.",
        "<f/h: It is enough for both of us.>",
      ],
      ["{h} [share] everything with {f.o}.", "<f/h: Alone I would have turned back.> <h/f: So would I.>", ""],
    ],
    [FRIENDS],
  ],
};

export const newHome: Fable = {
  name: "somebody new",
  hero: ["child", "animal"],
  cast: { f: "friend" },
  rows: [
    { likes: "draw", there: "draw in the sand", made: "a picture of a ship" },
    { likes: "sing", there: "sing under the big tree", made: "a song for two" },
    { likes: "dig", there: "dig behind the house", made: "a deep hole with a roof of branches" },
    { likes: "count the stars", there: "lie in the grass and look up", made: "a map of the stars" },
    { likes: "collect stones", there: "look for stones by the stream", made: "a little tower of stones" },
    { likes: "bake", there: "bake a cake out of mud", made: "a cake with five berries on it" },
    { likes: "build", there: "build something out of sticks", made: "a bridge for ants" },
    { likes: "run", there: "run around the pond", made: "a race with two winners" },
  ],
  opens: [
    "{h.called} [be] new in the village.",
    "{h.called} [come] to a new place.",
    "{a h} [come/s] to live in a new house.",
    "{h.called} and {h.s} family [move/p] to a new house.",
    "{h.called} [not know] anybody.",
    "It [be/s] the first day in a new school for {h.called}.",
    "{h.called} [be] shy.",
  ],
  paragraphs: [
    [
      [
        "There [be/s] no one to play with.",
        "Everything [be/s] strange: the rooms, the street and the smells.",
        "{h} [think] of {h.s} old friends and [be] sad.",
        "{h} [sit] at the window and [watch] the others.",
      ],
      [
        "{h} [not dare] to speak to anyone.",
        "<h: Nobody knows me here.>",
        "At night {h} [not can] sleep.",
        "",
      ],
    ],
    [
      [
        "One morning, {h} [go] out to {there}, because {h} [like] to {likes}.",
        "So {h} [go] out alone to {there}.",
        "What {h} [like] most [be/s] to {likes}. So {h} [begin] to {there}.",
      ],
      [
        "{a f} [stop/s] and [watch/s].",
        "After a while {a f} [stand/s] there.",
        "A shadow [fall/s] on the ground. It [be/s] {a f}.",
      ],
      [
        "<f/h: What are you doing?>",
        "<f/h: That looks nice. May I help?>",
        "<f/h: You are new here. I like to {likes} too!>",
      ],
      [
        "{h} [be] shy, but {h} [smile]. <h/f: You can help me.>",
        "<h/f: Come, I will show you.>",
        "{h} [nod] and [make] room.",
      ],
    ],
    [
      [
        "Together they [make/p] {made}.",
        "By noon they [have/p] {made}.",
        "When it [get/s] dark, there [be/s] {made}.",
      ],
      [
        "<f/h: What is your name?> <h/f: I am {h.called}.> <f/h: And I am {f.called}. Will you come again tomorrow?>",
        "<f/h: Tomorrow I will show you the whole village.>",
        "<f/h: I am glad that you came here.>",
      ],
    ],
    [
      [
        "Now the new place [feel/s] like home.",
        "That evening, {h} [not think] of the old house any more.",
        ...FRIENDS,
      ],
    ],
  ],
};

export const tinyDoor: Fable = {
  name: "a small door",
  hero: ["child"],
  cast: { f: "animal", food: "food" },
  rows: [
    { door: "a little yellow door", at: "in a hollow tree" },
    { door: "a door no bigger than a hand", at: "in a big stone" },
    { door: "a little green door", at: "in an old tree" },
    { door: "a round door", at: "in the side of the hill" },
    { door: "a small red door", at: "under the stairs" },
    { door: "a door as small as a book", at: "in the garden wall" },
    { door: "a very small door", at: "in the trunk of an oak" },
    { door: "a blue door", at: "behind the old cupboard" },
  ],
  opens: [
    "There [be/s] {door} {at}.",
    "{h.called} [find] {door} {at}.",
    "One day, {a h} [find/s] {door} {at}.",
    "Far from the road, {at}, there [be/s] {door}.",
    "(Behind the mill|Beside the well|Not far from the road) [stand/s] (an old tree|a crooked tree|a hollow oak) with {door}.",
    "(High on the hill|Near the river|At the end of the lane) there [be/s] (a tree|a stone wall|an old tower) with {door}.",
    "In the middle of the (meadow|field|park) [lie/s] (a big stone|a grey rock) with {door}.",
  ],
  paragraphs: [
    [
      [
        "Nobody [know/s] who [live/s] there.",
        "The others [walk/p] past and [not see/p] it.",
        "It [be/s] not there the day before.",
        "",
      ],
    ],
    [
      [
        "{a h} [want] to know what [be/s] behind it.",
        "Then {a h} [stop] in front of it.",
        "{a h} [kneel] down and [look] at it.",
      ],
      ["{h} [knock] three times.", "{h} [knock] very softly.", "<h: Is anybody there?>"],
      [
        "At first it [be/s] quiet. Then the door [open/s].",
        "Something [rustle/s], and the door [open/s].",
        "<f/h: Who is there?>",
      ],
      [
        "There [stand/s] {a f} with a cap on.",
        "{a f} [look/s] out and [smile/s].",
        "In the door [stand/s] {a f}.",
      ],
    ],
    [
      [
        "<f/h: At last somebody knocks! I have waited so long for a visitor.>",
        "<f/h: Come in, but mind your head!>",
        "<f/h: You are too big for my house. We can sit outside.>",
      ],
      [
        "They [drink/p] tea from tiny cups, and on the table [be/s] {some food}.",
        "{f} [bring/s] {some food}, and they [share/p] it.",
        "There [be/s] {some food}, and it [taste/s] {food.taste}.",
      ],
      [
        "<h/f: Why does nobody know you?> <f/h: Because nobody looks down.>",
        "<f/h: Will you keep my secret?> <h/f: I will not tell anyone.>",
        "{f} [tell/s] {h.o} stories of the old days.",
      ],
    ],
    [
      [
        "When the sun [go/s] down, {h} [have] to go home. <f/h: Come again!>",
        "<h/f: May I come again?> <f/h: Every day, if you like.>",
        "Before it [get/s] dark, {h} [say] goodbye.",
      ],
      ["And {h} often [knock] there again.", "{h} [keep] the secret to this day.", ...FRIENDS],
    ],
  ],
};
