/** Accidents, storms, the dark, and what ends them. */
import type { EventKind } from "./event.ts";

/** h hero, f another, p a place; spot, sound, cause words. */
export const TROUBLE = {
  falls: {
    say: [
      "{h} [trip] over {mark} and [fall] down. <h: Ouch!>",
      "But {h} [slip] on something wet and [hurt] {h.s} knee.",
      "Bump! {h} [fall] flat on {h.s} tummy.",
      "{h} [run] too fast, and then {h} [lie] on the ground.",
    ],
    brief: "{h} [fall] down.",
    ask: [["What happened to {h}?", "{h} fell down."]],
  },
  stuck: {
    say: [
      "But {h} [get] stuck {spot} and [not can] move.",
      "{h} [pull] and [push], but {h} [be] stuck {spot}.",
      "Suddenly one foot [be/s] caught {spot}. {h} [not can] get free.",
      "<h: Help! I am stuck!> {h} [call] as loudly as {h} [can].",
    ],
    brief: "{h} [get] stuck {spot}.",
    ask: [["Where did {h} get stuck?", "{h} got stuck {spot}."]],
  },
  freed: {
    needs: ["h near f"],
    say: [
      "{f} [take] hold of {h.o} and [pull/s]. One, two, three, and {h} [be] free!",
      "With {tool}, {f} [make] room, and {h} [slip] out.",
      "<f/h: Hold on to me, {h.n}!> {f} [pull] until {h} [come] loose.",
      "{f} [push] from below, {h} [wriggle] a little, and at last {h} [be] free.",
    ],
    brief: "{f} [set] {h.o} free.",
    ask: [["Who set {h} free?", "{f} did."]],
  },
  storm: {
    say: [
      "Then dark clouds [roll/p] in over {the p}. Thunder [rumble/s], and {h} [hear] it come closer.",
      "Suddenly a storm [break/s]. The wind [shake/s] everything {in p}, and {h} [get] wet.",
      "Flash! Lightning [light/s] up {the p}, and heavy rain [begin/s] to fall.",
      "The sky over {the p} [turn/s] black. A great storm [be/s] coming.",
    ],
    brief: "A storm [come/s].",
    ask: [["What was the weather like later?", "There was a storm."]],
  },
  shelter: {
    say: [
      "{h} [find] shelter {spot} and [wait] there.",
      "{h} [creep] {spot} to stay dry.",
      "{h} [run] for cover and [sit] down {spot}.",
    ],
    ask: [["Where did {h} wait for the storm to end?", "{h} waited {spot}."]],
  },
  stormEnds: {
    say: [
      "After a while the thunder [move/s] away, and the sun [come/s] out over {the p}.",
      "At last the rain [stop/s]. A rainbow [stand/s] over {the p}.",
      "Little by little, the wind [grow/s] calm {in p}, and {h} [can] hear the birds again.",
    ],
  },
  lostWay: {
    say: [
      "But {h} [take] a wrong turn near {mark}, and soon {h} [not know] the way.",
      "{h} [look] left and right. Every path {in p} [look/s] the same. {h} [be] lost!",
      "{h} [follow] a butterfly past {mark} and [forget] the way back.",
      "Where [be/s] the way home? {h} [see] only {mark} and {mark2}.",
    ],
    brief: "{h} [get] lost {in p}.",
    ask: [["Where did {h} get lost?", "{h} got lost {in p}."]],
  },
  showsWay: {
    needs: ["h near f"],
    say: [
      "<f/h: Follow me, {h.n}. I know every path here.> {f} [lead] {h.o} past {mark}.",
      "{f} [point] to {mark}. <f/h: Go past that, and you will be home soon.>",
      "{f} [walk] ahead, and {h} [follow] step by step past {mark}.",
    ],
    brief: "{f} [show] {h.o} the way.",
    ask: [["Who showed {h} the way?", "{f} showed {h.o} the way."]],
  },
  strangeNoise: {
    say: [
      "In the night, {h} [hear] {sound}. <h: What is that?>",
      "It [be/s] dark, and from {the p} [come/s] {sound}.",
      "There it [be/s] again: {sound}! {h} [pull] the blanket up to {h.s} chin.",
      "{h} [not can] sleep, because there [be/s] {sound} outside.",
    ],
    brief: "In the night, {h} [hear] {sound}.",
    ask: [["What did {h} hear in the night?", "{h} heard {sound}."]],
  },
  onlyThat: {
    say: [
      "{h} [look] closely. It [be/s] only {cause}!",
      "There [be/s] no monster at all, only {cause}.",
      "{h} [open] the door a little. Outside there [be/s] nothing but {cause}.",
      "<h: It is only {cause}!> {h} [laugh] out loud.",
    ],
    brief: "It [be/s] only {cause}.",
    ask: [["What made the noise?", "It was only {cause}."]],
  },
  spills: {
    say: [
      "{h} [reach] for {the food} and [knock] over {a t}. What a mess!",
      "Splash! {the t} [tip/s] over, and the floor [be/s] wet.",
      "{h} [carry] {the t} too fast and [spill] everything.",
      "{h} [bump] the table. {the t} [roll/s] off, and {the food} [land/s] on the floor.",
    ],
    brief: "{h} [make] a mess.",
  },
  cleans: {
    say: [
      "{h} [fetch] {tool} and [clean] up everything.",
      "With {tool}, {h} [wipe] and [scrub] until the floor [shine/s].",
      "{h} [pick] up the pieces one by one and [use] {tool} for the rest.",
    ],
  },
  burns: {
    say: [
      "But {h} [forget] the time, and {the food} [burn/s].",
      "A dark smell [come/s] from the oven. {the food} [be/s] black!",
      "{h} [take] too much salt, and now {the food} [taste/s] awful.",
      "{h} [mix] up sugar and salt. Everyone [make/s] a face at {the food}.",
    ],
    brief: "{the food} [go/s] wrong.",
    ask: [["What went wrong with the {food}?", "It was spoiled at the first try."]],
  },
  winterNeed: {
    say: [
      "That winter [be/s] long. {f} [have] no {food} left and [shiver] in the cold.",
      "The snow [lie/s] deep, and {f} [not can] find any {food}.",
      "{f} [be] hungry, for there [be/s] no {food} to find under the ice.",
    ],
  },
} as const satisfies Record<string, EventKind>;
