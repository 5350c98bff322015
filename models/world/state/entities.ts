/** What a story is about: characters, things, places, food, and clauses that give reasons. */
import type { Animal } from "../data/animals.ts";
import type { Food } from "../data/foods.ts";
import type { Place } from "../data/places.ts";
import type { ThingKind } from "../data/things/index.ts";
import type { Gender } from "../grammar/pronouns.ts";

/** Someone who acts and speaks. */
export interface Character {
  readonly is: "character";
  readonly name: string;
  /** girl, boy, woman, man, or the kind of animal. */
  readonly kind: string;
  readonly gender: Gender;
  readonly age: "child" | "grown" | "animal";
  /** An adjective: "curious". */
  readonly trait: string;
  /** Called "the fox" or "the baker"; in spoken words the name is "Fox" or "Baker". */
  readonly nameless?: true;
  /** Introduced as "a fox", without an adjective; only for those without a name. */
  readonly traitless?: true;
  /** Called "the baker" from the first time on, as if everybody knew which. */
  readonly known?: true;
  /** The name has a title, as "Grandpa Otto", and needs no introduction. */
  readonly titled?: true;
  /** What the hero calls them: friend, brother, mom. */
  readonly relation?: string;
  /** "baker", for those who have a trade. */
  readonly job?: string;
  readonly animal?: Animal;
}

/** One particular thing. */
export interface Item {
  readonly is: "item";
  readonly kind: ThingKind;
  /** The adjective of this one: "red". */
  readonly look: string;
}

/** One particular place. */
export interface Spot {
  readonly is: "place";
  readonly place: Place;
}

/** A helping of food. */
export interface Meal {
  readonly is: "food";
  readonly food: Food;
}

/** A pattern inside a pattern: the reason for a feeling, the words of a promise. */
export interface Clause {
  readonly is: "clause";
  readonly pattern: string;
  readonly roles: Roles;
}

/** What fills a role of a pattern. */
export type Filler = Character | Item | Spot | Meal | Clause | string;
/** Fillers by role. */
export type Roles = Readonly<Record<string, Filler>>;
