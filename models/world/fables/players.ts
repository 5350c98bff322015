/** Who takes part in a fable, and how they are called. */
import type { Random } from "../../../src/base/index.ts";
import { inventedName } from "../data/invented.ts";
import { FAMILIAR_NAMES, HE_NAMES, SHE_NAMES } from "../data/names.ts";
import { chance, pick } from "../grammar/choose.ts";
import { capitalised } from "../grammar/nouns.ts";
import { Cast } from "../state/cast.ts";
import type { Character, Filler, Spot } from "../state/entities.ts";
import type { Fable, Part } from "./fable.ts";

/** How often a name is invented, so that it has to be copied from the text; the others are from the tables. */
const INVENTED = 0.6;
/** How often it is one of the most common, of fables with familiar names. */
const FAMILIAR = 0.55;
const TITLES = ["Grandpa", "Grandma", "Uncle", "Aunt", "Mr", "Mrs"] as const;
const SHE_TITLES = /^(?:Grandma|Aunt|Mrs)$/;

/** Words that an invented name may not be. */
const WORDS =
  /^(?:a[lmnst]|and|be|bee|but|by|do|end|fog|for|good|hand|hat|he|hem|her|him|his|hot|i[mnst]|land|me|moon|my|no|not|of|on|one|or|ox|quick|sand|sea|she|so|star|sun|the|tin|to|up|us|we|wind)$/i;

/** An invented name that is easy to say, at most two consonants in a row, and no word. */
export function easyName(random: Random): string {
  for (;;) {
    const name = inventedName(random);
    if (!/[^aeiouy]{3}/i.test(name) && !WORDS.test(name)) return name;
  }
}

/**
 * plain: as the tables are. familiar: many have the names that simple stories use most, and many children are "little".
 * varied: that, and some are only "a fox", any animal takes part, and there are further first sentences.
 */
export type FableStyle = "plain" | "familiar" | "varied";

/** Chooses who takes part, with names that are often invented. */
export class Players {
  readonly #random: Random;
  readonly #cast: Cast;
  readonly #names = new Set<string>();
  readonly #style: FableStyle;

  constructor(random: Random, style: FableStyle) {
    this.#random = random;
    this.#style = style;
    this.#cast = new Cast(random);
  }

  /** An invented name in place of the one from the tables, or none: "the fox". */
  #renamed(who: Character, nameless: number): Character {
    if (who.age !== "child" && chance(this.#random, nameless)) return this.#nameless(who);
    if (this.#style !== "plain" && chance(this.#random, FAMILIAR)) return this.#familiar(who);
    return this.#named(who, chance(this.#random, INVENTED) ? easyName(this.#random) : who.name);
  }

  /** "the fox"; in varied fables perhaps introduced as "a fox". */
  #nameless(who: Character): Character {
    const traitless = this.#style === "varied" && chance(this.#random, 0.5);
    const nameless = { ...who, name: capitalised(who.job ?? who.kind), nameless: true as const };
    return traitless ? { ...nameless, traitless } : nameless;
  }

  /** Somebody without a name, in varied fables perhaps "the baker" and not "a baker" at first. */
  #perhapsKnown(who: Character, share: number): Character {
    return who.nameless && this.#style === "varied" && chance(this.#random, share)
      ? { ...who, known: true }
      : who;
  }

  /** Any animal, in varied fables also those that never act in other stories. */
  #animal(): Character {
    return this.#style === "varied" && chance(this.#random, 0.3)
      ? this.#cast.animalLike(/./)
      : this.#cast.animal();
  }

  /** The same being with this name, or its own, or an invented one: the first that nobody else has yet. */
  #named(who: Character, name: string): Character {
    return { ...who, name: this.#taken([name, who.name]) };
  }

  /** The first of the names that is free, or an invented one; then it is no longer free. */
  #taken(wanted: readonly string[]): string {
    let name = wanted.find((each) => !this.#names.has(each));
    while (name === undefined || this.#names.has(name)) name = easyName(this.#random);
    this.#names.add(name);
    return name;
  }

  #familiar(who: Character): Character {
    const named = this.#named(who, pick(this.#random, FAMILIAR_NAMES[who.gender]));
    return who.age === "child" && chance(this.#random, 0.6) ? { ...named, trait: "little" } : named;
  }

  hero(ages: Fable["hero"]): Character {
    const age = pick(this.#random, ages);
    const who = age === "child" ? this.#cast.child() : age === "animal" ? this.#animal() : this.#cast.grown();
    return age === "grown" ? this.#titled(who) : this.#renamed(who, 0.35);
  }

  /** "Grandpa Otto", "the baker", or a name. */
  #titled(who: Character): Character {
    if (chance(this.#random, 0.4)) return this.#renamed(who, 0.7);
    const title = pick(this.#random, TITLES);
    const gender = SHE_TITLES.test(title) ? "she" : "he";
    const name = this.#taken([
      chance(this.#random, INVENTED)
        ? easyName(this.#random)
        : pick(this.#random, gender === "she" ? SHE_NAMES : HE_NAMES),
    ]);
    const { job: _, ...person } = who;
    return {
      ...person,
      gender,
      kind: gender === "she" ? "woman" : "man",
      name: `${title} ${name}`,
      titled: true,
    };
  }

  /** "the king" or "the queen". */
  #ruler(): Character {
    const { job: _, ...who } = this.#cast.grown();
    const kind = who.gender === "she" ? "queen" : "king";
    return { ...who, kind, name: capitalised(kind), nameless: true };
  }

  other(part: Part, hero: Character): Filler {
    const cast = this.#cast;
    if (part === "food") return cast.food();
    if (part === "thing") return cast.thing();
    if (part === "animal") return this.#perhapsKnown(this.#renamed(this.#animal(), 0.5), 0.2);
    if (part === "worker") return this.#perhapsKnown({ ...cast.grown(), nameless: true }, 0.6);
    if (part === "ruler") return this.#ruler();
    if (part === "elder") {
      if (hero.age !== "grown") return cast.elder(hero);
      const neighbour = cast.grown("neighbour");
      return this.#named(neighbour, neighbour.name);
    }
    const relation =
      part === "sibling"
        ? pick(this.#random, ["brother", "sister"])
        : pick(this.#random, ["friend", "friend", "cousin", "neighbour"]);
    return this.#renamed(cast.alike(hero, relation), 0);
  }

  /** A place near which they live. */
  place(): Spot {
    return this.#cast.place("town", "nature");
  }
}
