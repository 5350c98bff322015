/** Tells fables. */
import type { Random } from "../../../src/base/index.ts";
import { WEATHERS } from "../data/weather.ts";
import { chance, pick } from "../grammar/choose.ts";
import { Teller } from "../grammar/teller.ts";
import type { Writer } from "../kinds/document.ts";
import type { Character, Filler, Roles } from "../state/entities.ts";
import { commonFillers } from "../state/fillers.ts";
import { FABLES } from "./all.ts";
import { OLD_WHO, ONCE, TITLED, TITLED_WHO, WHERE, WHO } from "./common.ts";
import type { Fable, Step } from "./fable.ts";
import { MORE_OPENINGS } from "./more-openings.ts";
import { type FableStyle, Players } from "./players.ts";

export { FABLES } from "./all.ts";
export type { Fable } from "./fable.ts";
export { THING_FABLES } from "./things.ts";

const isPattern = (text: string): boolean => /[{[<(]/.test(text);

/** Fillers of a row; those with roles or verbs are patterns. */
function addRow(roles: Record<string, Filler>, row: Readonly<Record<string, string>>): void {
  for (const [role, text] of Object.entries(row))
    roles[role] = isPattern(text) ? { is: "clause", pattern: text, roles } : text;
}

function rolesOf(
  random: Random,
  { hero: ages, cast = {}, rows }: Fable,
  style: FableStyle,
): { hero: Character; roles: Roles } {
  const players = new Players(random, style);
  const hero = players.hero(ages);
  const home = players.place();
  const roles: Record<string, Filler> = {
    ...commonFillers(random, home, pick(random, WEATHERS)),
    h: hero,
    home,
    where: pick(random, WHERE),
  };
  for (const [role, part] of Object.entries(cast)) roles[role] = players.other(part, hero);
  if (rows !== undefined) addRow(roles, pick(random, rows));
  return { hero, roles };
}

/** A first sentence that may say "he" or "she" for the hero, who was introduced before. */
const withPronoun = (pattern: string): string =>
  pattern
    .replace("{h.called}'s", "{h.s}")
    .replace(/\b(with|for|to|of) \{h\.called\}/, "$1 {h.o}")
    .replace("{h.called}", "{h}");

/** The first sentences: the hero is introduced first, or by the first sentence, or after it. */
function open(random: Random, { opens, who }: Fable, hero: Character, say: (step: Step) => string): void {
  const named = opens.filter((pattern) => pattern.includes("{h.called}"));
  if (named.length > 0 && chance(random, 0.4)) {
    say(hero.titled ? [TITLED] : ONCE);
    say(named.map(withPronoun));
    return;
  }
  const first = say(hero.titled && named.length > 0 ? named : opens);
  if (who && !hero.titled && !first.includes("{a h}") && chance(random, 0.5)) say(WHO);
}

/** "Once upon a time, there was a little girl named Lily. One day, she found …", or another beginning. */
function openFamiliarly(random: Random, fable: Fable, hero: Character, say: (step: Step) => string): void {
  const named = fable.opens.filter((pattern) => pattern.startsWith("{h.called} "));
  if (named.length === 0 || hero.titled || chance(random, 0.4)) {
    open(random, fable, hero, say);
    return;
  }
  const once = chance(random, 0.65);
  if (once) say(chance(random, 0.5) ? ["Once upon a time, there [be/s] {a h}."] : ONCE);
  const name = once ? "{h} " : "{h.called} ";
  say(named.map((pattern) => pattern.replace("{h.called} ", `One day, ${name}`)));
}

/** Who a titled hero is, said after the first sentence that names the hero, or not at all. */
class TitledIntroduction {
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

/** Patterns that tell about the hero in the prose. */
const NAMES_HERO = /\{(?:a )?h(?:\.\w+)?\}/;

/** Writes fables in a style. */
export const fables =
  (style: FableStyle): Writer =>
  (random) =>
    fableDocument(random, pick(random, FABLES), style);

/** Tells one of the fables. */
export function fableDocument(
  random: Random,
  fable: Fable = pick(random, FABLES),
  style: FableStyle = "plain",
): string {
  const { hero, roles } = rolesOf(random, fable, style);
  const teller = new Teller(random, hero, { tense: "past", introducesOnce: true });
  const introduction = new TitledIntroduction(random, hero);
  const say = (step: Step): string => {
    const pattern = pick(random, step);
    if (pattern !== "") teller.tell(pattern, roles);
    const who = introduction.after(pattern);
    if (who.length > 0) teller.tell(pick(random, who), roles);
    return pattern;
  };
  if (style === "varied" && chance(random, 0.6)) say(MORE_OPENINGS[fable.name]);
  else if (style !== "plain") openFamiliarly(random, fable, hero, say);
  else open(random, fable, hero, say);
  for (const [i, paragraph] of fable.paragraphs.entries()) {
    if (i > 0) teller.paragraph();
    for (const step of paragraph) say(step);
  }
  return teller.text;
}
