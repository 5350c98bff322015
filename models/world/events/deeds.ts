/** Skills, contests, plants, meals and things built together. */
import type { EventKind } from "./event.ts";

/** h hero, f another, x a skill as a base verb phrase, t a thing. */
export const DEEDS = {
  cannot: {
    say: [
      "{h} [want] to {x}, but {h} [not know] how.",
      "All the others [can] {x}. Only {h} [can] not.",
      "{h} [wish] to learn to {x}.",
      "There [be/s] one thing that {h} [not can] do: {h} [not can] {x}.",
    ],
    brief: "{h} [want] to learn to {x}.",
    ask: [["What did {h} want to learn?", "{h} wanted to learn to {x}."]],
  },
  failsTry: {
    say: [
      "{h} [try] to {x}, but it [go/s] wrong.",
      "The first try [end/s] {badly}. {h} [get] up again.",
      "{h} [try] once, twice, three times, and every time it [end/s] {badly}.",
      "Again {h} [try] to {x}. Again it [not work/s].",
      "<h: I will never learn to {x}!>",
    ],
  },
  practises: {
    say: [
      "Every day {h} [practise], (in rain and in sunshine|before breakfast and after supper).",
      "{h} [practise] {in p} until {h.s} legs [be/p] tired.",
      "Day after day {h} [go] {to p} to practise, and {h} [become] a little better each time.",
      "{h} [not give] up. {h} [practise] every (morning|evening|afternoon) {in p}.",
    ],
    makes: ["h at p"],
    ask: [["Where did {h} practise?", "{h} practised {in p}."]],
  },
  succeeds: {
    say: [
      "And then, one day, it [work/s]! {h} [can] {x}!",
      "Suddenly {h} [can] {x} as if it [be/s] easy.",
      "At last {h} [manage] to {x}.",
      "<h: Look! I can {x}!>",
      "This time everything [go/s] right, and {h} [can] {x} better than anyone.",
    ],
    brief: "At last {h} [can] {x}.",
    ask: [["Could {h} {x} in the end?", "Yes, in the end {h} could {x}."]],
  },
  teaches: {
    needs: ["h near f"],
    say: [
      "<f/h: I can show you how to {x}. Watch me!>",
      "{f} [show] {h.o} step by step how to {x}.",
      "<f/h: First you must be calm. Then you can {x}.>",
      "{f} [teach] {h.o} with great patience.",
    ],
    brief: "{f} [teach] {h.o} to {x}.",
    ask: [["Who taught {h}?", "{f} taught {h.o}."]],
  },
  raceStart: {
    needs: ["h near f"],
    say: [
      "<f/h: I am faster than you! Let us race to {mark}.> <h/f: All right!>",
      "There [be/s] a race {in p}, and {h+f} both [want] to win {a t}.",
      "<h/f: Who gets to {mark} first?> {h+f} [line] up side by side.",
      "{in p}, everyone [get/s] ready for the big race. The prize [be/s] {a t}.",
    ],
    brief: "{h+f} [run] a race.",
    ask: [["Who ran the race?", "{h} and {f} ran the race."]],
  },
  raceRun: {
    say: [
      "Ready, steady, go! {f} [run] ahead, and {h} [stay] behind.",
      "{h+f} [run] like the wind past {mark}. {f} [be] a little faster.",
      "{h} [run] as fast as {h.s} legs [can] carry {h.o}.",
      "At first {f} [lead]. Then {h} [catch] up near {mark2}.",
    ],
  },
  stopsToHelp: {
    say: [
      "Then {f} [fall] near {mark} and [not can] get up. {h} [stop] at once and [help] {f.o}.",
      "But {f} [slip] and [hurt] a leg. {h} [turn] around and [carry] {f.o} the rest of the way.",
      "Suddenly {f} [cry] out in pain. {h} [forget] the race and [run] back to {f.o}.",
    ],
    brief: "{h} [stop] to help {f.o}.",
    ask: [["Why did {h} stop in the race?", "{h} stopped because {f} was hurt."]],
  },
  wins: {
    say: [
      "{h} [reach] {mark} first and [win]!",
      "One last jump, and {h} [win] the race.",
      "Everyone [cheer/s], because {h} [come] in first.",
    ],
    brief: "{h} [win] the race.",
    ask: [["Who won?", "{h} won."]],
  },
  losesRace: {
    say: [
      "{f} [reach] {mark} first and [win] the race.",
      "{h} [come] in second, right behind {f.o}.",
      "In the end {f} [win] by one step.",
    ],
    brief: "{f} [win] the race.",
    ask: [["Who won?", "{f} won."]],
  },
  plants: {
    say: [
      "{h} [dig] a small hole {in p} and [put] {a plant} seed into it.",
      "{h} [plant] {a plant} seed {in p} and [water] it.",
      "<h: Grow, little seed!> {h} [push] it into the soft earth {in p}.",
    ],
    brief: "{h} [plant] {a plant} seed.",
    ask: [["What did {h} plant?", "{h} planted {a plant} seed."]],
  },
  waitsPlant: {
    say: [
      "Every morning {h} [look] at the spot, but there [be/s] only brown earth.",
      "One day, two days, a whole week: nothing [happen/s]. {h} [bring] water all the same.",
      "{h} [wait] and [wait]. <h: Is the {plant} asleep down there?>",
      "Rain [fall/s], the sun [shine/s], and {h} [pull] out the weeds around the {plant}.",
    ],
  },
  grows: {
    say: [
      "Then a tiny green tip [come/s] out of the ground, and week by week the {plant} [grow/s].",
      "One morning there [be/p] two small leaves. By summer the {plant} [be/s] taller than {h.o}.",
      "And look! The {plant} [grow/s] and [grow/s], until everyone [come/s] to admire it.",
    ],
    brief: "The {plant} [grow/s] tall.",
    ask: [["What happened to the {plant} seed?", "It grew."]],
  },
  cooks: {
    say: [
      "{h} [want] to make {some food} for {f.o}.",
      "{h} [tie] on an apron and [begin] to make {some food}.",
      "<h: Today I will make {some food} all by myself!>",
      "In the kitchen, {h} [stir], [taste] and [hum]. It [be/s] going to be {some food}.",
    ],
    brief: "{h} [cook] {some food}.",
    ask: [["What did {h} want to make?", "{h} wanted to make {some food}."]],
  },
  cooksAgain: {
    say: [
      "The second {food} [turn/s] out {food.taste}, just as it should be.",
      "{h} [start] again, slowly this time, and soon the {food} [smell/s] wonderful.",
      "With a little help, the next {food} [be/s] perfect: {food.taste}.",
    ],
  },
  eatsTogether: {
    needs: ["h near f"],
    say: [
      "{h+f} [sit] down and [eat] {the food}. Not a crumb [be/s] left.",
      "{f} [take] a bite. <f/h: Mmm! This is the best {food} I have ever had!>",
      "{h+f} [eat] and [eat], and the {food} [taste/s] {food.taste}.",
      "<f/h: May I have some more, {h.n}?> {h} [fill] {f.s} plate again with {food}.",
    ],
    ask: [["Who ate with {h}?", "{f} ate with {h.o}."]],
  },
  builds: {
    needs: ["h near f"],
    say: [
      "{h+f} [want] to build {a t}.",
      "{h} [bring] the {t.material}, {f} [bring] the plan, and {h+f} [begin] to build {a t}.",
      "<h/f: Let us build {a t}!> <f/h: I will help you.>",
    ],
    brief: "{h+f} [build] {a t}.",
    ask: [["What did they build?", "They built {a t.full}."]],
  },
  collapses: {
    say: [
      "But after a while it [lean/s] to one side and [fall/s] down.",
      "A gust of wind [knock/s] over everything that {h+f} [have] made.",
      "The first one [break/s] in the middle, because {h+f} [be] in too much of a hurry.",
    ],
  },
  buildsDone: {
    makes: ["t at p"],
    say: [
      "This time {h+f} [work] slowly, and in the evening {the t} [stand/s] firm.",
      "{h+f} [begin] again from the bottom. At last {the t} [be/s] ready, and it [look/s] great.",
      "Piece by piece, {the t} [grow/s], and this time nothing [fall/s].",
    ],
  },
  works: {
    say: [
      "{h} [work] hard {in p} to {x}.",
      "From morning to evening, {h} [help] to {x}.",
      "{h} [roll] up {h.s} sleeves to {x}.",
    ],
    ask: [["What work did {h} do?", "{h} had to {x}."]],
  },
  paints: {
    needs: ["h near t"],
    say: [
      "{h} [paint] {the t} bright {colour} all over.",
      "{h} [take] a brush and a pot of {colour} paint for {the t}.",
      "Stroke by stroke, {the t} [become/s] {colour}.",
    ],
    ask: [["What colour was the {t.noun} in the end?", "It was {colour}."]],
  },
} as const satisfies Record<string, EventKind>;
