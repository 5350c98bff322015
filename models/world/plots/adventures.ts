/** Plots about treasure, first days, goodbyes, sick friends and little ones that are lost. */
import { ANIMALS } from "../data/animals.ts";
import { clause, type Story } from "../state/story.ts";
import type { Plot } from "./plot.ts";

const BARRIERS = /^(?:log|rock|cart|wagon|gate|scarecrow|bench|raft|boat|ladder|barrel)$/;
const BERRIES = [
  "cherries",
  "plums",
  "berries",
  "apples",
  "pears",
  "grapes",
  "strawberries",
  "nuts",
] as const;

const treasure: Plot = {
  name: "a treasure map",
  tell(s) {
    const [t, u] = [
      s.cast.thingLike(/^(?:map|letter|notebook|book|postcard)$/),
      s.cast.thing("toy", "tool", "nature", "clothes"),
    ];
    const [p, far, f] = [s.cast.place(), s.cast.place(), s.friend()];
    s.about = clause("a treasure {in far}", { far });
    s.opening();
    s.day();
    s.do("go", { p });
    s.world.put(t, p);
    s.do("discovers", { t });
    s.do("mapFound", { t, far, spot2: s.pick(far.place.spots) });
    s.feel("excited");
    s.paragraph();
    s.do("comes", { f });
    s.do("goTogether", { f, p: far });
    s.do("digs", { f });
    s.do("treasureIs", { f, u });
    s.feel(s.pick(["happy", "proud", "surprised"]), "{a u} [be/s] the treasure", { u });
    s.ending(s.pick(["friends", "content"]), f);
  },
};

const firstDay: Plot = {
  name: "a first day",
  tell(s) {
    const [p, f] = [
      s.cast.placeLike(/^(?:school|library|farm|zoo|swimming pool|bakery|fire station|village square)$/),
      s.newFriend(),
    ];
    s.about = clause("a first day {in p}", { p });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("firstDay");
    s.feel(s.pick(["shy", "scared", "worried"]), "{h} [not know] anyone {in p}", { p });
    s.paragraph();
    s.do("meets", { f });
    s.do("showsAround", { f });
    s.do("play", { f });
    s.feel("happy", "{f} [be] so friendly", { f });
    s.ending("friends", f);
  },
};

const goodbye: Plot = {
  name: "a friend who moves away",
  tell(s) {
    const [f, far, food, t] = [
      s.friend(),
      s.cast.place(),
      s.cast.food(),
      s.cast.thing("toy", "nature", "school"),
    ];
    s.about = clause("a friend who moves away", {});
    s.opening();
    s.do("companion", { f });
    s.do("has", { t });
    s.day();
    s.do("movesAway", { f, far });
    s.feel("sad", "{f} [be] going away", { f });
    s.do("gives", { f, t });
    s.do("thanks", { h: f, f: s.hero });
    s.do("leaves", { f });
    s.paragraph();
    s.feel("lonely", "{f} [be] gone", { f });
    s.do("writes", { f, food, t: s.cast.thing("nature", "toy") });
    s.feel("happy", "a letter [come/s] every week", {});
    s.ending("friends");
  },
};

const sickFriend: Plot = {
  name: "a sick friend",
  tell(s) {
    const [f, food] = [s.helper(), s.cast.food("drink", "meal", "fruit")];
    s.about = clause("someone who is sick", {});
    s.opening();
    s.day();
    s.bring(f);
    s.do("sick", { f });
    s.feel("worried", "{f} [be] sick", { f });
    s.do("nurses", { f, food });
    if (s.maybe(0.5)) s.do("chat", { f, ...s.asideRoles() });
    s.feel("grateful", "{g} [be] there", { g: s.hero }, f);
    s.paragraph();
    s.do("getsWell", { f });
    s.do("thanks", { h: f, f: s.hero });
    s.ending("help", f);
  },
};

const littleOne: Plot = {
  name: "a little one that is lost",
  tell(s) {
    const [p, f] = [s.cast.place(), s.animal()];
    s.about = clause("{a f.kind} who looks for the mother", { f });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("hearsCry");
    s.do("littleOne", { f });
    s.feel("scared", "everything [look/s] so big {in p}", { p }, f);
    s.do("comforts", { h: f, f: s.hero, w: "scared" });
    s.paragraph();
    s.do("asksAround", { f, beast: s.pick(ANIMALS).kind });
    s.do("motherFound", { f });
    s.feel("happy", "{f} [be] safe", { f });
    s.ending("help", f);
  },
};

const gentleGiant: Plot = {
  name: "a gentle giant",
  tell(s) {
    const [p, f, food] = [
      s.cast.place("nature"),
      s.animalLike(/^(?:bear|lion|tiger|wolf|elephant|dog|goat|horse|hippo|giraffe)$/),
      s.cast.food(),
    ];
    s.about = clause("{a f.kind} whom everyone fears", { f });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("bigAnimal", { f });
    s.feel("scared", "{f} [be] so big", { f });
    s.do("isGentle", { f, food });
    s.feel("surprised", "{f} [be] not dangerous at all", { f });
    s.paragraph();
    s.do(s.maybe(0.5) ? "shares" : "invites", { f, food });
    s.do("play", { f });
    s.feel("happy", "somebody [play/s] with {h.o} at last", {}, f);
    s.ending(s.pick(["friends", "courage"]), f);
  },
};

const inTheRain: Plot = {
  name: "left out in the rain",
  tell(s) {
    const [t, f] = [s.cast.thing("toy", "school"), s.elder()];
    s.about = clause("{a t} that is left out in the rain", { t });
    s.opening();
    s.do("has", { t });
    s.day();
    s.do("uses", { t });
    s.do("leftOut", { t });
    s.feel(s.pick(["sad", "ashamed", "angry"]), "{the t} [be/s] wet and broken", { t });
    s.paragraph();
    s.do("comes", { f });
    s.do("comforts", { f });
    s.do("mends", { f, t });
    s.do("promises", { f, x: "put everything away in the evening" });
    s.ending("care", f);
  },
};

const together: Plot = {
  name: "many hands",
  tell(s) {
    const [p, f, g, t] = [s.cast.place("nature"), s.friend(), s.stranger(), s.cast.thingLike(BARRIERS)];
    s.about = clause("{a t} that blocks the way", { t });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("blocks", { t });
    s.feel("angry", "{the t} [not move/s]", { t });
    s.do("comes", { f });
    s.do("asksHelp", { f });
    s.paragraph();
    s.do("comes", { f: g });
    s.do("team", { f, g, t });
    s.feel("proud", "the way [be/s] free", {});
    s.ending("help", f);
  },
};

function dream(s: Story): void {
  const [p, t] = [s.cast.place(), s.cast.thing("nature", "clothes", "tool")];
  s.about = clause("a dream of {the p}", { p });
  s.opening();
  s.paragraph();
  s.feel("tired", "the day [be/s] long", {});
  s.do("dreams", { p, t: s.cast.thing() });
  s.world.put(t, p);
  s.do("discovers", { t });
  s.do("magicThing", { t });
  s.feel("excited", "anything [be/s] possible", {});
  s.world.remove(t);
  s.paragraph();
  s.do("wakes", { p: s.house });
  s.feel(s.pick(["calm", "happy", "sad"]), "it [be/s] only a dream", {});
  s.ending("content");
}

const greedy: Plot = {
  name: "too many",
  tell(s) {
    const [p, f, berries] = [s.cast.place("nature"), s.helper(), s.pick(BERRIES)];
    s.about = clause("someone who takes too many {berries}", { berries });
    s.opening();
    s.day();
    s.do("go", { p });
    s.do("tooMany", { berries });
    s.do("comes", { f });
    s.do("warns", { f, danger: `You cannot eat so many ${berries}` });
    s.do("ignores");
    s.do("tummyAche", { berries });
    s.feel("ashamed", "{f} [be] right", { f });
    s.paragraph();
    s.do("apologises", { f });
    s.do("comforts", { f });
    s.ending(s.pick(["sharing", "listening"]), f);
  },
};

/** Plots about small adventures. */
export const ADVENTURE_PLOTS: readonly Plot[] = [
  treasure,
  firstDay,
  goodbye,
  sickFriend,
  littleOne,
  gentleGiant,
  inTheRain,
  together,
  { name: "a dream", tell: dream },
  greedy,
];
