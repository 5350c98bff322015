/** Plots about animals in need, strangers and wishes. */

import { WISHES } from "../data/wishes.ts";
import { LIMBS, SKILLS } from "../data/words.ts";
import { clause, type Story } from "../state/story.ts";
import type { Plot } from "./plot.ts";

const WARM = /^(?:scarf|coat|sweater|jacket|cape|blanket|cloak|bonnet|cap|hat|dress|shirt)$/;

const hurtAnimal: Plot = {
  name: "an animal in trouble",
  tell(s) {
    const [p, f, food, limb] = [s.cast.place("nature"), s.animal(), s.cast.food(), s.pick(LIMBS)];
    s.about = clause("{a f.kind} in trouble", { f });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("hearsCry");
    s.do("findsHurt", { f, limb });
    s.feel("sad", "{f} [be] in pain", { f });
    s.do("caresFor", { f, limb, food });
    s.paragraph();
    s.do("recovers", { f, limb, x: s.pick(["run", "jump", "play", "climb", "hop about"]) });
    s.do("thanks", { h: f, f: s.hero });
    s.feel("happy", "{f} [be] well again", { f });
    s.ending("help", f);
  },
};

const repaid: Plot = {
  name: "kindness repaid",
  tell(s) {
    const [p, f, food] = [s.cast.place("nature"), s.animal(), s.cast.food()];
    s.about = clause("kindness that comes back", {});
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("meets", { f });
    s.feel("hungry", "there [be/s] nothing to eat", {}, f);
    s.do("shares", { f, food });
    s.do("thanks", { h: f, f: s.hero });
    s.do("leaves", { f });
    s.paragraph();
    s.do("stuck");
    s.feel("scared", "nobody [hear/s] {h.o}", {});
    s.do("comes", { f });
    s.do("freed", { f });
    s.do("thanks", { f });
    s.ending("help", f);
  },
};

const helpStranger: Plot = {
  name: "helping a stranger",
  tell(s) {
    const [p, f, t] = [s.cast.place(), s.stranger(), s.cast.thing()];
    s.about = clause("helping a stranger", {});
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("stranger", { f });
    s.do("helpsStranger", { f });
    s.world.give(f, t);
    s.do("thanks", { h: f, f: s.hero });
    s.do("receives", { f, t });
    s.feel("surprised", "{h} [not want] anything in return", {});
    s.ending("help", f);
  },
};

const winter: Plot = {
  name: "help in winter",
  tell(s) {
    const [f, food, t] = [s.friend(), s.cast.food("meal"), s.cast.thingLike(WARM)];
    s.about = clause("help in a cold winter", {});
    s.opening();
    s.do("has", { t });
    s.paragraph();
    s.bring(f);
    s.do("winterNeed", { f, food });
    s.feel("worried", "{f} [be] cold and hungry", { f });
    s.do("gives", { f, t });
    if (s.maybe(0.7)) s.do("shares", { f, food });
    s.feel("grateful", "{the t} [be/s] so warm", { t }, f);
    s.do("thanks", { h: f, f: s.hero });
    s.ending(s.pick(["sharing", "help"]), f);
  },
};

function magicFound(s: Story): void {
  const t = s.cast.thing("tool", "nature", "clothes");
  const p = s.cast.place();
  const { wish, result } = s.pick(WISHES);
  const [wishClause, oddly] = [clause(wish, { h: s.hero }), clause(result, { h: s.hero })];
  s.about = clause("a magic {t} and a wish", { t });
  s.opening();
  s.day();
  s.do("go", { p });
  s.world.put(t, p);
  s.do("discovers", { t });
  s.do("magicThing", { t });
  s.feel("excited", "there [be/s] so much to wish for", {});
  s.do("wishes", { wish: wishClause });
  s.paragraph();
  s.do("oddly", { oddly });
  s.feel(s.pick(["sad", "lonely", "worried", "scared"]), "the wish [be/s] a mistake", {});
  s.do("undoes", { t });
  s.feel("relieved", "everything [be/s] as before", {});
  s.ending("content");
}

const lonelyAnimal: Plot = {
  name: "a lonely animal",
  tell(s) {
    const [p, f, t] = [s.cast.place(), s.animal(), s.cast.thing("toy", "nature")];
    s.about = clause("a lonely {f.kind}", { f });
    s.opening();
    s.do("has", { t });
    s.day();
    s.do("go", { p });
    s.do("meets", { f });
    s.feel("lonely", "all the others [have/p] gone away", {}, f);
    s.do("comforts", { h: f, f: s.hero, w: "lonely" });
    s.do("invites", { f });
    s.do("play", { f });
    s.do("gives", { f, t });
    s.feel("happy", "{f} [have] a friend now", { f });
    s.ending("friends", f);
  },
};

const teacherAnimal: Plot = {
  name: "a small teacher",
  tell(s) {
    const [p, f, x] = [s.cast.place("nature"), s.animal(), s.pick(SKILLS)];
    s.about = clause("{a f.kind} who can teach", { f });
    s.opening();
    s.do("cannot", { x });
    s.day();
    s.do("go", { p });
    s.do("meets", { f });
    s.do("asksHelp", { f });
    s.do("teaches", { f, x });
    s.do("failsTry", { x });
    s.do("encourages", { f, x });
    s.do("succeeds", { x });
    s.feel("grateful", "{f} [be] a good teacher", { f });
    const t = s.cast.thing("nature", "clothes");
    s.world.give(s.hero, t);
    s.do("giftFor", { f, t });
    s.ending("patience", f);
  },
};

const sadElder: Plot = {
  name: "cheering someone up",
  tell(s) {
    const [f, plant, food] = [s.elder(), s.cast.thing("nature"), s.cast.food("sweet")];
    s.about = clause("cheering someone up", {});
    s.opening();
    s.day();
    s.bring(f);
    s.feel("sad", "old friends [be/p] far away", {}, f);
    s.feel("worried", "{f} [not smile] at all", { f });
    s.do("cooks", { f, food });
    s.world.give(s.hero, plant);
    s.do("gives", { f, t: plant });
    s.do("eatsTogether", { f, food });
    s.feel("happy", "{g} [have] thought of {h.o}", { g: s.hero }, f);
    s.ending("help", f);
  },
};

const outing: Plot = {
  name: "a simple day out",
  tell(s) {
    const [p, f, food] = [s.cast.place(), s.helper(), s.cast.food()];
    s.about = clause("a day {in p}", { p });
    s.opening();
    s.day();
    s.bring(f);
    s.do("goTogether", { f, p });
    s.do("look");
    s.feel("excited", "there [be/s] so much to see", {});
    s.do("play", { f });
    s.do("shares", { f, food });
    s.feel("tired", "the day [be/s] long", {});
    s.do("homeTogether", { f, p: s.house });
    s.ending("content", f);
  },
};

/** Plots about kindness and wishes. */
export const KINDNESS: readonly Plot[] = [
  hurtAnimal,
  repaid,
  helpStranger,
  winter,
  { name: "a wish granted oddly", tell: magicFound },
  lonelyAnimal,
  teacherAnimal,
  sadElder,
  outing,
];
