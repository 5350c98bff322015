/** Stories to order: an order, and a fable that has what is ordered from its first sentences on. */
import type { Random } from "../../../src/base/index.ts";
import { PLACES } from "../data/places.ts";
import { THINGS } from "../data/things/index.ts";
import { list } from "../data/words.ts";
import type { Fable } from "../fables/fable.ts";
import { FABLES, THING_FABLES, wantedFable } from "../fables/index.ts";
import { chance, pick, pickWeighted } from "../grammar/choose.ts";
import { capitalised, pluralOf, uncapitalised, withArticle } from "../grammar/nouns.ts";
import { Teller } from "../grammar/teller.ts";
import type { Character, Item, Roles } from "../state/entities.ts";
import { CLAUSES, LATE_HERO } from "./clauses.ts";
import { nameFor, orderedHero } from "./heroes.ts";
import { brokenThing, farWonder, oldThing, secretPlace, specialDay, weatherDay } from "./topics.ts";
import { ABOUT, IN_WHICH } from "./wording.ts";

export interface OrderedStory {
  readonly order: string;
  readonly story: string;
}

type Make = (random: Random) => OrderedStory;

const ALL = [
  ...FABLES,
  ...THING_FABLES,
  brokenThing,
  specialDay,
  farWonder,
  secretPlace,
  weatherDay,
  oldThing,
];
const SMALL_THINGS = THINGS.filter(({ size }) => size !== "big");
const OLD =
  list(`bridge; tower; boat; tree; mill; wagon; train; ship; castle; well; lighthouse; bench; swing; piano; bell; fence; gate; wall;
windmill; hut; ferry; tent; bus; car; truck; tractor; barn; chair; clock; house; ladder; carousel; fountain; statue; cottage; cart; sledge; tram`);
/** Relatives, their gender, and the form of address that is their name. */
const RELATIVES = list("grandmother; grandfather; mother; father; grandma; grandpa; mom; dad");

const about = (random: Random, phrase: string): string => pick(random, ABOUT).replace("{x}", () => phrase);

/** Fables that anybody can be the hero of; animals come hungry to doors, and a sibling of a king is no king. */
const suits = ({ hero: ages, cast = {}, name }: Fable, { age }: Character): boolean =>
  ages.includes(age) ||
  (age === "grown" && !Object.values(cast).includes("sibling") && name !== "a hungry visitor");

function anyItem(random: Random, not?: string): Item {
  const kind = pick(
    random,
    SMALL_THINGS.filter(({ noun }) => noun !== not),
  );
  return { is: "item", kind, look: pick(random, kind.looks) };
}

const placeRoles = (random: Random): Roles => {
  const { noun, preposition, spots } = pick(random, PLACES);
  return { x: noun, in: preposition, spot: pick(random, spots) };
};

/** What a fable needs that its rows do not have. */
function extras(random: Random, fable: Fable, t: Item = anyItem(random)): Roles {
  const thing = fable.cast?.t === "thing" ? { t, u: anyItem(random, t.kind.noun) } : {};
  if (fable === oldThing) return { ...thing, x: pick(random, OLD) };
  return fable === secretPlace || fable === weatherDay ? { ...thing, ...placeRoles(random) } : thing;
}

/** "a beaver", "a shy beaver", "a beaver named Kiro", or only "Kiro". */
function phraseFor(random: Random, who: Character): string {
  const noun = who.job ?? who.kind;
  const described = chance(random, 0.35) ? `${who.trait} ${noun}` : noun;
  if (who.nameless || chance(random, 0.6)) return withArticle(described);
  return chance(random, 0.25)
    ? who.name
    : `${withArticle(described)} ${pick(random, ["named", "called"])} ${who.name}`;
}

/** A clause of the order, in the present, about the hero by a phrase. */
function clause(random: Random, pattern: string, hero: Character, roles: Roles): string {
  const plain: Character = { ...hero, name: capitalised(hero.kind), nameless: true, traitless: true };
  const teller = new Teller(random, plain, { tense: "present", introducesOnce: true });
  teller.tell(pattern, { ...roles, h: plain });
  const first = withArticle(hero.job ?? hero.kind);
  return uncapitalised(teller.text).replace(new RegExp(`\\b${first}\\b`), () => phraseFor(random, hero));
}

function ordered(random: Random, fable: Fable, hero: Character, others: Roles = {}): OrderedStory {
  const { text, roles } = wantedFable(random, fable, {
    hero,
    others: { ...extras(random, fable), ...others },
  });
  const clauses = CLAUSES[fable.name];
  if (clauses === undefined || (!LATE_HERO.has(fable.name) && chance(random, 0.25)))
    return { order: about(random, phraseFor(random, hero)), story: text };
  const isEvent = chance(random, 0.25);
  const say = (): string =>
    clause(random, pick(random, isEvent ? clauses.which : clauses.about), hero, roles);
  // The draws keep their order, so that a seed keeps its text.
  if (isEvent) return { order: pick(random, IN_WHICH).replace("{x}", say), story: text };
  return { order: about(random, say()), story: text };
}

/** Somebody, and perhaps what happens to them. */
const anybody: Make = (random) => {
  const hero = orderedHero(random);
  return ordered(
    random,
    pick(
      random,
      ALL.filter((fable) => suits(fable, hero)),
    ),
    hero,
  );
};

/** Somebody and a thing, or only a thing. */
const withThing: Make = (random) => {
  const hero = orderedHero(random);
  const fable = pick(
    random,
    [...THING_FABLES, brokenThing, secretPlace].filter((one) => suits(one, hero)),
  );
  const t = anyItem(random);
  if (chance(random, 0.55)) return ordered(random, fable, hero, extras(random, fable, t));
  const { text } = wantedFable(random, fable, { hero, others: extras(random, fable, t) });
  const look = fable === brokenThing ? "broken" : t.look;
  const phrase = withArticle(chance(random, 0.3) ? `${look} ${t.kind.noun}` : t.kind.noun);
  return { order: about(random, phrase), story: text };
};

/** Two who are introduced by their kinds. */
const twoKinds: Make = (random) => {
  const [hero, other] = [orderedHero(random), orderedHero(random)];
  if (hero.kind === other.kind) return twoKinds(random);
  const f: Character = { ...other, name: capitalised(other.kind), nameless: true };
  const meeting = ALL.filter(
    (one) => (one.cast?.f === "animal" || one.cast?.f === "worker") && suits(one, hero),
  );
  const fable = pick(random, meeting);
  const { text } = wantedFable(random, fable, { hero, others: { ...extras(random, fable), f } });
  return { order: about(random, `${phraseFor(random, hero)} and ${phraseFor(random, f)}`), story: text };
};

const COMPANIONS = list("brothers; sisters; friends; boys; girls; cousins; neighbours; twins");

/** Two of a kind. */
const pair: Make = (random) => {
  const some = orderedHero(random);
  const kind = chance(random, 0.3) ? pick(random, COMPANIONS) : pluralOf(some.kind);
  const isShe = /sisters|girls/.test(kind) || (!/brothers|boys/.test(kind) && chance(random, 0.5));
  const gender = isShe ? ("she" as const) : ("he" as const);
  const [one, two] = [nameFor(random, gender), nameFor(random, gender)];
  if (one === two) return pair(random);
  const { nameless: _, ...named } = some;
  const age = COMPANIONS.includes(kind) ? ({ age: "child", kind: isShe ? "girl" : "boy" } as const) : {};
  const hero: Character = { ...named, ...age, gender, name: one };
  const f: Character = {
    ...hero,
    name: two,
    relation: /sisters|brothers/.test(kind) ? kind.slice(0, -1) : "friend",
  };
  const fable = pick(
    random,
    ALL.filter((each) => (each.cast?.f === "friend" || each.cast?.f === "sibling") && suits(each, hero)),
  );
  const once = pick(random, [
    `Once upon a time, there [be/p] two ${kind}, {h.called} and {f.called}.`,
    `Two ${kind} named {h.called} and {f.called} [live/p] {where}.`,
    `There once [be/p] two ${kind}. They [be/p] called {h.called} and {f.called}.`,
  ]);
  const { text } = wantedFable(random, fable, { hero, others: { ...extras(random, fable), f }, once });
  const names = chance(random, 0.25) ? ` named ${one} and ${two}` : "";
  return { order: about(random, `two ${kind}${names}`), story: text };
};

/** A child or an animal, and a relative. */
const relative: Make = (random) => {
  const { nameless: _, ...some } = orderedHero(random);
  const hero: Character = { ...some, name: nameFor(random, some.gender) };
  const relation = pick(random, RELATIVES);
  const gender = /mother|ma$|mom/.test(relation) ? "she" : "he";
  const being =
    hero.age === "animal"
      ? { kind: hero.kind, age: "animal" as const }
      : { kind: gender === "she" ? "woman" : "man", age: "grown" as const };
  const f: Character = {
    is: "character",
    name: capitalised(relation),
    trait: hero.trait,
    gender,
    relation,
    ...being,
  };
  const fables = ALL.filter(
    (one) => Object.values(one.cast ?? {}).includes("elder") && one.hero.includes(hero.age),
  );
  if (fables.length === 0) return relative(random);
  const fable = pick(random, fables);
  const role = Object.entries(fable.cast ?? {}).find(([, part]) => part === "elder")?.[0] ?? "f";
  const { text } = wantedFable(random, fable, { hero, others: { ...extras(random, fable), [role]: f } });
  const his = hero.gender === "she" ? "her" : "his";
  return { order: about(random, `${phraseFor(random, hero)} and ${his} ${relation}`), story: text };
};

/** A day, the sky, a place, or something old: without a word about the hero. */
const topic: Make = (random) => {
  const hero = orderedHero(random);
  const fable = pick(
    random,
    [specialDay, farWonder, farWonder, secretPlace, weatherDay, oldThing].filter((one) => suits(one, hero)),
  );
  const { text, roles } = wantedFable(random, fable, { hero, others: extras(random, fable) });
  const { x, day } = roles as Readonly<Record<string, string>>;
  const phrases: readonly string[] = {
    [specialDay.name]: [withArticle(x), `the ${x}`],
    [farWonder.name]: [`the ${x}`],
    [secretPlace.name]: [withArticle(x), `${withArticle(x)} and a secret`, `a secret ${roles.in} the ${x}`],
    [weatherDay.name]: [`${withArticle(day)} ${roles.in} the ${x}`, withArticle(day)],
    [oldThing.name]: [withArticle(x), `an old ${x}`],
  }[fable.name];
  return { order: about(random, pick(random, phrases)), story: text };
};

const MAKERS: readonly (readonly [make: Make, weight: number])[] = [
  [anybody, 7],
  [withThing, 7],
  [twoKinds, 3],
  [pair, 2],
  [relative, 2],
  [topic, 6],
];

/** One order and its story. */
export const orderedStory: Make = (random) => pickWeighted(random, MAKERS)(random);
