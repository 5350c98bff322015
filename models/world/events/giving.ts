/** Giving, lending, sharing, trading and making. */
import type { EventKind } from "./event.ts";

/** h hero, f another, t and u things, food a meal. */
export const GIVING = {
  gives: {
    needs: ["h has t", "h near f"],
    makes: ["f has t", "f owns t"],
    say: [
      "{h} [give] {the t} to {f.o}.",
      "<h/f: This {t} is for you.> {h} [hold] it out to {f.o}.",
      "{h} [put] {the t} into {f.s} hands. <h/f: You need it more than I do.>",
      "<h/f: Please take my {t}. I want you to have it.>",
      "So {h} [make] {f.o} a present of {the t}.",
    ],
    brief: "{h} [give] {the t} to {f.o}.",
    ask: [
      ["Who got the {t.noun} from {h}?", "{f} got it."],
      ["What did {h} give to {f}?", "{h} gave {f.o} the {t.noun}."],
    ],
  },
  receives: {
    needs: ["f has t", "h near f"],
    makes: ["h has t", "h owns t"],
    say: [
      "{f} [give] {h.o} {a t}.",
      "<f/h: Close your eyes and hold out your hands, {h.n}.> It [be/s] {a t}!",
      "<f/h: I have something for you.> {f} [hand] {h.o} {a t}.",
      "From behind {f.s} back, {f} [bring] out {a t} for {h.o}.",
      "<f/h: Here is {a t}. It is yours now.>",
    ],
    brief: "{f} [give] {h.o} {a t}.",
    ask: [["What did {f} give to {h}?", "{f} gave {h.o} {a t.full}."]],
  },
  returns: {
    needs: ["h has t", "h near f"],
    makes: ["f has t"],
    say: [
      "{h} [give] {the t} back to {f.o}.",
      "<h/f: Here is your {t}. I am sorry that you had to wait.>",
      "{h} [hand] {the t} back. <f/h: My {t}! Thank you, {h.n}!>",
      "<h/f: I think this {t} belongs to you.> {f} [take] it with both hands.",
    ],
    brief: "{h} [give] it back to {f.o}.",
    ask: [["Who gave the {t.noun} back?", "{h} gave it back to {f}."]],
  },
  getsBack: {
    needs: ["f has t", "h near f"],
    makes: ["h has t"],
    say: [
      "{f} [give] {the t} back to {h.o}.",
      "<f/h: Here is your {t}, {h.n}.> {h} [take] it with both hands.",
      "{f} [hold] out {the t}. {h} [hug] it tightly.",
      "With a smile, {f} [put] {the t} into {h.s} hands.",
    ],
    brief: "{h} [get] {the t} back.",
  },
  lends: {
    needs: ["f has t", "h near f"],
    makes: ["h has t"],
    say: [
      "<h/f: May I borrow your {t}?> <f/h: Yes, but please take care of it.>",
      "{f} [lend] {h.o} {a t} for the day.",
      "<f/h: You can have my {t} until tomorrow.> {h} [promise] to be careful with it.",
      "{h} [ask] for {the t}, and {f} [let] {h.o} have it for a while.",
    ],
    brief: "{f} [lend] {h.o} {a t}.",
    ask: [["Whose {t.noun} was it?", "It was {f.s} {t.noun}."]],
  },
  shares: {
    needs: ["h near f"],
    say: [
      "{h} [make] two parts of {the food} and [give] {f.o} the bigger one.",
      "<h/f: Would you like some of my {food}?> <f/h: Yes, please!>",
      "{h} [have] {some food}, and {f} [have] nothing. So {h+f} [share] it.",
      "{h+f} [sit] down and [eat] {the food} together. It [taste/s] {food.taste}.",
      "{h} [look] at {the food}, then at {f.o}. <h/f: Half for you, half for me.>",
    ],
    brief: "{h} [share] {h.s} {food} with {f.o}.",
    ask: [
      ["What did {h} share with {f}?", "{h} shared the {food}."],
      ["How did the {food} taste?", "It tasted {food.taste}."],
    ],
  },
  keepsFood: {
    needs: ["h near f"],
    say: [
      "{f} [look] at {the food}. <f/h: May I have a bite?> <h/f: No! It is mine.>",
      "{h} [have] {some food}, but {h} [not want] to share it with {f.o}.",
      "<h/f: This {food} is only for me.> {h} [turn] {h.s} back to {f.o}.",
      "{h} [hide] {the food} so that {f} [not can] ask for it.",
    ],
    brief: "{h} [not want] to share {h.s} {food} with {f.o}.",
    ask: [["What did {h} not want to share?", "{h} did not want to share the {food}."]],
  },
  trades: {
    needs: ["h has t", "f has u", "h near f"],
    makes: ["f has t", "h has u"],
    say: [
      "<h/f: I will give you my {t} for your {u}.> <f/h: That is a fair trade.>",
      "{h} [swap] {the t} for {a u} that {f} [have].",
      "<f/h: Your {t} for my {u}?> {h} [think] for a moment and then [nod].",
      "{h+f} [trade]: {the t} for {the u}.",
    ],
    brief: "{h} [trade] {the t} for {a u}.",
    ask: [["What did {h} get for the {t.noun}?", "{h} got {a u.full} from {f}."]],
  },
  makes: {
    makes: ["h has t", "h owns t"],
    say: [
      "{h} [work] all week and [make] {a t} out of {t.material}.",
      "With some {t.material} and a lot of patience, {h} [make] {a t}.",
      "{h} [cut], [glue] and [paint] until there [be/s] {a t}.",
      "{h} [look] for {t.material} and [build] {a t} from it.",
      "It [take/s] {h.o} three days to make {a t}.",
    ],
    brief: "{h} [make] {a t}.",
    ask: [["What was the {t.noun} made of?", "It was made of {t.material}."]],
  },
  thanks: {
    needs: ["h near f"],
    say: [
      "<h/f: What would I do without you, {f.n}?>",
      "<h/f: That was the kindest thing anyone has ever done for me.>",
      "{h} [press] {f.s} hand and [not find] the right words.",
      "<h/f: Thank you! If you ever need help near the {home}, call me.>",
      "{h} [smile] at {f.o}. <h/f: You are a true friend.>",
      "<h/f: Thank you, {f.n}! You are very kind.>",
      "<h/f: Thank you so much. I will never forget this.>",
      "{h} [thank] {f.o} with a big hug.",
      "{h} [thank] {f.o} again and again.",
      "<h/f: Thank you!> <f/h: You are welcome, {h.n}.>",
      "<h/f: How can I thank you, {f.n}?> <f/h: Your smile is enough.>",
    ],
  },
  giftFor: {
    needs: ["h near f", "h has t"],
    makes: ["f has t", "f owns t"],
    say: [
      "To say thank you, {h} [give] {f.o} {a t}.",
      "As a thank-you, {f} [get] {a t} from {h.o}.",
      "<h/f: I made {a t} for you, because you helped me.>",
    ],
    ask: [["How did {h} thank {f}?", "{h} gave {f.o} {a t.full}."]],
  },
} as const satisfies Record<string, EventKind>;
