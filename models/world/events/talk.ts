/** Asking, telling, promising, lying, comforting. */
import type { EventKind } from "./event.ts";

/** h and f speak; because and deed are clauses; x a base verb phrase. */
export const TALK = {
  asksHelp: {
    needs: ["h near f"],
    say: [
      "<h/f: Can you help me, please?> <f/h: Of course. What is wrong?>",
      "<h/f: Please help me, {f.n}. I do not know what to do.>",
      "{h} [take] a deep breath and [ask] {f.o} for help.",
      "<f/h: You look {w}, {h.n}. Can I help?> {h} [nod].",
      "{h} [tell] {f.o} the whole story from the beginning.",
    ],
    ask: [["Whom did {h} ask for help?", "{h} asked {f}."]],
  },
  comforts: {
    needs: ["h near f"],
    say: [
      "{f} [put] an arm around {h.o}. <f/h: It will be all right.>",
      "<f/h: Do not be {w}, {h.n}. I am here with you.>",
      "<f/h: Everyone feels {w} sometimes.> {f} [sit] down beside {h.o}.",
      "{f} [hug] {h.o} and [wait/s] until {h} [feel] better.",
      "<f/h: I was {w} once too. It passes, you will see.>",
    ],
    ask: [["Who comforted {h}?", "{f} comforted {h.o}."]],
  },
  advises: {
    needs: ["h near f"],
    say: [
      "<f/h: I have an idea. You could {x}.>",
      "<f/h: When I was small, I had to {x}. Try it, {h.n}.>",
      "{f} [think] for a while. <f/h: Why do you not {x}?>",
      "<f/h: The best thing is to {x}.> {h} [listen] closely.",
      "{f} [tell] {h.o} to {x}.",
    ],
    brief: "{f} [tell] {h.o} to {x}.",
    ask: [["What did {f} tell {h} to do?", "{f} told {h.o} to {x}."]],
  },
  warns: {
    needs: ["h near f"],
    say: [
      "<f/h: Be careful, {h.n}! {danger}.>",
      "{f} [warn] {h.o}. <f/h: Stay away from there. {danger}.>",
      "Before {h} [go], {f} [take] {h.s} hand. <f/h: {danger}. Promise me to be careful.>",
      "<f/h: Listen to me, {h.n}. {danger}.>",
    ],
    ask: [["Who warned {h}?", "{f} warned {h.o}."]],
  },
  ignores: {
    say: [
      "But {h} [not listen].",
      "{h} [laugh] at the warning. <h: Nothing will happen to me!>",
      "{h} [hear] the words and [forget] them at once.",
      "<h: I know what I am doing!> And {h} [go] on.",
    ],
  },
  lies: {
    needs: ["h near f"],
    makes: ["h knows t"],
    say: [
      "<f/h: Do you know what happened to {the t}?> {h} [shake] {h.s} head. <h/f: No, {excuse}.>",
      "<f/h: Who did this?> {h} [not want] to tell the truth. <h/f: I think {excuse}.>",
      "When {f} [ask] about {the t}, {h} [say] that {excuse}. It [be/s] a lie.",
      "<h/f: It was not me! I am sure that {excuse}.> {f} [look] at {h.o} for a long time.",
    ],
    brief: "{h} [tell] {f.o} a lie.",
    ask: [
      ["Did {h} tell the truth at first?", "No, {h} told a lie at first."],
      ["What lie did {h} tell?", "{h} said that {excuse}."],
    ],
  },
  confesses: {
    needs: ["h near f"],
    say: [
      "<h/f: I did not tell you the truth, {f.n}. {deed}. I am sorry.>",
      "{h} [go] to {f.o} with a red face. <h/f: I lied. {deed}.>",
      "<h/f: I have to tell you something. {deed}. Please forgive me.>",
      "At last {h} [tell] {f.o} everything. <h/f: {deed}. I was afraid to say it.>",
    ],
    brief: "In the end, {h} [tell] the truth.",
    ask: [["What did {h} tell {f} in the end?", "{h} told {f.o} the truth."]],
  },
  forgives: {
    needs: ["h near f"],
    say: [
      "<f/h: I am glad that you told me. I forgive you.>",
      "{f} [be] quiet for a moment. <f/h: Thank you for being honest, {h.n}.>",
      "<f/h: Anyone can make a mistake. Telling the truth takes courage.>",
      "{f} [hug] {h.o}. <f/h: A mistake is only a mistake. Let us forget it.>",
      "{f} [forgive] {h.o} with a smile.",
    ],
    brief: "{f} [forgive] {h.o}.",
    ask: [["Did {f} forgive {h}?", "Yes, {f} forgave {h.o}."]],
  },
  apologises: {
    needs: ["h near f"],
    say: [
      "<h/f: I am sorry, {f.n}. I was wrong.>",
      "<h/f: Please do not be cross with me. I am very sorry.>",
      "{h} [look] at {f.o}. <h/f: I should not have done that. Sorry.>",
      "{h} [say] sorry to {f.o} and [mean] it.",
    ],
    ask: [["Who said sorry?", "{h} said sorry to {f}."]],
  },
  promises: {
    needs: ["h near f"],
    say: [
      "<f/h: Will you {x}?> <h/f: Yes, I promise!>",
      "<h/f: I promise to {x}.> {f} [be] happy to hear it.",
      "{h} [promise] {f.o} to {x}.",
    ],
    brief: "{h} [promise] {f.o} to {x}.",
    ask: [["What did {h} promise?", "{h} promised to {x}."]],
  },
  invites: {
    needs: ["h near f"],
    say: [
      "<h/f: Do you want to play with me?> <f/h: I would love to!>",
      "<f/h: Can I play with you, {h.n}?> <h/f: Yes! The more, the merrier.>",
      "{h} [ask] {f.o} to play, and {f} [say] yes at once.",
      "<h/f: Come and sit with me, {f.n}.> {f} [come] and [sit] down.",
    ],
    ask: [["Did {f} want to play?", "Yes, {f} wanted to play with {h}."]],
  },
  refuses: {
    needs: ["h near f"],
    say: [
      "<h/f: Will you play with me?> <f/h: Not now. I am busy.>",
      "{h} [ask] {f.o} to play, but {f} [shake] {f.s} head.",
      "<f/h: Go away, {h.n}. I want to be alone.>",
      "{f} [be] too busy to play with {h.o}.",
    ],
    ask: [["Did {f} want to play at first?", "No, {f} did not want to play at first."]],
  },
  teases: {
    needs: ["h near f"],
    say: [
      "{f} [laugh] at {h.o}. <f/h: You cannot even {x}!>",
      "<f/h: Look at {h.n}! Too {small} to {x}!>",
      "<f/h: Ha ha! Someone as {small} as you will never {x}.>",
      "{f} [make] fun of {h.o} because {h} [not can] {x}.",
    ],
    brief: "{f} [tease] {h.o}.",
    ask: [["Why did {f} laugh at {h}?", "Because {h} could not {x}."]],
  },
  encourages: {
    needs: ["h near f"],
    say: [
      "<f/h: You can do it, {h.n}! I know you can.>",
      "<f/h: Try once more. I will be right beside you.>",
      "{f} [take] {h.s} hand. <f/h: Small steps are steps too.>",
      "<f/h: Nobody can {x} the first time. Keep trying!>",
      "<f/h: I believe in you, {h.n}.>",
    ],
    ask: [["Who told {h} to keep trying?", "{f} did."]],
  },
  praises: {
    needs: ["h near f"],
    say: [
      "<f/h: Well done, {h.n}! I am proud of you.>",
      "<f/h: That was very (kind|brave|clever|thoughtful|good|generous) of you.>",
      "{f} [clap] and [cheer]. <f/h: You did it, {h.n}!>",
      "<f/h: I knew it! You are {good}.> {h} [blush].",
    ],
  },
  secret: {
    needs: ["h near f"],
    makes: ["f knows t"],
    say: [
      "<h/f: Can you keep a secret? The {t.noun} is {spot}.>",
      "{h} [whisper] into {f.s} ear that {the t} [be/s] {spot}.",
      "<f/h: Tell me, where is {the t}?> <h/f: It is {spot}, but do not tell anyone.>",
    ],
    ask: [["Who else knew where the {t.noun} was?", "{f} knew it too."]],
  },
} as const satisfies Record<string, EventKind>;
