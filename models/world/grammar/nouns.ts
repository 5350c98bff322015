/** Articles, plurals and possessives. */

const SOUNDS_LIKE_CONSONANT = /^(?:uni|use|usu|uke|eu|one\b|once)/i;
const SOUNDS_LIKE_VOWEL = /^(?:hour|honest|heir)/i;

/** "a" or "an", whichever goes before this phrase. */
export function articleFor(phrase: string): "a" | "an" {
  if (SOUNDS_LIKE_VOWEL.test(phrase)) return "an";
  return /^[aeiou]/i.test(phrase) && !SOUNDS_LIKE_CONSONANT.test(phrase) ? "an" : "a";
}

/** The phrase with "a" or "an" before it. */
export const withArticle = (phrase: string): string => `${articleFor(phrase)} ${phrase}`;

const IRREGULAR_PLURALS: Readonly<Record<string, string>> = {
  child: "children",
  deer: "deer",
  fish: "fish",
  foot: "feet",
  goldfish: "goldfish",
  goose: "geese",
  leaf: "leaves",
  loaf: "loaves",
  man: "men",
  mouse: "mice",
  ox: "oxen",
  person: "people",
  scarf: "scarves",
  sheep: "sheep",
  shelf: "shelves",
  squid: "squid",
  tooth: "teeth",
  wolf: "wolves",
  knife: "knives",
  woman: "women",
  potato: "potatoes",
  tomato: "tomatoes",
  calf: "calves",
};

/** The plural of a noun, by its last word: toy box → toy boxes. */
export function pluralOf(noun: string): string {
  const space = noun.lastIndexOf(" ");
  if (space >= 0) return noun.slice(0, space + 1) + pluralOf(noun.slice(space + 1));
  const irregular = IRREGULAR_PLURALS[noun];
  if (irregular !== undefined) return irregular;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return `${noun}${/(?:s|x|z|ch|sh)$/.test(noun) ? "es" : "s"}`;
}

/** Tom's, the fox's; a plural in -s takes the apostrophe alone. */
export const possessiveOf = (noun: string, plural = false): string =>
  plural && noun.endsWith("s") ? `${noun}'` : `${noun}'s`;

/** "a, b and c". */
export function listOf(words: readonly string[], last = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** With its first letter a capital. */
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** With its first letter small. */
export const uncapitalised = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
