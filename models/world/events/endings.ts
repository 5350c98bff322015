/** How stories end. */
import type { EventKind } from "./event.ts";

/** h hero, f companion, moral words, home a place. */
export const ENDINGS = {
  lesson: {
    say: [
      "From that day on, {h} [know] that {moral}.",
      "{h} [learn] that {moral}.",
      "And {h} never [forget] it: {moral}.",
      "<h: Now I know that {moral}.>",
      "That evening {h} [think] about it. It [be/s] true: {moral}.",
      "Since then, {h} [tell] everyone that {moral}.",
    ],
    ask: [["What did {h} learn?", "{h} learned that {moral}."]],
  },
  end: {
    say: [
      "That night {h} [sleep] {well} and [dream] of {dream}.",
      "And when {h} [go] to bed, {h} [be] still smiling.",
      "It [be/s] a day that {h} [will] always remember.",
      "And so a day with {dream} [come/s] to a good end.",
      "{h} [look] up at the stars and [think] of {dream}.",
      "The next morning, {h} [be] ready for a new adventure near the {home}.",
      "And {h} [live] happily near the {home} for a long time.",
      "From then on, life near the {home} [be/s] a little brighter.",
      "What a day! {h} [fall] asleep with {dream} on {h.s} mind.",
    ],
  },
  endFamily: {
    needs: ["h near f"],
    say: [
      "That evening {h} [sit] beside {f.o} and [tell] the whole story once more. Then {h+f} [laugh] about {dream}.",
      "{f} [kiss] {h.o} good night. <f/h: Sleep {well}, {h.n}.>",
      "<h/f: I love you, {f.n}.> <f/h: I love you too, {h.n}.>",
      "{h+f} [sit] by the window and [talk] about {dream} until late.",
      "{f} [tuck] {h.o} in, and soon {h} [dream] of {dream}.",
      "<f/h: What a day, {h.n}!> {h} [nod] and [yawn], with {dream} on {h.s} mind.",
    ],
  },
  endTogether: {
    needs: ["h near f"],
    say: [
      "From that day on, {h+f} [be] the best of friends.",
      "{h+f} [laugh] about it for a long time.",
      "{h} [hold] {f.s} hand all the way. It [be/s] good not to be alone.",
      "And whenever {h+f} [think] of {dream}, {h+f} [remember] that day.",
      "{h+f} often [talk] about that day near the {home}.",
      "<h/f: This was the best day of all!> <f/h: For me too, {h.n}.>",
      "{h} [smile] at {f.o}, {f} [smile] back, and all [be/s] well.",
      "<f/h: Shall we meet again tomorrow?> <h/f: Yes, near the {home}!>",
    ],
  },
} as const satisfies Record<string, EventKind>;
