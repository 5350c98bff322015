/** Makes characters, things, places and food for a story. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS, type Animal } from "../data/animals.ts";
import { FOODS } from "../data/foods.ts";
import { ANIMAL_NAMES, HE_NAMES, SHE_NAMES } from "../data/names.ts";
import { PLACES, type Place } from "../data/places.ts";
import { THINGS, type Theme, type ThingKind } from "../data/things/index.ts";
import { JOBS, TRAITS } from "../data/words.ts";
import { chance, pick } from "../grammar/choose.ts";
import type { Gender } from "../grammar/pronouns.ts";
import type { Character, Item, Meal, Spot } from "./entities.ts";

const ACTING = ANIMALS.filter((animal) => animal.acts);
const PORTABLE = THINGS.filter((thing) => thing.size !== "big");
const placesOf = (kind: Place["kind"]): readonly Place[] => PLACES.filter((place) => place.kind === kind);
const PLACES_OF: Readonly<Record<Place["kind"], readonly Place[]>> = {
  home: placesOf("home"),
  town: placesOf("town"),
  nature: placesOf("nature"),
};

/** Draws from the tables; never gives the same name, kind of animal, thing or place twice. */
export class Cast {
  readonly #random: Random;
  readonly #used = new Set<unknown>();

  constructor(random: Random) {
    this.#random = random;
  }

  #fresh<T>(items: readonly T[], key: (item: T) => unknown = (item) => item): T {
    for (let tries = 0; tries < 10_000; tries++) {
      const item = pick(this.#random, items);
      if (this.#used.has(key(item))) continue;
      this.#used.add(key(item));
      return item;
    }
    throw new Error(`a story wants more than the ${items.length} of a list`);
  }

  #gender(): Gender {
    return chance(this.#random, 0.5) ? "she" : "he";
  }

  #genderOf(relation: string | undefined): Gender {
    if (relation === "sister") return "she";
    return relation === "brother" ? "he" : this.#gender();
  }

  #name(gender: Gender, isAnimal = false): string {
    if (isAnimal && chance(this.#random, 0.75)) return this.#fresh(ANIMAL_NAMES);
    return this.#fresh(gender === "she" ? SHE_NAMES : HE_NAMES);
  }

  child(relation?: string): Character {
    const gender = this.#genderOf(relation);
    const kind = gender === "she" ? "girl" : "boy";
    return this.#character({ name: this.#name(gender), kind, gender, age: "child" }, relation);
  }

  grown(relation?: string): Character {
    const gender = this.#genderOf(relation);
    const kind = gender === "she" ? "woman" : "man";
    const job = this.#fresh(JOBS);
    return this.#character({ name: this.#name(gender), kind, gender, age: "grown", job }, relation);
  }

  animal(relation?: string): Character {
    return this.#animalOf(ACTING, relation);
  }

  /** An animal of one of the kinds. */
  animalLike(kinds: RegExp): Character {
    return this.#animalOf(
      ANIMALS.filter(({ kind }) => kinds.test(kind)),
      undefined,
    );
  }

  #animalOf(kinds: readonly Animal[], relation: string | undefined): Character {
    const animal = this.#fresh(kinds, (one) => one.kind);
    const gender = this.#genderOf(relation);
    const name = this.#name(gender, true);
    return this.#character({ name, kind: animal.kind, gender, age: "animal", animal }, relation);
  }

  /** Of the same kind of being as another; a sister fox is a fox. */
  alike(other: Character, relation: string): Character {
    if (other.age !== "animal") return other.age === "child" ? this.child(relation) : this.grown(relation);
    if (relation !== "brother" && relation !== "sister") return this.animal(relation);
    const gender = relation === "sister" ? "she" : "he";
    const animal = other.animal as Animal;
    return this.#character(
      { name: this.#name(gender, true), kind: other.kind, gender, age: "animal", animal },
      relation,
    );
  }

  /** Mom, Dad, Grandma or Grandpa; those of an animal are of its kind. */
  elder(of: Character): Character {
    const [name, gender] = pick(this.#random, [
      ["Mom", "she"],
      ["Dad", "he"],
      ["Grandma", "she"],
      ["Grandpa", "he"],
    ] as const);
    const being =
      of.age === "animal"
        ? { kind: of.kind, age: "animal" as const }
        : { kind: gender === "she" ? "woman" : "man", age: "grown" as const };
    return this.#character({ name, gender, ...being }, name.toLowerCase());
  }

  #character(parts: Omit<Character, "is" | "trait" | "relation">, relation?: string): Character {
    const trait = this.#fresh(TRAITS);
    return { is: "character", trait, ...parts, ...(relation === undefined ? {} : { relation }) };
  }

  /** A thing that can be carried, of one of the themes. */
  thing(...themes: Theme[]): Item {
    const kinds = themes.length === 0 ? PORTABLE : PORTABLE.filter(({ theme }) => themes.includes(theme));
    return this.#item(this.#fresh(kinds, (kind) => kind.noun));
  }

  #item(kind: ThingKind): Item {
    return { is: "item", kind, look: pick(this.#random, kind.looks) };
  }

  /** A thing whose noun is one of those. */
  thingLike(nouns: RegExp): Item {
    const kinds = THINGS.filter(({ noun }) => nouns.test(noun));
    return this.#item(this.#fresh(kinds, (kind) => kind.noun));
  }

  /** A place whose noun is one of those. */
  placeLike(nouns: RegExp): Spot {
    const places = PLACES.filter(({ noun }) => nouns.test(noun));
    return { is: "place", place: this.#fresh(places, (place) => place.noun) };
  }

  /** A place of one of the kinds. */
  place(...kinds: Place["kind"][]): Spot {
    const kind =
      kinds.length === 0 ? pick(this.#random, ["town", "nature"] as const) : pick(this.#random, kinds);
    return { is: "place", place: this.#fresh(PLACES_OF[kind], (place) => place.noun) };
  }

  food(...kinds: string[]): Meal {
    const foods = kinds.length === 0 ? FOODS : FOODS.filter((food) => kinds.includes(food.kind));
    return { is: "food", food: this.#fresh(foods, (food) => food.noun) };
  }
}
