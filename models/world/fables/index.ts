/** Tells fables. */
import type { Random } from "../../../src/base/index.ts";
import { WEATHERS } from "../data/weather.ts";
import { chance, pick } from "../grammar/choose.ts";
import { Teller } from "../grammar/teller.ts";
import type { Character, Filler, Roles } from "../state/entities.ts";
import { commonFillers } from "../state/fillers.ts";
import { FABLES } from "./all.ts";
import { ONCE, TITLED, WHERE, WHO } from "./common.ts";
import type { Fable, Step } from "./fable.ts";
import { Players } from "./players.ts";

export { FABLES } from "./all.ts";
export type { Fable } from "./fable.ts";

const isPattern = (text: string): boolean => /[{[<(]/.test(text);

/** Fillers of a row; those with roles or verbs are patterns. */
function addRow(roles: Record<string, Filler>, row: Readonly<Record<string, string>>): void {
  for (const [role, text] of Object.entries(row))
    roles[role] = isPattern(text) ? { is: "clause", pattern: text, roles } : text;
}

function rolesOf(random: Random, { hero: ages, cast = {}, rows }: Fable): { hero: Character; roles: Roles } {
  const players = new Players(random);
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

/** The first sentences: the hero is introduced first, or by the first sentence, or after it. */
function open(random: Random, { opens, who }: Fable, hero: Character, say: (step: Step) => string): void {
  const named = opens.filter((pattern) => pattern.includes("{h.called}"));
  if (named.length > 0 && chance(random, 0.4)) {
    say(hero.titled ? [TITLED] : ONCE);
    say(named.map((pattern) => pattern.replace("{h.called}", "{h}")));
    return;
  }
  const first = say(hero.titled && named.length > 0 ? named : opens);
  if (who && !first.includes("{a h}") && chance(random, 0.5)) say(WHO);
}

/** Tells one of the fables. */
export function fableDocument(random: Random, fable: Fable = pick(random, FABLES)): string {
  const { hero, roles } = rolesOf(random, fable);
  const teller = new Teller(random, hero, { tense: "past", introducesOnce: true });
  const say = (step: Step): string => {
    const pattern = pick(random, step);
    if (pattern !== "") teller.tell(pattern, roles);
    return pattern;
  };
  open(random, fable, hero, say);
  for (const [i, paragraph] of fable.paragraphs.entries()) {
    if (i > 0) teller.paragraph();
    for (const step of paragraph) say(step);
  }
  return teller.text;
}
