/** Plots about sharing, quarrels, new friends and surprises. */
import { clause, type Story } from "../state/story.ts";
import type { Plot } from "./plot.ts";

const sharing: Plot = {
  name: "learning to share",
  tell(s) {
    const [food, f, p] = [s.cast.food(), s.friend(), s.cast.place()];
    s.about = clause("sharing {some food}", { food });
    s.opening();
    s.do("companion", { f });
    s.day();
    s.do("goTogether", { f, p });
    s.do("keepsFood", { f, food });
    s.feel("sad", "{g} [not want] to share", { g: s.hero }, f);
    s.feel("ashamed", "{f} [look] so sad", { f });
    s.paragraph();
    s.do("apologises", { f });
    s.do("shares", { f, food });
    s.feel("happy", "{h+f} [be] together", { f });
    s.ending("sharing", f);
  },
};

const sharedLunch: Plot = {
  name: "a shared lunch",
  tell(s) {
    const [food, p, f] = [s.cast.food(), s.cast.place(), s.newFriend()];
    s.about = clause("a lunch that is shared", {});
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("look");
    s.do("meets", { f });
    s.feel("hungry", "{h.s} bag [be/s] empty", {}, f);
    s.do("shares", { f, food });
    s.do("thanks", { h: f, f: s.hero });
    if (s.maybe(0.5)) s.do("play", { f });
    s.ending("sharing", f);
  },
};

const quarrel: Plot = {
  name: "a quarrel and peace",
  tell(s) {
    const [t, f, p] = [s.cast.thing("toy", "nature"), s.friend(), s.cast.place()];
    s.about = clause("a quarrel about {a t}", { t });
    s.opening();
    s.do("companion", { f });
    s.day();
    s.do("goTogether", { f, p });
    s.world.put(t, p);
    s.do("discovers", { t });
    s.do("quarrels", { f, t });
    s.feel("angry", "{f} [not let] go of {the t}", { f, t });
    if (s.maybe(0.6)) s.do("breaks", { t });
    s.do("silent", { f });
    s.feel(s.pick(["lonely", "sad"]), "there [be/s] nobody to play with", {});
    s.paragraph();
    s.do("apologises", s.maybe(0.5) ? { f } : { h: f, f: s.hero });
    s.do("peace", { f, t });
    if (s.world.isBroken(t)) s.do("mends", { f, t });
    s.ending("friends", f);
  },
};

const newFriend: Plot = {
  name: "a new friend",
  tell(s) {
    const f = s.newFriend();
    s.about = clause("a new friend", {});
    s.opening();
    s.feel("lonely", "there [be/s] no one to play with", {});
    s.day();
    s.do("newcomer", { f });
    s.feel("shy", "{f} [be] a stranger", { f });
    s.bring(f);
    s.paragraph();
    s.do("invites", { f });
    s.do("play", { f });
    s.feel("happy", "{h} [have] a friend at last", {});
    s.ending("friends", f);
  },
};

const refusedFirst: Plot = {
  name: "a friend who had no time",
  tell(s) {
    const [f, p, t] = [s.friend(), s.cast.place(), s.cast.thing("toy")];
    s.about = clause("a friend who is too busy to play", {});
    s.opening();
    s.do("has", { t });
    s.day();
    s.do("go", { p });
    s.do("comes", { f });
    s.do("refuses", { f });
    s.feel(s.pick(["sad", "angry"]), "{f} [not want] to play", { f });
    s.do("uses", { t });
    s.feel("curious", "it [look/s] like fun", {}, f);
    s.paragraph();
    s.do("apologises", { h: f, f: s.hero });
    s.do("invites", { f });
    s.do("play", { f });
    s.ending("friends", f);
  },
};

function surprise(s: Story): void {
  const [f, g] = [s.friend(), s.elder()];
  const [t, food] = [s.cast.thing("toy", "clothes", "school"), s.cast.food("sweet")];
  s.about = clause("a birthday surprise", {});
  s.opening();
  s.day();
  s.bring(g);
  s.do("plansSurprise", { f, g, food });
  s.do("preparesSurprise", { f, g, t, food });
  s.world.give(s.hero, t);
  s.feel("excited", "nobody [know/s] the secret yet", {});
  s.paragraph();
  s.bring(f);
  s.do("surprise", { f, g });
  s.feel("surprised", "everything [look/s] so bright", {}, f);
  s.do("gives", { f, t });
  s.do("thanks", { h: f, f: s.hero });
  s.ending("friends", f);
}

const jealousy: Plot = {
  name: "envy and trade",
  tell(s) {
    const [t, u, f, p] = [
      s.cast.thing("toy", "clothes"),
      s.cast.thing("toy", "clothes"),
      s.friend(),
      s.cast.place(),
    ];
    s.about = clause("a trade of {a t} for {a u}", { t, u });
    s.opening();
    s.do("has", { t });
    s.day();
    s.do("go", { p });
    s.world.give(f, u);
    s.do("comes", { f });
    s.feel("jealous", "{f} [have] {a u}", { f, u });
    s.do("trades", { f, t, u });
    s.do("uses", { t: u });
    s.feel("sad", "{h} [miss] {the t}", { t });
    s.paragraph();
    s.do("trades", { f, t: u, u: t });
    s.feel("happy", "{the t} [be/s] back", { t });
    s.ending("content", f);
  },
};

const gift: Plot = {
  name: "a gift for someone sad",
  tell(s) {
    const [t, f] = [s.cast.thing("toy", "nature", "clothes"), s.friend()];
    s.about = clause("a gift that makes someone happy", {});
    s.opening();
    s.do("has", { t });
    s.day();
    s.do("comes", { f });
    s.feel("sad", "{h.s} best friend [have/s] moved away", {}, f);
    s.do("comforts", { h: f, f: s.hero, w: "sad" });
    s.do("gives", { f, t });
    s.feel("happy", "{the t} [be/s] such a fine gift", { t }, f);
    s.feel("proud", "{f} [smile] again", { f });
    s.ending("sharing", f);
  },
};

/** Plots about friends. */
export const FRIENDSHIP: readonly Plot[] = [
  sharing,
  sharedLunch,
  quarrel,
  newFriend,
  refusedFirst,
  { name: "a surprise", tell: surprise },
  jealousy,
  gift,
];
