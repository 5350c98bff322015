/** Plots about skills, contests, plants, meals and building. */
import { CHORES, PLANTS, SKILLS } from "../data/words.ts";
import { clause } from "../state/story.ts";
import type { Plot } from "./plot.ts";

const BUILDABLE =
  /^(?:sled|wagon|cart|raft|swing|seesaw|tent|treehouse|fence|bench|scarecrow|birdhouse|beehive|snowman|sandcastle|bridge|tower|campfire|dollhouse|toy castle|boat)$/;
const FERTILE = /^(?:garden|yard|farm|orchard|meadow|field|vineyard|hill|park|clearing)$/;

const skill: Plot = {
  name: "learning a skill",
  tell(s) {
    const [f, p, x] = [s.helper(), s.cast.place(), s.pick(SKILLS)];
    s.about = clause("someone who learns to {x}", { x });
    s.opening();
    s.do("cannot", { x });
    s.day();
    s.do("failsTry", { x });
    s.feel(s.pick(["sad", "angry", "ashamed"]), "it [be/s] so hard to {x}", { x });
    s.paragraph();
    s.do("comes", { f });
    s.do(s.maybe(0.5) ? "teaches" : "encourages", { f, x });
    s.do("practises", { p });
    s.do("succeeds", { x });
    s.feel("proud", "{h} [can] {x} now", { x });
    s.ending("patience", f);
  },
};

const teased: Plot = {
  name: "teased, then admired",
  tell(s) {
    const [f, p, x] = [s.friend(), s.cast.place(), s.pick(SKILLS)];
    s.about = clause("someone who is teased", {});
    s.opening();
    s.day();
    s.do("comes", { f });
    s.do("teases", { f, x });
    s.feel(s.pick(["sad", "angry"]), "{f} [laugh] at {h.o}", { f });
    s.do("practises", { p });
    if (s.maybe(0.6)) s.do("failsTry", { x });
    s.paragraph();
    s.do("succeeds", { x });
    s.do("comes", { f });
    s.feel("surprised", "{g} [can] {x}", { g: s.hero, x }, f);
    s.do("apologises", { h: f, f: s.hero });
    s.do("forgives", { h: f, f: s.hero });
    s.ending(s.pick(["patience", "friends"]), f);
  },
};

const raceHelp: Plot = {
  name: "a race and a kind stop",
  tell(s) {
    const [f, p, t] = [s.friend(), s.cast.place(), s.cast.thing("school", "toy")];
    s.about = clause("a race", {});
    s.opening();
    s.do("companion", { f });
    s.day();
    s.do("goTogether", { f, p });
    s.do("raceStart", { f, t });
    s.do("raceRun", { f });
    s.do("stopsToHelp", { f });
    s.feel("grateful", "{g} [stop] for {h.o}", { g: s.hero }, f);
    s.do("thanks", { h: f, f: s.hero });
    s.ending("help", f);
  },
};

const raceWon: Plot = {
  name: "a race",
  tell(s) {
    const [f, p, t] = [s.friend(), s.cast.place(), s.cast.thing("school", "toy")];
    s.about = clause("a race {in p}", { p });
    s.opening();
    s.do("companion", { f });
    s.day();
    s.do("practises", { p });
    s.bring(f);
    s.do("raceStart", { f, t });
    s.do("raceRun", { f });
    const won = s.maybe(0.5);
    s.do(won ? "wins" : "losesRace", { f });
    s.feel(won ? "proud" : "sad", won ? "all the practice [be/s] worth it" : "{f} [be] faster", { f });
    if (!won) s.do("comforts", { f });
    else s.do("praises", { f });
    s.ending("patience", f);
  },
};

const plant: Plot = {
  name: "a seed that grows",
  tell(s) {
    const [plant, p, f] = [s.pick(PLANTS), s.cast.placeLike(FERTILE), s.helper()];
    s.about = clause("{a plant} seed", { plant });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("plants", { plant });
    s.do("waitsPlant", { plant });
    s.feel("sad", "nothing [grow/s]", {});
    s.bring(f);
    s.do("encourages", { f, x: `grow ${plant === "corn" ? "corn" : "such a plant"}` });
    s.do("grows", { plant });
    s.feel("happy", "the {plant} [be/s] so tall", { plant });
    s.ending("patience", f);
  },
};

const cooking: Plot = {
  name: "a meal that goes wrong",
  tell(s) {
    const [food, f, g] = [s.cast.food("sweet", "meal"), s.friend(), s.elder()];
    s.about = clause("making {some food}", { food });
    s.opening();
    s.day();
    s.do("cooks", { food, f });
    s.do("burns", { food });
    s.feel(s.pick(["sad", "angry", "ashamed"]), "the {food} [be/s] spoiled", { food });
    s.paragraph();
    s.do("comes", { f: g });
    s.do("comforts", { f: g });
    s.do("cooksAgain", { food });
    s.bring(f);
    s.do("eatsTogether", { food, f });
    s.ending("patience", f);
  },
};

const building: Plot = {
  name: "building together",
  tell(s) {
    const [t, f, p] = [s.cast.thingLike(BUILDABLE), s.friend(), s.cast.place()];
    s.about = clause("building {a t}", { t });
    s.opening();
    s.do("companion", { f });
    s.day();
    s.do("goTogether", { f, p });
    s.do("builds", { f, t });
    s.do("collapses", { f });
    s.feel(s.pick(["angry", "sad"]), "all the work [be/s] lost", {});
    s.do("encourages", { f, x: "build such a thing" });
    s.do("buildsDone", { f, t });
    s.feel("proud", "{the t} [stand/s] firm", { t });
    s.ending("patience", f);
  },
};

const earning: Plot = {
  name: "work for a wish",
  tell(s) {
    const [t, f, p] = [s.cast.thing(), s.stranger(), s.cast.place("town")];
    s.about = clause("someone who works to get {a t}", { t });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("wants", { t });
    s.do("meets", { f });
    s.world.give(f, t);
    const chore = s.pick(CHORES);
    s.do("advises", { f, x: chore });
    s.do("works", { x: chore });
    s.feel("tired", "the work [be/s] hard", {});
    s.paragraph();
    s.do("praises", { f });
    s.do("receives", { f, t });
    s.feel("proud", "{h} [have] earned it", {});
    s.ending("patience", f);
  },
};

const promise: Plot = {
  name: "a promise kept",
  tell(s) {
    const [f, p, x] = [s.elder(), s.cast.place(), s.pick(CHORES)];
    s.about = clause("a promise to {x}", { x });
    s.opening();
    s.day();
    s.bring(f);
    s.do("promises", { f, x });
    const g = s.friend();
    s.do("comes", { f: g });
    s.do("invites", { h: g, f: s.hero });
    s.feel("worried", "there [be/s] a promise to keep", {});
    s.do("works", { x });
    s.paragraph();
    s.do("praises", { f });
    s.do("goTogether", { f: g, p });
    s.do("play", { f: g });
    s.feel("happy", "the work [be/s] done", {});
    s.ending("honesty", g);
  },
};

/** Plots about learning and working. */
export const LEARNING: readonly Plot[] = [
  skill,
  teased,
  raceHelp,
  raceWon,
  plant,
  cooking,
  building,
  earning,
  promise,
];
