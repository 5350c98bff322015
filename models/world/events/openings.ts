/** How stories begin. */
import type { EventKind } from "./event.ts";

/** h hero, home a place, x a hobby as a base verb phrase, f a companion, time and sky words. */
export const OPENINGS = {
  open: {
    say: [
      "Once upon a time, (there [be/s]|there [live/s]) {a h}. {h} [live] near the {home}.",
      "{a h} [live] (close to|not far from|right beside) the {home}.",
      "Near the {home} there [live/s] {a h}.",
      "Once there [be/s] {a h}. {h.s} (home|house) [be/s] (close to|near) the {home}.",
      "This is (a|the) story of {a h}, who [live/s] near the {home}.",
      "(Long ago|Not long ago|Once), {a h} [live/s] by the {home}.",
      "There once [be/s] {a h}. Everyone near the {home} [know/s] {h.o}.",
      "{a h} [have/s] a (little|cosy|small) home near the {home}.",
      "Do you know {h.name}? {h.name} [be] {a h.trait} {h.kind} who [live/s] near the {home}.",
      "In a (little|tiny|quiet) house near the {home} [live/s] {a h}.",
      "Everyone near the {home} [know/s] {h.name}, the {h.trait} {h.kind}.",
      "{h.name} [be/s] {a h.kind}. {h.name} [be/s] (very|rather|quite) {h.trait} and [live/s] near the {home}.",
    ],
    sayI: [
      "My name is {h.name}. {h} [live] near the {home}.",
      "I am {h.name}, and {h} [live] (close to|not far from) the {home}.",
      "I want to tell you what happened to me near the {home}.",
      "Let me tell you a story. It happened near the {home}, where {h} [live].",
      "Hello! I am {h.name}, {a h.trait} {h.kind} from the house near the {home}.",
      "People call me {h.name}. My home [be/s] (close to|beside) the {home}.",
    ],
    ask: [
      ["Who is the story about?", "It is about {a h}."],
      ["Where did {h} live?", "{h} lived near the {home}."],
    ],
  },
  hobby: {
    say: [
      "{h} [love] to {x}.",
      "More than anything, {h} [like] to {x}.",
      "Every (day|morning|week), {h} [go] out to {x}.",
      "Nothing [make/s] {h.o} happier than to {x}.",
      "{h} [can] {x} all day long.",
      "{h} often [want] to {x}, and sometimes {h.s} family [come/s] along.",
      "When the weather [be/s] good, {h} [like] to {x}.",
    ],
    ask: [["What did {h} love to do?", "{h} loved to {x}."]],
  },
  day: {
    say: [
      "{time}, {sky}.",
      "{time}, {sky}, and {h} [be] ready for (anything|the day|something new).",
      "{time}, {h} [wake] up and [look] outside: {sky}.",
      "{time}, {h} [hear] the birds and [get] up. Outside, {sky}.",
      "It [begin/s] {time}: {sky}.",
      "{time}, {h} [look] at the sky. {sky}.",
      "It [happen/s] {time}, when {sky}.",
    ],
  },
  companion: {
    makes: ["f joins h"],
    say: [
      "{h} [have] a (good|dear|close) {f.relation} (called|named) {f.name}.",
      "{h.s} {f.relation} {f.name} [be/s] always nearby.",
      "{h} [do] everything together with {h.s} {f.relation} {f.name}.",
      "There [be/s] also {f.name}, {h.s} {f.relation}.",
      "{f.name} [be/s] {h.s} {f.relation}, and {h.s} favourite person in the world.",
    ],
    ask: [["Who was {f.name}?", "{f.name} was {h.s} {f.relation}."]],
  },
  newcomer: {
    say: [
      "That day, {a f} [come] to live near the {home}.",
      "Then a (cart|van) full of boxes [stop/s] near the {home}, and {a f} [get] out.",
      "Then {a f} [move] into the empty house near the {home}.",
      "From the window, {h} [see] someone new near the {home}. It [be/s] {a f}.",
    ],
    brief: "{a f} [come] to live near the {home}.",
    ask: [["Who was new near the {home}?", "{f.name}, {a f.kind}, was new there."]],
  },
} as const satisfies Record<string, EventKind>;
