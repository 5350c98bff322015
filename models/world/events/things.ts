/** Having, losing, finding, hiding and searching. */
import type { EventKind } from "./event.ts";

/** h hero, f another, t a thing, p a place, spot words. */
export const THINGS_EVENTS = {
  has: {
    makes: ["h has t", "h owns t"],
    say: [
      "{h} [have] {a t} and [take] it everywhere.",
      "{h.s} favourite thing [be/s] {a t}.",
      "{h} [have] {a t} that {giver} once [give/s] {h.o}.",
      "For {h.s} birthday, {h} [get] {a t} from {giver}.",
      "{h} [own] {a t} and [keep] it (safe|clean|close) all the time.",
      "{h} [be] very fond of {h.s} {t}. It [be/s] made of {t.material}.",
      "Among all {h.s} things, {h} [love] {a t} best.",
    ],
    ask: [
      ["What did {h} have?", "{h} had {a t.full}."],
      ["What did the {t.noun} look like?", "It was {t.look}."],
    ],
  },
  takesAlong: {
    needs: ["h has t"],
    say: [
      "{h} [bring] {the t} along. Perhaps there [be/s] time to {t.use}.",
      "{h} [carry] {the t} under one arm.",
      "Of course, {h.s} {t} [come/s] too.",
      "{h} [want] to {t.use}, so {h} [take] {the t} along.",
    ],
  },
  uses: {
    needs: ["h near t"],
    say: [
      "{h} [take] {the t}, happy to {t.use}.",
      "What a fine {t}! {h} [try] to {t.use}, and it [work/s] well.",
      "{h} [think] that {the t} [be/s] perfect. {h} [begin] to {t.use}.",
      "{h} [spend] the whole (morning|afternoon) with {the t}.",
      "With such a good {t}, {h} [not want] to stop. How nice it [be/s] to {t.use}!",
    ],
    ask: [["What is {a t.noun} good for?", "One can {t.use}."]],
  },
  loses: {
    needs: ["h has t"],
    makes: ["t free", "h forgets t"],
    say: [
      "While {h} [look] at {mark}, {the t} [fall/s] to the ground, and {h} [not notice] it.",
      "Somewhere between {mark} and {mark2}, {the t} [slip/s] away without a sound.",
      "But {h} [put] {the t} down for a moment and [forget] it.",
      "{h} [run] and [jump], and {the t} [get/s] lost {in p}.",
      "A gust of wind [carry/s] {the t} off before {h} [can] catch it.",
      "{h} [lay] {the t} beside {mark} and [walk] on without it.",
    ],
    brief: "{h} [lose] {h.s} {t} {in p}.",
    ask: [["What did {h} lose?", "{h} lost {h.s} {t}."]],
  },
  misses: {
    needs: ["h lacks t"],
    say: [
      "Then {h} [want] to {t.use}, but {the t} [be/s] gone.",
      "Later {h} [reach] for {the t}. It [be/s] not there!",
      "<h: Where is my {t}? I had it a moment ago!>",
      "<h: Oh no! My {t} is gone!>",
      "{h} [look] for {the t}, but {the t} [be/s] nowhere to be seen.",
      "{h} [ask] everyone (nearby|around), but nobody [have/s] seen {the t}.",
      "Suddenly {h} [stop]. Something [be/s] missing: {the t}!",
    ],
  },
  searches: {
    say: [
      "{h} [look] {spot}, but there [be/s] only {junk}.",
      "First {h} [search] {spot}. No {t} there.",
      "{h} [look] {spot}. Nothing!",
      "Was it {spot}? No, {h} only [find] {junk} there.",
      "{h} [crawl] around {spot} and [come] out with {junk}.",
    ],
    ask: [["Did {h} find the {t.noun} {spot}?", "No, it was not {spot}."]],
  },
  helpsSearch: {
    needs: ["h near f"],
    say: [
      "<h/f: I lost my {t}. Can you help me?> <f/h: Of course. Two pairs of eyes see more than one.>",
      "<f/h: Why do you look so {mood}?> <h/f: My {t} is gone.> <f/h: Then let us look for it together.>",
      "{f} [offer] to help {h.o} look for {the t}.",
      "<f/h: Do not worry, {h.n}. We will find your {t}.> {h+f} [begin] to search.",
      "{h} [tell] {f.o} about {the t}, and {f} [start] to look for it at once.",
      "<f/h: Think, {h.n}. Where did you last have your {t}?> {h} [think] hard. <h/f: Near {mark}!>",
    ],
    brief: "{f} [help] {h.o} look for it.",
    ask: [["Who helped {h} look for the {t.noun}?", "{f} helped {h.o}."]],
  },
  finds: {
    needs: ["h near t"],
    makes: ["h has t"],
    say: [
      "Then {h} [look] {spot}, and there [be/s] {the t}!",
      "At last {h} [find] {the t} {spot}.",
      "Something [shine/s] {spot}. It [be/s] {the t}! {h} [pick] it up.",
      "{h} [lift] some {cover} {spot} and [see] {the t} there.",
      "<h: Here it is! It was {spot} all the time!> {h} [hold] {the t} up high.",
    ],
    brief: "{h} [find] it {spot}.",
    ask: [
      ["Where was the {t.noun}?", "It was {spot}."],
      ["Who found the {t.noun}?", "{h} found it."],
    ],
  },
  otherFinds: {
    needs: ["f near t", "h near f"],
    makes: ["f has t"],
    say: [
      "Then {f} [look] {spot}. <f/h: Is this your {t}?>",
      "<f/h: Look, {h.n}! Your {t} is {spot}!> {f} [pick] it up.",
      "It [be/s] {f} who [see/s] {the t} first. It [lie/s] {spot}.",
      "{f} [feel] around {spot} and [pull] out {the t}.",
      "After a long time, {f} [spot] {the t} {spot}.",
    ],
    brief: "{f} [find] it {spot}.",
    ask: [
      ["Where was the {t.noun}?", "It was {spot}."],
      ["Who found the {t.noun}?", "{f} found it."],
    ],
  },
  discovers: {
    needs: ["h near t"],
    makes: ["h has t"],
    say: [
      "{spot}, {h} [find] {a t}.",
      "{in p}, {h} [see] something {spot}. It [be/s] {a t}!",
      "{h} [trip] over something {spot}. <h: What is this? It is {a t}!>",
      "There [be/s] {a t} {spot}. {h} [pick] it up and [turn] it around.",
      "Something [lie/s] {spot}: {a t}, and nobody [be/s] near it.",
    ],
    brief: "{h} [find] {a t} {in p}.",
    ask: [["What did {h} find {in p}?", "{h} found {a t.full}."]],
  },
  hides: {
    needs: ["h has t"],
    makes: ["t free"],
    say: [
      "{h} [hide] {the t} {spot}.",
      "Quickly {h} [push] {the t} {spot}, where nobody [will] look.",
      "So {h} [put] {the t} {spot} and [walk] away on tiptoe.",
      "{h} [dig] a little hole {spot} and [lay] {the t} inside.",
    ],
    brief: "{h} [hide] {the t}.",
    ask: [["Where did {h} hide the {t.noun}?", "{h} hid it {spot}."]],
  },
  wants: {
    say: [
      "{h} [see] {a t} {in p} and [want] it very much.",
      "What {h} [want] most [be/s] {a t}, to {t.use}.",
      "{h} [dream] of {a t}. <h: If only I had one!>",
      "{h} [wish] for {a t}, because {h} [want] to {t.use}.",
      "Everyone [seem/s] to have {a t}, but {h} [have] none.",
    ],
    brief: "{h} [want] {a t}.",
    ask: [["What did {h} want?", "{h} wanted {a t.full}."]],
  },
  breaks: {
    needs: ["h has t", "t whole"],
    makes: ["t broken"],
    say: [
      "Crack! {the t} [be/s] broken.",
      "But {h} [slip], and {the t} [break/s].",
      "{h} [pull] too hard, and a piece of {the t} [come/s] off.",
      "{the t} [fall/s] from {h.s} hands and [hit/s] the ground. Now it [be/s] broken.",
      "{h} [bump] into {mark}, and there [be/s] a crack in {the t}.",
      "{h} [not look] where {h} [go]. {h} [trip] and [fall] on {the t}.",
    ],
    brief: "{h} [break] {the t}.",
    ask: [["What happened to the {t.noun}?", "It broke."]],
  },
  triesMend: {
    needs: ["t broken", "h near t"],
    say: [
      "{h} [try] to fix {the t} with {tool}, but it [fall/s] apart again.",
      "{h} [press] the pieces together, but {the t} [not stay/s] whole.",
      "{h} [work] on {the t} all morning. It [be/s] no use.",
      "First {h} [try] {tool}. That [not help/s] at all.",
    ],
  },
  mends: {
    needs: ["f near t", "t broken", "h near f"],
    makes: ["t whole"],
    say: [
      "{f} [get] {tool} and [mend] {the t} carefully.",
      "<f/h: I think I can fix it. Hold this, {h.n}.> With {tool}, {h+f} [mend] {the t}.",
      "{f} [work] slowly. A bit of {tool}, a little patience, and {the t} [be/s] whole again.",
      "Together {h+f} [put] {the t} back in one piece with {tool}.",
      "{f} [know] how to mend things. With {tool}, {the t} [become/s] as good as new.",
    ],
    brief: "{f} [mend] it.",
    ask: [
      ["Who mended the {t.noun}?", "{f} mended it."],
      ["What did {f} use to mend the {t.noun}?", "{f} used {tool}."],
    ],
  },
} as const satisfies Record<string, EventKind>;
