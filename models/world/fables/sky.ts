/** A fable about a question that only the sky can answer. */
import { NIGHT } from "./common.ts";
import type { Fable } from "./fable.ts";

export const skyQuestion: Fable = {
  name: "a question for the sky",
  who: true,
  hero: ["child", "animal"],
  cast: { f: "elder" },
  rows: [
    {
      light: "moon",
      q: "where the moon [go/s] in the morning",
      ask: "Where do you go in the morning?",
      answer: "I go to the other side of the world and shine for the children there",
    },
    {
      light: "little star",
      q: "why the little star [blink/s]",
      ask: "Why do you blink?",
      answer: "I am far away, and each time I blink, I say hello",
    },
    {
      light: "grey cloud",
      q: "why the grey cloud [cry/s]",
      ask: "Why do you cry?",
      answer: "I do not cry. I carry water to the thirsty flowers",
    },
    {
      light: "wind",
      q: "where the wind [sleep/s]",
      ask: "Where do you sleep?",
      answer: "I sleep in a cave by the sea when no one flies a kite",
    },
    {
      light: "sun",
      q: "why the sun [go/s] down",
      ask: "Why do you go down every evening?",
      answer: "If I stayed, nobody would ever see the stars",
    },
    {
      light: "rainbow",
      q: "where the rainbow [come/s] from",
      ask: "Where do you come from?",
      answer: "The rain is my mother and the sun is my father",
    },
    {
      light: "snow cloud",
      q: "what the snow cloud [do/s] in summer",
      ask: "What do you do in summer?",
      answer: "I make the snow, one flake after the other, and no two are the same",
    },
    {
      light: "moon",
      q: "why the moon [be/s] sometimes round and sometimes thin",
      ask: "Why are you sometimes round and sometimes thin?",
      answer: "I hide a little more each night, and then I come out again",
    },
  ],
  opens: [
    "{h.called} [want] to know {q}.",
    "{h.called} [ask] everybody {q}, but nobody [know/s] it.",
    "There once [be/s] {a h} who [want/s] to know {q}.",
    "{h.called} [look] up at the {light} and [wonder].",
    "<h: I want to know {q}.>",
    "{h.called} [have] a question for the {light}.",
  ],
  paragraphs: [
    [
      ["{h} [ask] {f.o} {q}.", "<h/f: Do you know {q}?>", "{h} [go] to {f.o} to ask {q}."],
      [
        "<f/h: I do not know. You have to ask the {light}.>",
        "<f/h: Only the {light} knows that.>",
        "{f} [think/s] about it for a while. <f/h: Why not ask the {light}?>",
      ],
      [
        "<h/f: But it is so far away!>",
        "<h/f: Then I will find out.>",
        "{h} [be] surprised, but {h} [nod].",
        "",
      ],
    ],
    [
      [
        "So {h} [climb] to the top of the hill and [wait].",
        "So {h} [open] the window and [look] out.",
        "{h} [sit] down on the roof and [wait].",
      ],
      [
        "It [take/s] a long time, but {h} [not go] away.",
        "First there [be/s] nothing to see. Then the {light} [come/s].",
        "And there it [be/s], high above the trees.",
      ],
      ["<h: Hello! {ask}>", "<h: Dear {light}! {ask}>", "<h: Please tell me something. {ask}>"],
      [
        "It [be/s] very quiet for a moment.",
        "The {light} [seem/s] to smile.",
        "Nobody had ever asked the {light} anything.",
      ],
      [
        '"{answer}," [answer/s] the {light}.',
        '"{answer}," [say/s] the {light} in a soft voice.',
        '"{answer}," [whisper/s] the {light}.',
      ],
    ],
    [
      [
        "<h: Thank you! Now I know it.>",
        "<h: Then I will think of that when I look up.>",
        '"May I come again?" [ask/s] {h}. "Whenever you like," [say/s] the {light}.',
      ],
      [
        "{h} [run] home and [tell] it to {f.o}.",
        "At home, {h} [tell] {f.o} what the {light} said.",
        "{f} [listen/s] to it all. <f/h: You asked, and so you know.>",
      ],
    ],
    [
      [
        "Since then, {h} always [wave] to the {light}.",
        "And {h} [have] a new question already.",
        "Now {h} [not be] afraid to ask any more.",
        ...NIGHT.slice(0, -1),
      ],
    ],
  ],
};
