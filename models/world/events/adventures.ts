/** Maps, guests, first days, goodbyes, sick friends and lost little ones. */
import type { EventKind } from "./event.ts";

/** h hero, f another, g a third, t a thing, p a place; other words as named. */
export const ADVENTURES = {
  mapFound: {
    needs: ["h has t"],
    say: [
      "There [be/s] a cross on it, and beside the cross somebody [have/s] written: {the far}.",
      "{h} [unfold] {the t}. A red line [lead/s] to {the far}, where a cross [be/s] drawn.",
      "It [show/s] the way to {the far}. <h: A treasure! There must be a treasure!>",
      "On the back there [be/s] three words: dig {spot2}, {the far}.",
    ],
    brief: "The {t} [show/s] the way to {the far}.",
    ask: [["Where did the {t.noun} lead?", "It led to {the far}."]],
  },
  digs: {
    say: [
      "{h+f} [dig] {spot} until {h.s} hands [be/p] dirty.",
      "{f} [hold] the lamp, and {h} [push] the stones aside {spot}.",
      "One stone, two stones, three stones: {h+f} [clear] the place {spot}.",
      "{h} [count] ten steps from {mark} and [begin] to dig {spot}.",
    ],
    ask: [["Where did they dig?", "They dug {spot}."]],
  },
  treasureIs: {
    needs: ["h near f"],
    makes: ["h has u"],
    say: [
      "In the hole there [be/s] a small box, and in the box {a u}.",
      "Clunk! It [be/s] no gold, only {a u}. But {h} [like] it at once.",
      "Under the last stone [lie/s] {a u}. <f/h: That is better than gold!>",
      "<h/f: There it is! {a u}!> {f} [dance] around {h.o}.",
    ],
    brief: "There {h} [find] {a u}.",
    ask: [["What was the treasure?", "It was {a u.full}."]],
  },
  firstDay: {
    say: [
      "Today [be/s] {h.s} first day {in p}. Everything [be/s] new: {mark}, {mark2} and all the faces.",
      "For the first time {h} [have] to stay {in p} alone, with so many others around.",
      "{h} [hold] on to {h.s} bag. The first day {in p} [be/s] about to begin.",
    ],
    brief: "{h} [have] a first day {in p}.",
    ask: [["Where was {h} new?", "{h} was new {in p}."]],
  },
  showsAround: {
    needs: ["h near f"],
    say: [
      "<f/h: Come, I will show you everything.> {f} [lead] {h.o} to {mark} and then to {mark2}.",
      "{f} [take] {h.o} by the hand. <f/h: Here we sit, over there we play, and near {mark} we tell secrets.>",
      "<f/h: I was new here too. The best place is near {mark}.>",
    ],
    brief: "{f} [show] {h.o} around.",
    ask: [["Who showed {h} around?", "{f} showed {h.o} around."]],
  },
  movesAway: {
    needs: ["h near f"],
    say: [
      "<f/h: Tomorrow we move to a town near the {far}.> {h} [not know] what to say.",
      "{f} [have] sad news. <f/h: We are moving far away, {h.n}, beyond the {far}.>",
      "There [be/p] boxes everywhere, for {f} [be] going to live near the {far}.",
    ],
    brief: "{f} [move] far away.",
    ask: [["Where did {f} move?", "{f} moved to a place near the {far}."]],
  },
  writes: {
    say: [
      "But every week {h} [write] a letter to {f.o}, with a drawing of {mark}.",
      "{h} [send] {f.o} {a t.noun} in a box, and {f} [send] a long letter back.",
      "{h+f} [write] to each other about everything: about {some food}, about {dream}, about the weather.",
    ],
    brief: "{h} [write] letters to {f.o}.",
    ask: [["How did they stay friends?", "They wrote to each other."]],
  },
  sick: {
    say: [
      "{f} [be] sick and [have] to stay in bed with a hot head.",
      "<f/h: My throat hurts so much. I cannot go out.> {f} [cough] and [lie] back on the pillow.",
      "{f} [have] a fever and [can] only look at {mark} all day.",
    ],
    brief: "{f} [be] sick.",
    ask: [["What was wrong with {f}?", "{f} was sick."]],
  },
  nurses: {
    needs: ["h near f"],
    say: [
      "{h} [bring] {f.o} {some food} and [tell] a story about {dream}.",
      "{h} [shake] the pillow, [open] the window and [read] to {f.o} for an hour.",
      "<h/f: Eat this, {f.n}. It is {food}, and it will make you strong.>",
    ],
    brief: "{h} [look] after {f.o}.",
    ask: [["Who looked after {f}?", "{h} did."]],
  },
  getsWell: {
    needs: ["h near f"],
    say: [
      "After {days}, {f} [get] up and [walk] to the window. <f/h: I feel well again!>",
      "{f} [need] {days} to get well, and {h} [come] every single day.",
      "And {days} later, {f} [be] as lively as before.",
    ],
    ask: [["How long was {f} sick?", "{f} was sick for {days}."]],
  },
  littleOne: {
    makes: ["f joins h"],
    say: [
      "There [sit/s] {a f}, all alone. <f/h: I want to go home to my mother!>",
      "{spot}, {h} [find] {a f}, who [cry] for {f.s} mother.",
      "{a f} [come] out from {spot}. <f/h: Have you seen my family? I lost them near {mark}.>",
    ],
    brief: "{h} [find] {a f} who [look] for {f.s} mother.",
    ask: [["Whom did {f} look for?", "{f} looked for {f.s} mother."]],
  },
  asksAround: {
    say: [
      "{h+f} [ask] {a beast} near {mark}, but it only [shake/s] its head.",
      "{h+f} [go] from {mark} to {mark2} and [ask] everyone. A bird [point/s] the way with its wing.",
      "{h} [climb] a stone and [call] as loudly as {h} [can]. From far away, somebody [call/s] back.",
    ],
  },
  motherFound: {
    needs: ["h near f"],
    say: [
      "Then the mother of {f.n} [come/s] running. <f: Mama!> They [hug/p] for a long time.",
      "And there, near {mark}, [stand/s] the mother. {f} [jump] into her arms.",
      "<f: There she is!> {f} [run] past {mark2}, straight to the mother.",
    ],
    brief: "{h} [bring] {f.o} back to the mother.",
    ask: [["Did {f} find the mother?", "Yes, {f} found her."]],
  },
  bigAnimal: {
    makes: ["f joins h"],
    say: [
      "Suddenly {a f} [stand] before {h.o}, big and with strong teeth.",
      "A shadow [fall/s] over {mark}. It [be/s] {a f}!",
      "Around the corner [come/s] {a f}, and {h} [stop] at once.",
    ],
    brief: "{h} [meet] {a f}.",
    ask: [["Who stood before {h}?", "It was {f.name}, {a f.kind}."]],
  },
  isGentle: {
    needs: ["h near f"],
    say: [
      "But {f} only [bow]. <f/h: Do not run away. I am looking for somebody to play with.>",
      "<f/h: Everyone is afraid of me. But I only want some {food}.> {f} [look] very gentle.",
      "{f} [lie] down in the grass and [wait]. <f/h: You can touch my fur. I will keep still.>",
    ],
    ask: [["Was {f} dangerous?", "No, {f} was gentle."]],
  },
  leftOut: {
    needs: ["h has t"],
    makes: ["t free", "t broken"],
    say: [
      "In the evening {h} [leave] {the t} outside, and at night the rain [fall/s] on it.",
      "{h} [be] called to supper and [leave] {the t} near {mark}. In the night it [rain/s].",
      "{h} [not put] {the t} away. The next day it [be/s] wet, dirty and no longer whole.",
    ],
    brief: "{h} [leave] {the t} out in the rain.",
    ask: [["What happened to the {t.noun} at night?", "It got wet in the rain."]],
  },
  team: {
    needs: ["h near f", "h near g"],
    say: [
      "{h} [push], {f} [pull] and {g} [lift]. Slowly {the t} [begin/s] to move.",
      "<g/h: All together now! One, two, three!> And {the t} [move/s] a little.",
      "{h+f+g} [lean] against {the t} side by side, and at last it [give/s] way.",
    ],
    brief: "{h+f+g} [move] {the t} together.",
    ask: [["Who moved the {t.noun}?", "{h}, {f} and {g} moved it together."]],
  },
  blocks: {
    say: [
      "In the middle of the way [lie/s] {a t}, so heavy that nobody [can] pass.",
      "The storm of last night [have/s] left {a t} across the path near {mark}.",
      "But {a t} [block/s] the way. {h} [push] with both hands, and it [not move/s] at all.",
    ],
    brief: "{a t} [block/s] the way.",
    ask: [["What blocked the way?", "{a t.full} blocked the way."]],
  },
  dreams: {
    makes: ["h at p"],
    say: [
      "That night {h} [dream] of {the p}. Everything there [be/s] {colour}, even {mark}.",
      "{h} [close] {h.s} eyes, and suddenly {h} [stand] {in p}, where {mark} [can] speak.",
      "In a dream {h} [fly] over {the p} on {a t} as big as a house.",
    ],
    brief: "{h} [dream] of {the p}.",
    ask: [["What did {h} dream of?", "{h} dreamed of {the p}."]],
  },
  wakes: {
    makes: ["h at p"],
    say: [
      "Then {h} [wake] up. There [be/s] the bed, there [be/s] the lamp, and outside {sky}.",
      "A sound [wake/s] {h.o}. It [be/s] morning, and {h} [be] back at home.",
      "{h} [rub] {h.s} eyes. It [be/s] only a dream, but {h} [not forget] it.",
    ],
    brief: "Then {h} [wake] up.",
  },
  tooMany: {
    say: [
      "{h} [pick] and [pick], more {berries} than anyone [can] eat.",
      "<h: All these {berries} are mine!> {h} [fill] one bag after another.",
      "{h} [not leave] a single one of the {berries} for the birds.",
    ],
    brief: "{h} [take] too many {berries}.",
    ask: [["What did {h} take too many of?", "{h} took too many {berries}."]],
  },
  tummyAche: {
    say: [
      "That evening {h.s} tummy [hurt/s], because {h} [have] eaten too many {berries}.",
      "Soon {h} [feel] ill and [not want] to see {berries} ever again.",
      "The bag [tear/s], and all the {berries} [roll/p] into the mud.",
    ],
    ask: [["What was bad about the {berries}?", "There were too many of them."]],
  },
} as const satisfies Record<string, EventKind>;
