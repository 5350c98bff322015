/** One story while it is made: its world, its cast, and what has happened so far. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FEELINGS } from "../data/feelings.ts";
import { MORALS, type MoralTheme } from "../data/morals.ts";
import { WEATHERS, type Weather } from "../data/weather.ts";
import { HOBBIES } from "../data/words.ts";
import { EVENTS, type EventName } from "../events/index.ts";
import { chance, pick } from "../grammar/choose.ts";
import { capitalised } from "../grammar/nouns.ts";
import { nodesOf, parsePattern } from "../grammar/template.ts";
import { Cast } from "./cast.ts";
import type { Character, Clause, Filler, Roles, Spot } from "./entities.ts";
import { commonFillers } from "./fillers.ts";
import { ImpossibleEvent, World } from "./world.ts";

/** Something that happened, or the start of a new paragraph. */
export interface Beat {
  readonly event: EventName | undefined;
  readonly roles: Roles;
}

const speakersOf = new Map<EventName, readonly string[]>();

/** The roles that speak in some way of telling an event. */
function speakers(name: EventName): readonly string[] {
  const known = speakersOf.get(name);
  if (known !== undefined) return known;
  const { say, sayI = [] } = EVENTS[name];
  const found = new Set<string>();
  for (const pattern of [...say, ...sayI])
    for (const node of nodesOf(parsePattern(pattern))) if (node.is === "speech") found.add(node.speaker);
  speakersOf.set(name, [...found]);
  return [...found];
}

/** A pattern with its roles, for reasons and wishes. */
export const clause = (pattern: string, roles: Roles): Clause => ({ is: "clause", pattern, roles });

const ASIDE_AFTER = new Set<EventName>([
  "go",
  "home",
  "searches",
  "lostWay",
  "waitsPlant",
  "practises",
  "works",
  "stormEnds",
]);
const CHAT_AFTER = new Set<EventName>([
  "goTogether",
  "homeTogether",
  "play",
  "helpsSearch",
  "invites",
  "showsWay",
  "builds",
  "helpsStranger",
  "comforts",
]);
const FAMILY = new Set(["mom", "dad", "grandma", "grandpa", "brother", "sister"]);
const isSpot = (filler: Filler | undefined): filler is Spot =>
  typeof filler === "object" && filler.is === "place";

const SMALL = ["small", "little", "slow", "clumsy", "young", "weak"] as const;
const RELATIONS = ["friend", "friend", "friend", "brother", "sister", "cousin", "neighbour"] as const;

/**
 * How a story begins: with the hero's home, with a scene, or plainly, with what the hero wants or has. In the last two
 * some animals and workers have no name, and there is less small talk.
 */
export type Opening = "home" | "scene" | "plain";

/** How often small talk and things seen follow an event. */
const ASIDES: Readonly<Record<Opening, number>> = { home: 0.4, scene: 0.12, plain: 0.12 };

/** Somebody without a name: "the fox", in spoken words "Fox". */
function withoutName(who: Character): Character {
  return { ...who, name: capitalised(who.job ?? who.kind), nameless: true };
}

/** A story: plots call its methods in order. */
export class Story {
  readonly random: Random;
  readonly world = new World();
  readonly cast: Cast;
  readonly hero: Character;
  /** What the hero lives near. */
  readonly home: Spot;
  /** Where the hero lives. */
  readonly house: Spot;
  readonly beats: Beat[] = [];
  readonly characters: Character[] = [];
  /** What it is about, a noun phrase as a pattern: "a lost {t}". */
  about: Clause = clause("a day", {});
  moral: string | undefined;
  #weather: Weather;
  readonly #opening: Opening;
  /** Whom the first scene introduced with the hero. */
  #met: Character | undefined;
  /** Whether another plot follows with the same hero: this one then has no last sentence. */
  hasSequel = false;

  constructor(random: Random, opening: Opening = "home") {
    this.random = random;
    this.#opening = opening;
    this.cast = new Cast(random);
    this.#weather = pick(random, WEATHERS);
    const draw = random.uniform();
    const hero = draw < 0.55 ? this.cast.child() : draw < 0.92 ? this.cast.animal() : this.cast.grown();
    const mayLackName = opening !== "home" && hero.age !== "child";
    this.hero = mayLackName && this.maybe(0.4) ? withoutName(hero) : hero;
    this.characters.push(this.hero);
    this.home = this.hero.age === "animal" ? this.cast.place("nature") : this.cast.place("town", "nature");
    this.house = this.cast.place(this.hero.age === "animal" ? "nature" : "home");
    this.world.put(this.hero, this.house);
  }

  get here(): Spot {
    return this.world.placeOf(this.hero)!;
  }

  /** Lets an event happen. The hero is role h unless another is named. */
  do(name: EventName, roles: Roles = {}): void {
    const all: Roles = {
      ...commonFillers(this.random, isSpot(roles.p) ? roles.p : this.here, this.#weather),
      h: this.hero,
      home: this.home,
      p: this.here,
      w: this.mood,
      mood: this.mood,
      small: this.pick(SMALL),
      ...roles,
    };
    const { needs = [], makes = [] } = EVENTS[name];
    this.world.require(name, needs, all);
    for (const fact of makes) this.world.make(fact, all);
    for (const speaker of speakers(name))
      if (this.world.placeOf(all[speaker]) !== this.here && !makes.includes(`${speaker} gone`))
        throw new ImpossibleEvent(`"${name}" lets {${speaker}} speak, who is not here`);
    if (name === "companion" && roles.f === this.#met) return;
    this.beats.push({ event: name, roles: all });
    this.#embroider(name, roles);
  }

  /** Small talk and things seen on the way, which change nothing. */
  #embroider(name: EventName, { f, h }: Roles): void {
    if (h !== undefined && h !== this.hero) return;
    const often = ASIDES[this.#opening];
    if (ASIDE_AFTER.has(name) && this.maybe(often)) this.do("aside", this.asideRoles());
    if (CHAT_AFTER.has(name) && f !== undefined && this.maybe(often))
      this.do("chat", { ...this.asideRoles(), f });
  }

  /** Fillers for things seen or said by the way. */
  asideRoles(): Roles {
    const animal = this.pick(ANIMALS);
    return {
      beast: animal.kind,
      feature: animal.feature,
      eats: animal.eats,
      den: animal.home,
      skill: animal.skill.replace(/\bits\b/g, "the"),
      t: this.cast.thing(),
      food: this.cast.food(),
      far: this.cast.place(),
      x: this.pick(HOBBIES),
    };
  }

  /** Someone feels something, perhaps for a reason. */
  feel(word: string, because?: string, roles: Roles = {}, who: Character = this.hero): void {
    const feeling = FEELINGS.get(word);
    if (feeling === undefined) throw new ImpossibleEvent(`nobody can feel "${word}"`);
    const reason = because === undefined ? undefined : clause(because, { h: who, ...roles });
    this.world.feel(who, { word, because: reason });
    const sign = clause(pick(this.random, feeling.signs), { h: who });
    const base = { h: who, w: word, sign };
    if (reason === undefined) this.do("feelsOnly", base);
    else this.do("feels", { ...base, because: reason });
  }

  /** The word of the hero's mood. */
  get mood(): string {
    return this.world.moodOf(this.hero)?.word ?? "sad";
  }

  paragraph(): void {
    this.beats.push({ event: undefined, roles: {} });
  }

  maybe(probability: number): boolean {
    return chance(this.random, probability);
  }

  pick<T>(items: readonly T[]): T {
    return pick(this.random, items);
  }

  #add(who: Character): Character {
    this.characters.push(who);
    return who;
  }

  /** Someone whom the hero knows. */
  friend(): Character {
    const relation = this.pick(RELATIONS);
    if (this.hero.age === "child" && relation === "friend" && this.maybe(0.2))
      return this.#add(this.cast.animal(relation));
    return this.#add(this.cast.alike(this.hero, relation));
  }

  /** Mom, Dad or a grandparent; for grown heroes a neighbour. */
  elder(): Character {
    const elder = this.hero.age === "grown" ? this.cast.grown("neighbour") : this.cast.elder(this.hero);
    return this.characters.find(({ name }) => name === elder.name) ?? this.#add(elder);
  }

  /** Someone of the family or a friend. */
  helper(): Character {
    return this.maybe(0.5) ? this.friend() : this.elder();
  }

  /** Someone whom the hero does not know yet. */
  stranger(): Character {
    if (this.hero.age === "animal") return this.#add(this.cast.animal());
    return this.#add(this.maybe(0.6) ? this.cast.grown() : this.cast.animal());
  }

  /** A newcomer who could become a friend. */
  newFriend(): Character {
    return this.#add(
      this.hero.age === "child"
        ? this.cast.child()
        : this.hero.age === "animal"
          ? this.cast.animal()
          : this.cast.grown(),
    );
  }

  /** An animal, whoever the hero is. */
  animal(): Character {
    return this.#add(this.cast.animal());
  }

  /** An animal of one of the kinds. */
  animalLike(kinds: RegExp): Character {
    return this.#add(this.cast.animalLike(kinds));
  }

  /** Brings someone to where the hero is, without telling it. */
  bring(...who: Character[]): void {
    for (const one of who) this.world.put(one, this.here);
  }

  /** The first paragraph. */
  opening(): void {
    if (this.beats.length > 0) {
      this.paragraph();
      this.#weather = this.pick(WEATHERS);
      this.do("nextDay");
      return;
    }
    if (this.#opening === "home") this.do("open");
    else this.#firstScene();
    if (this.maybe(0.45)) this.do("hobby", { x: this.pick(HOBBIES) });
  }

  /** Something that happens, with somebody whom the hero knows if the plot has one. */
  #firstScene(): void {
    const roles = this.asideRoles();
    const known = this.characters.find(({ relation }) => relation !== undefined);
    if (this.#opening === "plain") {
      this.do("plain", roles);
    } else if (known !== undefined && this.maybe(0.5)) {
      this.#met = known;
      this.do("hookWith", { ...roles, f: known });
    } else if (this.maybe(0.7)) {
      this.do("hook", roles);
    } else {
      this.do("scene", roles);
      this.do("open");
      return;
    }
    if (this.maybe(0.5)) this.do("lives");
  }

  /** "One day, the sun shone." */
  day(): void {
    if (this.beats.at(-1)?.event === "nextDay") return;
    this.paragraph();
    if (this.maybe(0.75)) this.do("day");
  }

  /** A moral perhaps, and a last sentence. */
  ending(theme: MoralTheme, companion?: Character): void {
    this.paragraph();
    this.moral = this.pick(MORALS[theme]);
    const both = companion !== undefined && this.world.placeOf(companion) === this.here;
    if (this.maybe(0.6)) this.do("lesson", { moral: this.moral });
    else this.moral = undefined;
    const isFamily = FAMILY.has(companion?.relation ?? "");
    if (this.hasSequel) return;
    if (both && this.maybe(0.6)) this.do(isFamily ? "endFamily" : "endTogether", { f: companion });
    else this.do("end");
  }
}
