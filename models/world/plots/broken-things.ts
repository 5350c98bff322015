/** Plots about breaking, mending, lies and the truth. */
import { DANGERS, EXCUSES } from "../data/words.ts";
import { clause } from "../state/story.ts";
import type { Plot } from "./plot.ts";

const VESSELS = /^(?:cup|mug|bowl|jug|jar|bottle|vase|teapot|pot|bucket|kettle)$/;

const mended: Plot = {
  name: "a broken thing mended",
  tell(s) {
    const [t, f] = [s.cast.thing("toy", "tool", "house"), s.helper()];
    s.about = clause("a broken {t} that gets mended", { t });
    s.opening();
    s.do("has", { t });
    s.day();
    if (s.maybe(0.6)) s.do("uses", { t });
    s.do("breaks", { t });
    s.feel(s.pick(["sad", "angry", "worried"]), "{the t} [be/s] broken", { t });
    if (s.maybe(0.6)) s.do("triesMend", { t });
    s.paragraph();
    s.do("comes", { f });
    s.do(s.maybe(0.5) ? "asksHelp" : "comforts", { f });
    s.do("mends", { f, t });
    s.feel("happy", "{the t} [be/s] whole again", { t });
    s.do("thanks", { f });
    s.ending(s.pick(["help", "care", "patience"]), f);
  },
};

const lieAndTruth: Plot = {
  name: "a lie and the truth",
  tell(s) {
    const [t, f] = [s.cast.thing("house", "toy"), s.elder()];
    s.about = clause("a lie about {a t}", { t });
    s.opening();
    s.day();
    s.world.own(f, t);
    s.world.give(s.hero, t);
    s.do("breaks", { t });
    s.feel("scared", "{the t} [be/s] not {h.s} own", { t });
    s.paragraph();
    s.do("comes", { f });
    s.do("lies", { f, t, excuse: s.pick(EXCUSES) });
    s.feel("ashamed", "{h} [have] told a lie", {});
    s.paragraph();
    s.do("confesses", { f, deed: clause("{h} broke the {t.noun}", { h: s.hero, t }) });
    s.do("forgives", { f });
    s.feel("relieved", "the truth [be/s] out", {});
    if (s.maybe(0.5)) s.do("mends", { f, t });
    s.ending("honesty", f);
  },
};

const eatenCake: Plot = {
  name: "the missing food",
  tell(s) {
    const [food, f] = [s.cast.food("sweet"), s.elder()];
    s.about = clause("someone who secretly eats the {food}", { food });
    s.opening();
    s.day();
    s.bring(f);
    s.feel("hungry", "the {food} [smell/s] so good", { food });
    s.do("promises", { f, x: "wait until supper" });
    s.feel("ashamed", "{h} [eat] the {food} in secret", { food });
    s.paragraph();
    const excuse = s.pick(["the dog ate it", "a mouse ate it", "a bird stole it", "the cat took it"]);
    s.do("lies", { f, t: clause("the {food}", { food }), excuse });
    s.do("confesses", { f, deed: clause("{h} ate the {food}", { h: s.hero, food }) });
    s.do("forgives", { f });
    const again = s.cast.food("sweet");
    s.do("cooks", { food: again, f });
    s.do("eatsTogether", { food: again, f });
    s.ending("honesty", f);
  },
};

const warningIgnored: Plot = {
  name: "a warning not heard",
  tell(s) {
    const [p, f] = [s.cast.place("nature"), s.elder()];
    s.about = clause("someone who does not listen to a warning", {});
    s.opening();
    s.day();
    s.bring(f);
    s.do("warns", { f, danger: s.pick(DANGERS), p });
    s.do("ignores");
    s.do("go", { p });
    s.do("look");
    s.do(s.maybe(0.5) ? "falls" : "stuck");
    s.feel("scared", "nobody [be/s] near", {});
    s.paragraph();
    s.do("comes", { f });
    s.do("freed", { f });
    s.do("apologises", { f });
    s.do("homeTogether", { f, p: s.house });
    s.ending("listening", f);
  },
};

const spilled: Plot = {
  name: "a spill cleaned up",
  tell(s) {
    const [t, food, f] = [s.cast.thingLike(VESSELS), s.cast.food("drink"), s.elder()];
    s.about = clause("a spill with {a t}", { t });
    s.opening();
    s.day();
    s.do("spills", { t, food });
    s.feel(s.pick(["ashamed", "worried"]), "the floor [be/s] a mess", {});
    s.do("cleans", { tool: s.pick(["a mop", "an old rag", "a sponge", "a broom", "a bucket of water"]) });
    s.paragraph();
    s.do("comes", { f });
    s.do("confesses", { f, deed: clause("{h} spilled the {food}", { h: s.hero, food }) });
    s.do("praises", { f });
    s.ending("honesty", f);
  },
};

const ownToy: Plot = {
  name: "a thing made by oneself",
  tell(s) {
    const [t, f] = [s.cast.thing("toy", "clothes", "tool"), s.friend()];
    s.about = clause("someone who makes {a t}", { t });
    s.opening();
    s.day();
    s.do("wants", { t });
    s.feel("sad", "there [be/s] no money for {a t}", { t });
    s.paragraph();
    s.bring(f);
    s.do("advises", { f, x: "make one yourself" });
    s.do("makes", { t });
    if (s.maybe(0.6)) s.do("paints", { t });
    s.do("uses", { t });
    s.feel("proud", "{h} [have] made it alone", {});
    s.do("praises", { f });
    s.ending("patience", f);
  },
};

/** Plots about broken things and honesty. */
export const BROKEN_THINGS: readonly Plot[] = [
  mended,
  lieAndTruth,
  eatenCake,
  warningIgnored,
  spilled,
  ownToy,
];
