/** Tells fables. */
import type { Random } from "../../../src/base/index.ts";
import { WEATHERS } from "../data/weather.ts";
import { chance, pick } from "../grammar/choose.ts";
import { Teller } from "../grammar/teller.ts";
import type { Writer } from "../kinds/document.ts";
import type { Character, Filler, Roles } from "../state/entities.ts";
import { commonFillers } from "../state/fillers.ts";
import { FABLES } from "./all.ts";
import { ONCE, TITLED, WHERE, WHO } from "./common.ts";
import type { Fable, Step } from "./fable.ts";
import { MORE_OPENINGS } from "./more-openings.ts";
import { type FableStyle, Players } from "./players.ts";
import { TitledIntroduction } from "./titled.ts";

export { FABLES } from "./all.ts";
export type { Fable } from "./fable.ts";
export { THING_FABLES } from "./things.ts";

const isPattern = (text: string): boolean => /[{[<(]/.test(text);

/** Fillers of a row; those with roles or verbs are patterns. */
function addRow(roles: Record<string, Filler>, row: Readonly<Record<string, string>>): void {
  for (const [role, text] of Object.entries(row))
    roles[role] = isPattern(text) ? { is: "clause", pattern: text, roles } : text;
}

/** What a fable must be about. */
export interface Wanted {
  readonly hero: Character;
  /** Fillers of other roles. */
  readonly others?: Roles;
  /** In place of the first sentences: what introduces hero and others. */
  readonly once?: string;
}

function rolesOf(
  random: Random,
  { hero: ages, cast = {}, rows }: Fable,
  style: FableStyle,
  wanted?: Wanted,
): { hero: Character; roles: Roles } {
  const players = new Players(random, style);
  const hero = wanted?.hero ?? players.hero(ages);
  const home = players.place();
  const roles: Record<string, Filler> = {
    ...commonFillers(random, home, pick(random, WEATHERS)),
    h: hero,
    home,
    where: pick(random, WHERE),
  };
  for (const [role, part] of Object.entries(cast))
    roles[role] = wanted?.others?.[role] ?? players.other(part, hero);
  Object.assign(roles, wanted?.others);
  if (rows !== undefined) addRow(roles, pick(random, rows));
  return { hero, roles };
}

/** What first sentences need: the fable, its hero, and the way to tell one of several patterns. */
interface Opening {
  readonly random: Random;
  readonly fable: Fable;
  readonly hero: Character;
  /** Returns the pattern that was told. */
  readonly say: (step: Step) => string;
}
type Open = (opening: Opening) => void;

/** A first sentence that may say "he" or "she" for the hero, who was introduced before. */
const withPronoun = (pattern: string): string =>
  pattern
    .replace("{h.called}'s", "{h.s}")
    .replace(/\b(with|for|to|of) \{h\.called\}/, "$1 {h.o}")
    .replace("{h.called}", "{h}");

/** The first sentences: the hero is introduced first, or by the first sentence, or after it. */
function open({ random, fable: { opens, who }, hero, say }: Opening): void {
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
function openFamiliarly(opening: Opening): void {
  const { random, fable, hero, say } = opening;
  const named = fable.opens.filter((pattern) => pattern.startsWith("{h.called} "));
  if (named.length === 0 || hero.titled || chance(random, 0.4)) {
    open(opening);
    return;
  }
  const once = chance(random, 0.65);
  if (once) say(chance(random, 0.5) ? ["Once upon a time, there [be/s] {a h}."] : ONCE);
  const name = once ? "{h} " : "{h.called} ";
  say(named.map((pattern) => pattern.replace("{h.called} ", `One day, ${name}`)));
}

/** What does not begin on one day. */
const LASTING = /every|all day|always|never|weeks|night|\[(?:live|love|own|have|know|like|be|not like)\]/;

/** The hero is introduced before anything happens, or by the first sentence. */
function openWithHero({ random, fable: { opens }, say }: Opening, once?: string): void {
  const introducing = opens.filter((pattern) => pattern.includes("{a h}"));
  if (once === undefined && introducing.length > 0 && chance(random, 0.4)) {
    say(introducing);
    return;
  }
  const named = opens.filter((pattern) => pattern.includes("{h.called}"));
  if (once === undefined && named.length === 0) {
    say(opens);
    return;
  }
  say(once === undefined ? ONCE : [once]);
  const day = chance(random, 0.5) ? "One day, " : "";
  const onOneDay = (pattern: string): string =>
    LASTING.test(pattern) ? pattern : pattern.replace(/^\{h\} /, `${day}{h} `);
  say((named.length > 0 ? named : opens).map((pattern) => onOneDay(withPronoun(pattern))));
}

/** A fable about somebody who was asked for, with its roles. */
export function wantedFable(random: Random, fable: Fable, wanted: Wanted): { text: string; roles: Roles } {
  const { hero, roles } = rolesOf(random, fable, "varied", wanted);
  const begin: Open = (opening) => openWithHero(opening, wanted.once);
  return { text: told({ random, fable, hero }, roles, begin), roles };
}

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
  return told({ random, fable, hero }, roles, (opening) => {
    if (style === "varied" && chance(random, 0.6)) opening.say(MORE_OPENINGS[fable.name]);
    else (style === "plain" ? open : openFamiliarly)(opening);
  });
}

function told({ random, fable, hero }: Omit<Opening, "say">, roles: Roles, begin: Open): string {
  const teller = new Teller(random, hero, { tense: "past", introducesOnce: true });
  const introduction = new TitledIntroduction(random, hero);
  const say = (step: Step): string => {
    const pattern = pick(random, step);
    if (pattern !== "") teller.tell(pattern, roles);
    const who = introduction.after(pattern);
    if (who.length > 0) teller.tell(pick(random, who), roles);
    return pattern;
  };
  begin({ random, fable, hero, say });
  for (const [i, paragraph] of fable.paragraphs.entries()) {
    if (i > 0) teller.paragraph();
    for (const step of paragraph) say(step);
  }
  return teller.text;
}
