/** Plots about things that are lost, hidden, found and given back. */

import type { Character, Item, Spot } from "../state/entities.ts";
import { clause, type Story } from "../state/story.ts";
import type { Plot } from "./plot.ts";

/** A hiding place here, and some others where the thing is not. */
function spots(s: Story): { right: string; wrong: string[] } {
  const [right, ...wrong] = [...s.here.place.spots].sort(() => s.random.uniform() - 0.5);
  return { right, wrong };
}

function searchInVain(s: Story, t: Item, wrong: readonly string[], most: number): void {
  for (const spot of wrong.slice(0, 1 + s.random.below(most))) s.do("searches", { t, spot });
}

function loseAt(s: Story, t: Item, p: Spot): void {
  s.do("go", { p });
  if (s.maybe(0.6)) s.do("takesAlong", { t });
  if (s.maybe(0.5)) s.do("look");
  s.do("loses", { t });
  s.do("misses", { t });
  s.feel(s.pick(["sad", "worried", "scared"]), "{the t} [be/s] gone", { t });
}

const lostAndFound: Plot = {
  name: "lost and found",
  tell(s) {
    const [t, p, f] = [s.cast.thing(), s.cast.place(), s.helper()];
    s.about = clause("a lost {t}", { t });
    s.opening();
    s.do("has", { t });
    s.day();
    loseAt(s, t, p);
    s.paragraph();
    const { right, wrong } = spots(s);
    searchInVain(s, t, wrong, 2);
    s.do("comes", { f });
    s.do("helpsSearch", { f, t });
    s.do("otherFinds", { f, t, spot: right });
    s.do("getsBack", { f, t });
    s.feel(s.pick(["happy", "relieved", "grateful"]), "{the t} [be/s] back", { t });
    if (s.maybe(0.7)) s.do("thanks", { f });
    s.ending(s.pick(["care", "help"]), f);
  },
};

const lostAlone: Plot = {
  name: "searching alone",
  tell(s) {
    const [t, p] = [s.cast.thing(), s.cast.place()];
    s.about = clause("{a t} that is lost and found again", { t });
    s.opening();
    s.do("has", { t });
    s.day();
    loseAt(s, t, p);
    s.paragraph();
    const { right, wrong } = spots(s);
    searchInVain(s, t, wrong, 3);
    if (s.maybe(0.5)) s.feel("tired");
    s.do("finds", { t, spot: right });
    s.feel("relieved", "{the t} [be/s] not lost any more", { t });
    s.do("home", { p: s.house });
    s.ending(s.pick(["care", "patience"]));
  },
};

const foundOwner: Plot = {
  name: "finding the owner",
  tell(s) {
    const [t, p, f] = [s.cast.thing(), s.cast.place(), s.stranger()];
    s.about = clause("someone who finds {a t} and gives it back", { t });
    s.opening();
    s.day();
    s.do("go", { p });
    s.world.put(t, p);
    s.world.own(f, t);
    s.do("discovers", { t });
    s.feel(s.pick(["curious", "excited"]), "{the t} [be/s] so {look}", { t, look: t.look });
    if (s.maybe(0.6)) s.do("uses", { t });
    s.paragraph();
    s.do("meets", { f });
    s.feel("sad", "{h.s} {t} [be/s] lost", { t }, f);
    s.do("returns", { f, t });
    s.feel("happy", "{the t} [be/s] found", { t }, f);
    s.do("praises", { f });
    s.ending("honesty", f);
  },
};

const hiddenTreasure: Plot = {
  name: "a hidden thing",
  tell(s) {
    const [t, p, f] = [s.cast.thing("nature", "toy", "clothes"), s.cast.place(), s.friend()];
    s.about = clause("{a t} that is hidden too well", { t });
    s.opening();
    s.do("has", { t });
    s.day();
    s.do("go", { p });
    s.feel("worried", "someone [can] take {the t}", { t });
    const { right, wrong } = spots(s);
    s.do("hides", { t, spot: right });
    s.do("home", { p: s.house });
    s.paragraph();
    s.do("go", { p });
    s.do("misses", { t });
    searchInVain(s, t, wrong, 2);
    s.do("comes", { f });
    s.do("helpsSearch", { f, t });
    s.do(s.maybe(0.5) ? "otherFinds" : "finds", { f, t, spot: right });
    s.ending("care", f);
  },
};

const secretPlace: Plot = {
  name: "a shared secret",
  tell(s) {
    const [t, p, f] = [s.cast.thing("nature", "toy", "school"), s.cast.place("nature"), s.friend()];
    s.about = clause("a secret about {a t}", { t });
    s.opening();
    s.do("companion", { f });
    s.day();
    s.do("goTogether", { f, p });
    s.world.put(t, p);
    s.do("discovers", { t });
    const { right } = spots(s);
    s.do("hides", { t, spot: right });
    s.do("secret", { f, t, spot: right });
    s.do("promises", { h: f, f: s.hero, x: "keep the secret" });
    s.feel("happy", "{f} [know] about it and [tell] nobody", { f });
    s.ending("friends", f);
  },
};

const borrowed: Plot = {
  name: "a borrowed thing",
  tell(s) {
    const [t, p, f] = [s.cast.thing("tool", "toy", "school"), s.cast.place(), s.friend()];
    s.about = clause("a borrowed {t}", { t });
    s.opening();
    s.day();
    s.bring(f);
    s.world.give(f, t);
    s.world.own(f, t);
    s.do("wants", { t });
    s.do("lends", { f, t });
    s.do("promises", { f, x: "bring it back" });
    s.world.put(f, s.house);
    loseAt(s, t, p);
    s.paragraph();
    const { right, wrong } = spots(s);
    searchInVain(s, t, wrong, 2);
    s.do("finds", { t, spot: right });
    s.do("home", { p: s.house });
    s.do("returns", { f, t });
    s.feel("relieved", "{h} [can] keep the promise", {});
    s.ending("care", f);
  },
};

/** Someone takes a thing by mistake. */
function mixedUp(s: Story, f: Character, t: Item): void {
  s.world.give(f, t);
  s.do("comes", { f });
}

const mistake: Plot = {
  name: "taken by mistake",
  tell(s) {
    const [t, p, f] = [s.cast.thing("clothes", "school"), s.cast.place("town"), s.friend()];
    s.about = clause("{a t} that was taken by mistake", { t });
    s.opening();
    s.do("has", { t });
    s.day();
    loseAt(s, t, p);
    const { wrong } = spots(s);
    searchInVain(s, t, wrong, 2);
    s.paragraph();
    mixedUp(s, f, t);
    s.do("apologises", { h: f, f: s.hero });
    s.do("getsBack", { f, t });
    s.do("forgives", { h: f, f: s.hero });
    s.ending(s.pick(["friends", "honesty"]), f);
  },
};

/** Plots about lost things. */
export const LOST_THINGS: readonly Plot[] = [
  lostAndFound,
  lostAlone,
  foundOwner,
  hiddenTreasure,
  secretPlace,
  borrowed,
  mistake,
];
