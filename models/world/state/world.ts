/**
 * The state of the little world: where everyone is, who holds what, what is broken, who feels how, who knows what.
 * Events ask and change it in short facts, such as "h has t" or "h near f", whose words are roles.
 */
import type { Character, Clause, Filler, Item, Roles, Spot } from "./entities.ts";

/** A feeling and what caused it. */
export interface Mood {
  readonly word: string;
  readonly because: Clause | undefined;
}

/** Thrown when a plot does what the state forbids; always a mistake in the plot. */
export class ImpossibleEvent extends Error {}

type Holds = (world: World, subject: Filler, object: Filler) => boolean;
type Makes = (world: World, subject: Filler, object: Filler) => void;

const HOLDS: Readonly<Record<string, Holds>> = {
  has: (world, a, b) => world.holderOf(b as Item) === a,
  lacks: (world, a, b) => world.holderOf(b as Item) !== a,
  owns: (world, a, b) => world.ownerOf(b as Item) === a,
  near: (world, a, b) => world.placeOf(a) !== undefined && world.placeOf(a) === world.placeOf(b),
  away: (world, a, b) => world.placeOf(a) !== world.placeOf(b),
  at: (world, a, b) => world.placeOf(a) === b,
  knows: (world, a, b) => world.knows(a as Character, b),
  free: (world, a) => world.holderOf(a as Item) === undefined,
  broken: (world, a) => world.isBroken(a as Item),
  whole: (world, a) => !world.isBroken(a as Item),
};

const MAKES: Readonly<Record<string, Makes>> = {
  has: (world, a, b) => world.give(a as Character, b as Item),
  owns: (world, a, b) => world.own(a as Character, b as Item),
  at: (world, a, b) => world.put(a as Character | Item, b as Spot),
  joins: (world, a, b) => world.put(a as Character, world.placeOf(b)!),
  knows: (world, a, b) => world.learn(a as Character, b),
  forgets: (world, a, b) => world.forget(a as Character, b),
  free: (world, a) => world.release(a as Item),
  gone: (world, a) => world.remove(a as Item | Character),
  broken: (world, a) => world.setBroken(a as Item, true),
  whole: (world, a) => world.setBroken(a as Item, false),
};

/** The state. Everything in it changes by facts alone. */
export class World {
  readonly #places = new Map<Filler, Spot>();
  readonly #holders = new Map<Item, Character>();
  readonly #owners = new Map<Item, Character>();
  readonly #broken = new Set<Item>();
  readonly #moods = new Map<Character, Mood>();
  readonly #knows = new Map<Character, Set<Filler>>();

  /** Where someone or something is; what is held is where its holder is. */
  placeOf(what: Filler): Spot | undefined {
    const holder = this.#holders.get(what as Item);
    return this.#places.get(holder ?? what);
  }

  holderOf(item: Item): Character | undefined {
    return this.#holders.get(item);
  }

  ownerOf(item: Item): Character | undefined {
    return this.#owners.get(item);
  }

  isBroken(item: Item): boolean {
    return this.#broken.has(item);
  }

  knows(who: Character, what: Filler): boolean {
    return this.#knows.get(who)?.has(what) ?? false;
  }

  moodOf(who: Character): Mood | undefined {
    return this.#moods.get(who);
  }

  give(who: Character, item: Item): void {
    this.#places.delete(item);
    this.#holders.set(item, who);
    this.learn(who, item);
  }

  own(who: Character, item: Item): void {
    this.#owners.set(item, who);
  }

  put(what: Character | Item, where: Spot): void {
    if (what.is === "item") this.#holders.delete(what);
    this.#places.set(what, where);
  }

  release(item: Item): void {
    const where = this.placeOf(item);
    if (where !== undefined) this.put(item, where);
  }

  remove(what: Character | Item): void {
    if (what.is === "item") this.#holders.delete(what);
    this.#places.delete(what);
  }

  setBroken(item: Item, broken: boolean): void {
    if (broken) this.#broken.add(item);
    else this.#broken.delete(item);
  }

  learn(who: Character, what: Filler): void {
    const known = this.#knows.get(who) ?? new Set();
    this.#knows.set(who, known.add(what));
  }

  forget(who: Character, what: Filler): void {
    this.#knows.get(who)?.delete(what);
  }

  feel(who: Character, mood: Mood): void {
    this.#moods.set(who, mood);
  }

  /** Whether a fact such as "h has t" is true. */
  holds(fact: string, roles: Roles): boolean {
    const [subject, word, object] = fact.split(" ");
    return HOLDS[word](this, roles[subject], roles[object] ?? "");
  }

  /** Makes a fact true. */
  make(fact: string, roles: Roles): void {
    const [subject, word, object] = fact.split(" ");
    MAKES[word](this, roles[subject], roles[object] ?? "");
  }

  /** @throws ImpossibleEvent when one of the facts is false. */
  require(event: string, facts: readonly string[], roles: Roles): void {
    for (const fact of facts)
      if (!this.holds(fact, roles)) throw new ImpossibleEvent(`"${event}" needs: ${fact}`);
  }
}
