/**
 * What stories to order are asked to be about, by fable: noun phrases, and sentences for "a story in which …". They are told in
 * the present with the roles of the fable; fables without a row are ordered by their hero.
 */
import type { Step } from "../fables/fable.ts";

interface Clauses {
  /** After "a story about". */
  readonly about: Step;
  /** After "a story in which". */
  readonly which: Step;
}

export const CLAUSES: Readonly<Record<string, Clauses>> = {
  "afraid of something": {
    about: ["{a h} who [be/s] afraid of {fear}", "{a h} and {fear}"],
    which: ["{a h} [be/s] afraid of {fear}", "{a h} [learn/s] not to be afraid"],
  },
  "a lie": { about: ["{a h} who [tell/s] a lie", "{a h} and a lie"], which: ["{a h} [tell/s] a lie"] },
  "something lost": {
    about: ["{a h} who [lose/s] {mine}", "{a h} and {a item}", "{a h} with {a item}"],
    which: ["{a h} [lose/s] {mine}", "{a h} [not can] find {mine}"],
  },
  "a thing that stopped": {
    about: ["{a h} and {a dev}", "{a dev} and {a h}"],
    which: ["{a h} [mend/s] {a dev}"],
  },
  "something made that does not work": {
    about: ["{a h} and {a made}", "{a h} who [make/s] {a made}", "{a made} that [not want/s] to {should}"],
    which: ["{a h} [make/s] {a made}", "{a h} [have/s] {a made} that [not want/s] to {should}"],
  },
  "something stuck up high": { about: ["{a h} and {a item}"], which: ["{a h} [not can] reach {a item}"] },
  "something that one cannot do yet": {
    about: ["{a h} who [want/s] to {x}", "{a h} that [not can] {x}", "{a h} who [learn/s] to {x}"],
    which: ["{a h} [want/s] to {x}", "{a h} [learn/s] to {x}"],
  },
  "a hungry visitor": {
    about: ["{a h} who [be/s] hungry", "{a h} and {a f}"],
    which: ["{a h} [come/s] to {a f}"],
  },
  "two who meet on the way": { about: ["{a h} and {a f}"], which: ["{a h} and {a f} [meet/p]"] },
  "somebody new": {
    about: ["{a h} in a new place", "{a h} who [find/s] a friend", "{a h} who [like/s] to {likes}"],
    which: ["{a h} [find/s] a friend"],
  },
  "talking to the moon": {
    about: ["{a h} and the {light}", "the {light} and {a h}"],
    which: ["{a h} [talk/s] to the {light}"],
  },
  "a small door": { about: ["{a h} and {door}"], which: ["{a h} [find/s] {door}"] },
  "who ate it": { about: ["{a h} and {a food}"], which: ["somebody [eat/s] the {food} of {a h}"] },
  "room for one more": {
    about: ["{a h} and the rain", "{a h} and {a g}"],
    which: ["{a h} [find/s] room for others"],
  },
  "a strange egg": {
    about: ["{a h} and {a egg}", "{a h} who [find/s] {a egg}"],
    which: ["{a h} [find/s] {a egg}"],
  },
  "something found that belongs to somebody": {
    about: ["{a h} and {a t.noun}", "{a h} who [find/s] {a t.full}", "an honest {h.kind} and {a t.noun}"],
    which: ["{a h} [find/s] {a t.noun}", "{a h} [give/s] back {a t.noun}"],
  },
  "a race": {
    about: ["{a h} who [want/s] to win", "{a h} and a race", "a race"],
    which: ["{a h} [run/s] in a race"],
  },
  "building together": { about: ["{a h} and {what}"], which: ["{a h} [build/s] {what}"] },
  "a surprise": { about: ["{a h} with {a bag}", "{a h} and {a bag}"], which: ["{a h} [carry/s] {a bag}"] },
  "waiting for a seed": {
    about: ["{a h} and {a seed}", "{a h} who [be/s] patient"],
    which: ["{a h} [plant/s] {a seed}"],
  },
  "a present": { about: ["{a h} and a present"], which: ["{a h} [make/s] a present"] },
  "a quarrel": { about: ["{a h} and {a item}"], which: ["two [want/p] the same {item}"] },
  "somebody who is alone": {
    about: ["{a h} who [be/s] lonely", "{a h} in {a thing}"],
    which: ["{a h} [live/s] in {a thing}"],
  },
  "help in winter": {
    about: ["{a h} in winter", "{a h} who [share/s]", "{a h} who [be/s] kind"],
    which: ["{a h} [help/s] somebody in the snow"],
  },
  "too much": {
    about: ["{a h} who [have/s] too much", "{a h} who [not want/s] to share", "{a h} and {h.s} {what}"],
    which: ["{a h} [learn/s] to share"],
  },
  "something that fell from the sky": { about: ["{a h} and {it}"], which: ["{it} [fall/s] from the sky"] },
  "a find that nobody knows": {
    about: ["{a h} and {a t.noun}", "{a h} who [find/s] {a t.full}"],
    which: ["{a h} [find/s] {a t.noun}"],
  },
  "giving something away": {
    about: ["{a h} and {a t.noun}", "{a h} who [share/s] {a t.noun}", "a generous {h.kind} and {a t.full}"],
    which: ["{a h} [give/s] {a t.noun} away"],
  },
  "something gone": {
    about: ["{a h} and {a t.noun}", "{a h} who [lose/s] {a t.noun}", "{a h} and a lost {t.noun}"],
    which: ["{a h} [lose/s] {h.s} {t.noun}", "{a h} [look/s] for {h.s} {t.noun}"],
  },
  "something made": {
    about: ["{a h} and {a t.noun}", "{a h} who [want/s] {a t.full}"],
    which: ["{a h} [make/s] {a t.noun}"],
  },
  "something broken": { about: ["{a h} and a broken {t.noun}"], which: ["{a h} [break/s] {a t.noun}"] },
  "a special day": {
    about: ["{a h} and a {x}", "{a h} on the day of the {x}"],
    which: ["{a h} [look/s] forward to the {x}"],
  },
  "something too far away": {
    about: ["{a h} and the {x}", "{a h} who [want/s] the {x}"],
    which: ["{a h} [want/s] to have the {x}"],
  },
  "a secret of a place": { about: ["{a h} with a secret"], which: ["{a h} [have/s] a secret {in} the {x}"] },
  "a day indoors": { about: ["{a h} on a {day}"], which: ["{a h} [spend/s] a {day} {in} the {x}"] },
  "an old thing that is needed again": {
    about: ["{a h} and an old {x}", "{a h} who [love/s] an old {x}"],
    which: ["{a h} [mend/s] an old {x}"],
  },
  "somebody who is late": {
    about: ["{a ride} that [be/s] late", "{a h} and {a ride}"],
    which: ["{a ride} [be/s] late"],
  },
  "an ability that is gone": {
    about: ["{a h} who [want/s] to {x}", "{a h} that [not can] {x} any more"],
    which: ["{a h} suddenly [not can] {x}", "{a h} [want/s] to {x}"],
  },
  "a question for the sky": {
    about: ["{a h} and the {light}", "{a h} who [ask/s] the {light}"],
    which: ["{a h} [ask/s] the {light} something"],
  },
  "a thing with a wish": {
    about: ["{a full} that [want/s] to {wish}", "{a full}"],
    which: ["{a full} [want/s] to {wish}"],
  },
  "a birthday": {
    about: ["{a h} and a birthday", "the birthday of {a h}"],
    which: ["{a h} [have/s] a birthday"],
  },
  "the first day at school": {
    about: ["{a h} at school", "{a h} who [go/s] to school"],
    which: ["{a h} [go/s] to school for the first time"],
  },
  "a secret garden": {
    about: ["{a h} and a secret garden", "a secret garden"],
    which: ["{a h} [find/s] a garden"],
  },
  "a rainy day inside": {
    about: ["{a h} who [have/s] to stay inside", "{a h} and the rain"],
    which: ["{a h} [not can] go out"],
  },
  "an impossible wish": {
    about: ["{a f} who [want/s] to {wish}", "{a f} and a wish"],
    which: ["{a f} [want/s] to {wish}"],
  },
  "a young one lost": {
    about: ["{a young} that [be/s] lost", "a mother {mother} and {a young}"],
    which: ["{a young} [get/s] lost"],
  },
  "a figure of snow": {
    about: ["{a h} and {a figure}", "{a figure}"],
    which: ["{a h} [build/s] {a figure}"],
  },
};

/** Fables whose hero comes later: they are not ordered by the hero alone. */
export const LATE_HERO: ReadonlySet<string> = new Set([
  "a thing with a wish",
  "an impossible wish",
  "a young one lost",
  "a thing that stopped",
  "something stuck up high",
  "somebody who is late",
]);
