/** Feelings with their causes. */
import type { EventKind } from "./event.ts";

/** h who feels, w the feeling, because a clause, sign a clause that shows it. */
export const FEELING_EVENTS = {
  feels: {
    say: [
      "{h} [not know] when {h} [be] last so {w}. {because}.",
      "{because}. No wonder that {h} [be] {w}!",
      "{h} [try] to hide it, but {h} [be] {w}, because {because}.",
      "Anyone [can] see that {h} [be] {w}. {sign}, because {because}.",
      "{because}. Oh, how {w} that [make/s] {h.o}!",
      "{a w} feeling [come/s] over {h.o}, because {because}.",
      "{h} [feel] {w} because {because}.",
      "{h} [be] {very} {w}, because {because}. {sign}.",
      "{sign}. {because}, and that [make/s] {h.o} {w}.",
      "Because {because}, {h} [be] {w}.",
      "{because}. {h} [feel] so {w} that {h} [can] think of nothing else.",
      "{sign}. {h} [be] {w} because {because}.",
      "How {w} {h} [be]! {because}.",
      "{because}, so {h} [feel] {very} {w}.",
    ],
    ask: [
      ["Why did {h} feel {w}?", "{h} felt {w} because {because}."],
      ["How did {h} feel when {because}?", "{h} felt {w}."],
    ],
  },
  feelsOnly: {
    say: [
      "{h} [feel] {w}.",
      "{h} [be] {very} {w}. {sign}.",
      "{sign}. {h} [be] {w}.",
      "{sign}.",
      "Now {h} [be] {very} {w}.",
    ],
  },
} as const satisfies Record<string, EventKind>;
