/** Introduces heroes with a title, as "Grandpa Otto", who need no introduction by name. */
import type { Random } from "../../../src/base/index.ts";
import { chance } from "../grammar/choose.ts";
import type { Character } from "../state/entities.ts";
import { OLD_WHO, TITLED, TITLED_WHO } from "./common.ts";
import type { Step } from "./fable.ts";

/** Patterns that tell about the hero in the prose. */
const NAMES_HERO = /\{(?:a )?h(?:\.\w+)?\}/;

/** Who a titled hero is, said after the first sentence that names the hero, or not at all. */
export class TitledIntroduction {
  readonly #random: Random;
  readonly #hero: Character;
  #isOpen: boolean;
  #homeTold = false;

  constructor(random: Random, hero: Character) {
    this.#random = random;
    this.#hero = hero;
    this.#isOpen = hero.titled === true;
  }

  /** After a pattern: the sentences of which one follows it, or none. */
  after(pattern: string): Step {
    this.#homeTold ||= pattern === TITLED;
    if (!this.#isOpen || pattern === TITLED || !NAMES_HERO.test(pattern)) return [];
    this.#isOpen = false;
    if (!chance(this.#random, 0.65)) return [];
    const who = /^Grand/.test(this.#hero.name) ? OLD_WHO : TITLED_WHO;
    return this.#homeTold ? who.filter((sentence) => !sentence.includes("{where}")) : who;
  }
}
