/** What is seen and said by the way. It changes nothing and is never asked about. */
import type { EventKind } from "./event.ts";

/** beast an animal with its feature, food, den and skill; t a thing, food, far a place elsewhere, x a hobby. */
export const ASIDES = {
  aside: {
    say: [
      "{a beast} with {feature} [sit/s] near {mark} and [look/s] for {eats}.",
      "High above, the clouds [look/p] like {a t} and {a beast}.",
      "Somewhere {a beast} [make/s] a sound. Perhaps it [be/s] hungry for {eats}.",
      "It [smell/s] of {some food}, and {h} [think] of lunch.",
      "On the way {h} [count] {number} steps between {mark} and {mark2}.",
      "A woman with {a t} in her bag [nod/s] to {h.o} and [walk/s] on.",
      "Two children [run/p] past. One [carry/s] {a t}, the other [eat/s] {some food}.",
      "{h} [remember] what {giver} once [say/s]: {a beast} can {skill}.",
      "An old man [sit/s] near {mark} with {some food} on his knees. He [wish/s] {h.o} a good day.",
      "Far away one [can] see the {far}, small as {a t}.",
      "{h} [whistle] a tune about {a beast} that [live/s] {den}.",
      "Beside the path [lie/s] {a t.full}, but it [belong/s] to someone else.",
      "{h} [wonder] if {a beast} ever [get/s] tired of {eats}.",
      "The wind [bring/s] the sound of bells from the {far}.",
      "Near {mark2}, somebody [have/s] drawn {a beast} on the ground with chalk.",
      "{h} [hum] and [think] of {dream}.",
      "There [be/s] a sign near {mark}. It [say/s] that the {far} [be/s] not far away.",
      "A boy [sell/s] {some food} for a coin. It [taste/s] {food.taste}, he [say/s].",
      "{h} [step] over a puddle in which {mark} [look/s] upside down.",
      "It [be/s] so quiet that {h} [can] hear {a beast} {spot}.",
    ],
  },
  chat: {
    needs: ["h near f"],
    say: [
      "<f/h: Did you know that {a beast} can {skill}?> <h/f: No, who told you that?> <f/h: I read it in a book.>",
      "<h/f: What would you do with {a t.full}?> {f} [think] about it. <f/h: I would give it to you, {h.n}.>",
      "<f/h: Would you like {some food} now?> <h/f: Oh yes! It would be {food.taste}.>",
      "<h/f: Have you ever been to the {far}?> <f/h: Once, with {giver}. It was wonderful there.>",
      "{h} [tell] {f.o} about {a beast} that [live/s] {den}, and {f} [tell] {h.o} about {dream}.",
      "<f/h: If I were {a beast}, I would eat {eats} all day long.> {h} [laugh]. <h/f: Then I would not sit next to you!>",
      "<h/f: Look, a cloud like {a t}!> <f/h: To me it looks more like {a beast} with {feature}.>",
      "<f/h: When I am big, I want to live near the {far}.> <h/f: May I visit you there?> <f/h: Every day!>",
      "{h+f} [talk] about {some food} and about {a t} that {giver} [have/s] at home.",
      "<h/f: I like to {x}. Do you?> <f/h: Sometimes. But only when {sky}.>",
      "<f/h: I dreamed of {dream} last night.> <h/f: And I dreamed that {a beast} sat on my bed!>",
      "<h/f: Which is better, {some food} or {a t}?> <f/h: You cannot eat {a t}, so I take the {food}!>",
      "{f} [find] {a t.full} in a pocket and [show] it to {h.o}. <f/h: I have had it since I was little.>",
      "<f/h: Can you say {beast} ten times without a mistake?> {h} [try], and {h+f} both [laugh].",
    ],
  },
} as const satisfies Record<string, EventKind>;
