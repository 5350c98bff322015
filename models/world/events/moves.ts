/** Coming, going and meeting. */
import type { EventKind } from "./event.ts";

/** h hero, f another, p a place, sight and spot words. */
export const MOVES = {
  go: {
    makes: ["h at p"],
    say: [
      "{h} [go] {to p}.",
      "{h} [stroll] {to p}.",
      "{h} [walk] {to p} (all alone|on foot|before lunch|with quick steps).",
      "{h} [set] off for {the p} (right away|with a light heart|at once).",
      "{h} [run] all the way {to p}.",
      "{h} [decide] to visit {the p} and [leave] the house.",
      "{h} [put] on a warm smile and [go] {to p}.",
      "Off {h} [go] {to p}.",
    ],
    ask: [["Where did {h} go?", "{h} went {to p}."]],
  },
  goTogether: {
    needs: ["h near f"],
    makes: ["h at p", "f at p"],
    say: [
      "{h+f} [go] {to p} together.",
      "{h} [take] {f.o} {to p}.",
      "{h+f} [walk] {to p} side by side.",
      "Together {h+f} [set] off for {the p}.",
      "<h/f: Let us go {to p}!> So {h+f} [go].",
      "<f/h: Come with me {to p}!> {h} [be] glad to go, and {h+f} [leave].",
      "{h+f} [run] {to p}, and {f} [laugh] all the way.",
    ],
    ask: [["Who went {to p} with {h}?", "{f} went with {h.o}."]],
  },
  look: {
    needs: ["h at p"],
    say: [
      "There [be/p] {sight} and {sight2} there.",
      "{in p}, {h} [see] {sight} and {sight2}.",
      "{h} [look] around. {the p} [be/s] full of life, with {sight} and {sight2}.",
      "{h} [like] {the p} because of {sight}.",
      "It [smell/s] good {in p}, and {h} [stop] to look at {sight}.",
      "{h} [walk] past {sight} and [hum] a song.",
    ],
    ask: [["What could {h} see {in p}?", "{h} could see {sight} and {sight2}."]],
  },
  comes: {
    makes: ["f joins h"],
    say: [
      "(Just then|Soon|After a while|At that moment), {f} [come] along.",
      "(Just then|A little later), {f} [walk] up to {h.o}.",
      "Then {h} [hear] steps. It [be/s] {f}.",
      "{h} [look] up and [see] {f} nearby.",
      "{f} [be] passing by and [stop] beside {h.o}.",
      "{f} [see] {h.o} from far away and [come/s] over.",
    ],
    ask: [["Who came along?", "{f} came along."]],
  },
  meets: {
    makes: ["f joins h"],
    say: [
      "There {h} [meet] {f}. <f/h: Hello, I am {f.name}. Who are you?> <h/f: I am {h.name}.>",
      "{in p}, {h} [meet] {f}.",
      "Behind {mark} [sit/s] {f}. <h/f: Hello! What is your name?> <f/h: My name is {f.name}.>",
      "{h} [bump] into {f}. <f/h: Oh! I did not see you.>",
      "{f} [wave] at {h.o} from behind {mark}.",
      "Someone [call/s] out. It [be/s] {f}, who [sit/s] near {mark}.",
    ],
    brief: "{h} [meet] {f}.",
    ask: [["Whom did {h} meet {in p}?", "{h} met {f}."]],
  },
  leaves: {
    needs: ["h near f"],
    makes: ["f gone"],
    say: [
      "<f/h: I have to go now.> {f} [wave] and [walk] away.",
      "Then {f} [say] goodbye and [go] home.",
      "{f} [have] to go home, so {h} [stay] behind alone.",
      "Soon {f} [be] gone, and {h} [be] alone {in p}.",
    ],
  },
  home: {
    makes: ["h at p"],
    say: [
      "{h} [go] home {to p}.",
      "{h} [walk] back {to p} as the sun [go/s] down.",
      "At last {h} [come] home {to p}.",
      "Then {h} [hurry] back {to p}.",
    ],
  },
  homeTogether: {
    needs: ["h near f"],
    makes: ["h at p", "f at p"],
    say: [
      "{h+f} [go] home {to p}.",
      "{h+f} [walk] back {to p} hand in hand.",
      "Then {f} [bring] {h.o} home {to p}.",
      "{h+f} [hurry] back {to p} before dark.",
    ],
  },
  play: {
    needs: ["h near f"],
    say: [
      "{h+f} [play] until the sun [go/s] down.",
      "{h+f} [laugh] and [play] {in p}.",
      "All afternoon {h+f} [run] around {in p} and [have] fun.",
      "{h+f} [invent] a game near {mark}, and {f} [win] twice.",
      "{h+f} [play] hide and seek. {f} [hide] near {mark}, but {h} [find] {f.o} quickly.",
    ],
    ask: [["What did {h} and {f} do together?", "They played {in p}."]],
  },
} as const satisfies Record<string, EventKind>;
