/** How things, places and food are called inside a sentence. */
import type { Filler, Item, Meal, Spot } from "../state/entities.ts";
import { articleFor, possessiveOf } from "./nouns.ts";

/** A noun phrase with the word that leads it: a, the, in, from … */
export function withLead(lead: string, phrase: string): string {
  if (lead === "") return phrase;
  return `${lead === "a" ? articleFor(phrase) : lead} ${phrase}`;
}

const ITEM_FORMS: Readonly<Record<string, (item: Item) => string>> = {
  look: (item) => item.look,
  noun: (item) => item.kind.noun,
  material: (item) => item.kind.material,
  use: (item) => useOf(item.kind.use),
  found: (item) => item.kind.found,
  full: (item) => fullItem(item),
  s: (item) => possessiveOf(item.kind.noun),
};

/** What one does with it, in full: "hit nails with it", "bounce it". */
const useOf = (use: string): string => (/\bit\b/.test(use) ? use : `${use} with it`);

/** "red kite"; the look is left out where the noun already says it. */
export const fullItem = ({ look, kind }: Item): string =>
  kind.noun.includes(look) ? kind.noun : `${look} ${kind.noun}`;

/** A form of a thing, or its noun. */
export const itemPhrase = (lead: string, item: Item, form: string): string =>
  withLead(lead, (ITEM_FORMS[form] ?? ITEM_FORMS.noun)(item));

/** in the park, to the park, from the park, the park. */
export function placePhrase(lead: string, { place }: Spot): string {
  if (lead === "in") return `${place.preposition} the ${place.noun}`;
  if (lead === "") return place.noun;
  if (lead === "a" || lead === "the") return withLead(lead, place.noun);
  return `${lead} the ${place.noun}`;
}

/** an apple, the apple, apple. */
export function foodPhrase(lead: string, { food }: Meal, form: string): string {
  if (form === "taste" || form === "colour" || form === "origin") return food[form];
  return lead === "a" || lead === "some" ? food.some : withLead(lead, food.noun);
}

/** Text fillers and the kinds of entities, with an article where asked. */
export function wordPhrase(lead: string, filler: Filler, form: string): string {
  if (typeof filler === "string") return withLead(lead, filler);
  if (filler.is === "item") return itemPhrase(lead, filler, form);
  if (filler.is === "place") return placePhrase(lead, filler);
  if (filler.is === "food") return foodPhrase(lead, filler, form);
  throw new Error(`no phrase for a ${filler.is}`);
}
