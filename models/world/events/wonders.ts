/** Animals in need, wishes, surprises and quarrels. */
import type { EventKind } from "./event.ts";

/** h hero, f another, g a third, t a thing, spot and other words. */
export const WONDERS = {
  hearsCry: {
    say: [
      "Then {h} [hear] a thin little cry from {spot}.",
      "<h: Shh! Did somebody cry?> The sound [come/s] from {spot}.",
      "A sad sound [come/s] from {spot}, and {h} [stand] still to listen.",
      "Something [move/s] {spot}. {h} [go] closer.",
    ],
    ask: [["Where did the cry come from?", "It came from {spot}."]],
  },
  findsHurt: {
    makes: ["f joins h"],
    say: [
      "There [sit/s] {a f} with a hurt {limb}.",
      "{h} [find] {a f}. {f.s} {limb} [be/s] caught between two stones.",
      "It [be/s] {a f} who [not can] move, because of a sore {limb}.",
      "{h} [bend] down and [see] {a f}, wet, cold and with a hurt {limb}.",
    ],
    brief: "{h} [find] {a f} with a hurt {limb}.",
    ask: [
      ["Whom did {h} find?", "{h} found {f.name}, {a f.kind}."],
      ["What was wrong with {f}?", "{f} had a hurt {limb}."],
    ],
  },
  caresFor: {
    needs: ["h near f"],
    say: [
      "{h} [wash] the {limb} with clean water and [tie] {bandage} around it.",
      "Very gently, {h} [wrap] the {limb} in {bandage}.",
      "{h} [carry] {f.o} home and [make] a bed of {bandage}.",
      "<h/f: Do not be afraid. I will help you.> {h} [bring] {some food} and {bandage}.",
    ],
    brief: "{h} [take] care of {f.o}.",
    ask: [["What did {h} use to help {f}?", "{h} used {bandage}."]],
  },
  recovers: {
    needs: ["h near f"],
    say: [
      "After {days}, the {limb} [be/s] well again, and {f} [can] {x}.",
      "Day by day {f} [get] stronger. After {days}, {f} [want] to {x} again.",
      "{days} later, {f} [jump] up and [begin] to {x}.",
    ],
    brief: "{f} [get] well.",
    ask: [["How long did it take until {f} was well?", "It took {days}."]],
  },
  rescue: {
    needs: ["h near f"],
    say: [
      "{a t} [have/s] fallen on {f.o}. {h} [lift] it with all {h.s} strength.",
      "{f} [be] caught in a net. {h} [bite] and [pull] until the net [tear/s].",
      "{f} [be] in the water and [not can] swim. {h} [hold] out a long branch, and {f} [grab] it.",
    ],
    brief: "{h} [save] {f.o}.",
    ask: [["Who saved {f}?", "{h} saved {f.o}."]],
  },
  magicThing: {
    needs: ["h has t"],
    say: [
      "{h} [rub] {the t}, and a small voice [say/s] that {h} [have] one wish.",
      "{the t} [begin/s] to glow. It [be/s] a magic {t}, and it [can] grant a wish!",
      "A spark [jump/s] out of {the t} and [write/s] in the air: one wish, no more.",
    ],
    brief: "{the t} [can] grant a wish.",
    ask: [["What was special about the {t.noun}?", "It could grant a wish."]],
  },
  wishes: {
    say: [
      "<h: I wish that {wish}!>",
      "{h} [close] {h.s} eyes. <h: My wish is that {wish}.>",
      "{h} [think] of it all night. In the morning {h} [be] ready. <h: I wish that {wish}!>",
    ],
    brief: "{h} [make] a wish.",
    ask: [["What did {h} wish for?", "{h} wished that {wish}."]],
  },
  oddly: {
    say: [
      "The wish [come/s] true, but in a strange way: {oddly}.",
      "Poof! And then {h} [see] what it [mean/s]: {oddly}.",
      "At first it [be/s] fun. But then {oddly}, and {h} [not like] it at all.",
    ],
    brief: "But {oddly}.",
    ask: [["Why was the wish not as good as it seemed?", "Because {oddly}."]],
  },
  undoes: {
    say: [
      "<h: I take my wish back! Please make everything as it was before.>",
      "{h} [hold] {the t} tight and [ask] it to undo the wish. In a blink all [be/s] as before.",
      "{h} [throw] {the t} into deep water, and slowly everything [go/s] back to normal.",
    ],
    brief: "{h} [take] the wish back.",
  },
  plansSurprise: {
    needs: ["g near h"],
    say: [
      "It [be/s] almost {f.s} birthday. <h/g: Let us make a surprise!> <g/h: What a good idea!>",
      "<g/h: Tomorrow is a big day for {f.n}. What can we do?> <h/g: A surprise party with {food}!>",
      "{h+g} [have] a secret plan for {f.s} birthday.",
    ],
    brief: "{h+g} [plan] a surprise for {f.o}.",
    ask: [["For whom was the surprise?", "It was for {f}."]],
  },
  preparesSurprise: {
    say: [
      "{h} [hang] up {a t}, and {g} [bring] {some food}.",
      "{h} [wrap] {a t} in shiny paper, while {g} [take] care of the {food}.",
      "{h+g} [work] in secret. {g} [make] the {food}, {h} [find] {a t}.",
    ],
  },
  surprise: {
    needs: ["h near f", "g near f"],
    say: [
      "{f} [open] the door. <h/f: Surprise!> <g/f: Happy birthday, {f.n}!>",
      "When {f} [come] in, everyone [jump/s] up. <h/f: Surprise, {f.n}!>",
      "<f: Why is it so dark in here?> Then the light [go/s] on. <h/f: Surprise!>",
    ],
    brief: "{f} [be] very surprised.",
    ask: [["Who was surprised?", "{f} was surprised."]],
  },
  quarrels: {
    needs: ["h near f"],
    say: [
      "<h/f: That {t} is mine!> <f/h: No, I saw it first!>",
      "{h+f} both [want] {the t}. {h} [pull] on one side, {f} [pull] on the other.",
      "{h+f} [begin] to argue about {the t}. <f/h: Give it to me!> <h/f: Never!>",
      "<f/h: You always get the best things, {h.n}!> <h/f: That is not true!> So {h+f} [fight] over {the t}.",
    ],
    brief: "{h+f} [quarrel] about {the t}.",
    ask: [["What did {h} and {f} quarrel about?", "They quarrelled about the {t.noun}."]],
  },
  silent: {
    say: [
      "For {days} {h+f} [not speak] to each other.",
      "{h} [sit] at one end of {the p}, and {f} [sit] at the other.",
      "{h} [turn] {h.s} back. {f} [do] the same. It [be/s] very quiet {in p}.",
    ],
    ask: [["Did they talk after the quarrel?", "No, they did not talk for a while."]],
  },
  peace: {
    needs: ["h near f"],
    say: [
      "<h/f: I do not want to fight. You are more important than {the t}.> <f/h: I feel the same.>",
      "{h+f} [decide] to take turns with {the t}: today {h}, tomorrow {f}.",
      "{h+f} [look] at each other and [begin] to laugh. The quarrel about {the t} [be/s] over.",
      "<f/h: Let us share it, {h.n}.> <h/f: Yes, one hour for you, one hour for me.>",
    ],
    brief: "In the end {h+f} [make] peace.",
    ask: [["How did the quarrel end?", "They made peace and shared."]],
  },
  stranger: {
    makes: ["f joins h"],
    say: [
      "On the way {h} [see] {a f}, who [carry/s] a heavy load.",
      "At the side of the road [sit/s] {a f}, tired and thirsty.",
      "{a f} [stand] there and [look] lost.",
      "{h} [notice] {a f}, who [drop/s] everything on the ground.",
    ],
    brief: "{h} [meet] {a f} who [need/s] help.",
    ask: [["Whom did {h} help?", "{h} helped {f.name}."]],
  },
  helpsStranger: {
    needs: ["h near f"],
    say: [
      "<h/f: Let me carry that for you.> <f/h: How kind you are!>",
      "{h} [pick] up everything and [walk] with {f.o} as far as {mark}.",
      "<h/f: Can I help you?> {f} [smile]. <f/h: Yes, please. My arms are tired.>",
      "{h} [bring] {f.o} some water and [show] {f.o} the way past {mark}.",
    ],
    brief: "{h} [help] {f.o}.",
  },
} as const satisfies Record<string, EventKind>;
