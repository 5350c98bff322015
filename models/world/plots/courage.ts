/** Plots about fear, storms and getting lost. */
import { DANGERS, NOISES } from "../data/words.ts";
import { clause } from "../state/story.ts";
import type { Plot } from "./plot.ts";

const HEAVY = [
  "heavy branch",
  "ladder",
  "pile of boxes",
  "big sack",
  "broken fence",
  "wet net",
  "old door",
  "stack of planks",
];

const nightNoise: Plot = {
  name: "a noise in the night",
  tell(s) {
    const [sound, cause] = s.pick(NOISES);
    s.about = clause("{x} in the night", { x: sound });
    s.opening();
    s.paragraph();
    s.do("strangeNoise", { sound });
    s.feel("scared", "there [be/s] {sound} in the dark", { sound });
    const f = s.maybe(0.5) ? s.elder() : undefined;
    if (f !== undefined) {
      s.do("comes", { f });
      s.do("comforts", { f });
    } else s.feel("brave");
    s.do("onlyThat", { cause });
    s.feel("relieved", "it [be/s] only {cause}", { cause });
    s.ending("courage", f);
  },
};

const storm: Plot = {
  name: "a storm",
  tell(s) {
    const [p, f] = [s.cast.place("nature"), s.friend()];
    s.about = clause("a storm", {});
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("look");
    s.do("storm");
    s.feel("scared", "the thunder [be/s] so loud", {});
    s.do("shelter");
    s.paragraph();
    s.do("comes", { f });
    s.do("comforts", { f });
    s.do("stormEnds");
    s.do("homeTogether", { f, p: s.house });
    s.ending("courage", f);
  },
};

const lostInWoods: Plot = {
  name: "lost on the way",
  tell(s) {
    const [p, f] = [s.cast.place("nature"), s.stranger()];
    s.about = clause("someone who gets lost {in p}", { p });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("lostWay");
    s.feel("scared", "{h} [not know] the way home", {});
    s.paragraph();
    s.do("meets", { f });
    s.do("asksHelp", { f });
    s.do("showsWay", { f });
    s.do("homeTogether", { f, p: s.house });
    s.do("thanks", { f });
    s.ending("help", f);
  },
};

const stuckAndFreed: Plot = {
  name: "stuck and freed",
  tell(s) {
    const [p, f] = [s.cast.place(), s.helper()];
    s.about = clause("someone who gets stuck", {});
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("look");
    s.do("stuck");
    s.feel(s.pick(["scared", "worried", "angry"]), "{h} [not can] get out alone", {});
    s.paragraph();
    s.do("comes", { f });
    s.do("freed", { f });
    s.feel("relieved");
    s.do("thanks", { f });
    s.ending(s.pick(["help", "listening"]), f);
  },
};

const darkPlace: Plot = {
  name: "fear of a dark place",
  tell(s) {
    const [p, f, t] = [s.cast.place("nature"), s.friend(), s.cast.thing("nature", "tool")];
    s.about = clause("fear of the dark {in p}", { p });
    s.opening();
    s.do("companion", { f });
    s.day();
    s.do("goTogether", { f, p });
    s.feel("scared", "it [be/s] dark {in p}", { p });
    s.do("encourages", { f, x: "be brave in the dark" });
    s.feel("brave", "{f} [stay] close", { f });
    s.world.put(t, p);
    s.do("discovers", { t });
    s.feel("proud", "{h} [be] not afraid any more", {});
    s.ending("courage", f);
  },
};

const saver: Plot = {
  name: "a brave rescue",
  tell(s) {
    const [p, f, t] = [s.cast.place("nature"), s.friend(), s.pick(HEAVY)];
    s.about = clause("a brave rescue", {});
    s.opening();
    s.day();
    s.do("go", { p });
    s.bring(f);
    s.do("warns", { h: f, f: s.hero, danger: s.pick(DANGERS) });
    s.do("ignores", { h: f });
    s.do("rescue", { f, t });
    s.feel("grateful", "{g} [save] the day", { g: s.hero }, f);
    s.do("thanks", { h: f, f: s.hero });
    s.feel("proud", "{f} [be] safe", { f });
    s.ending("courage", f);
  },
};

const shyPerformer: Plot = {
  name: "a shy performer",
  tell(s) {
    const [p, f] = [s.cast.place("town"), s.helper()];
    const x = s.pick(["sing", "dance", "play the flute", "tell a joke", "read a poem", "juggle three balls"]);
    s.about = clause("someone who is too shy to {x}", { x });
    s.opening();
    s.day();
    s.bring(f);
    s.do("goTogether", { f, p });
    s.feel("shy", "there [be/p] so many people {in p}", { p });
    s.do("encourages", { f, x: `${x} in front of so many` });
    s.feel("brave", "{f} [believe] in {h.o}", { f });
    s.do("succeeds", { x });
    s.feel("proud", "everyone [clap/s]", {});
    s.do("praises", { f });
    s.ending("courage", f);
  },
};

/** Plots about fear and courage. */
export const COURAGE: readonly Plot[] = [
  nightNoise,
  storm,
  lostInWoods,
  stuckAndFreed,
  darkPlace,
  saver,
  shyPerformer,
];
