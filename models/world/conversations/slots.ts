/**
 * Texts with slots: `{x}` is a value, `{x y}` several in a row, `{+x}` its plural, `{an x y}` the same with its article,
 * and `{An x}` begins a sentence.
 */
import { capitalised, pluralOf, withArticle } from "../grammar/nouns.ts";

export type Values = Readonly<Record<string, string>>;

/** Rows on lines, columns between bars, alternatives between slashes. An empty column has no alternatives. */
export const tableOf = (text: string): readonly (readonly (readonly string[])[])[] =>
  text
    .trim()
    .split("\n")
    .map((row) =>
      row.split("|").map((column) =>
        column
          .split(" / ")
          .map((entry) => entry.trim())
          .filter((entry) => entry !== ""),
      ),
    );

export function fillSlots(text: string, values: Values): string {
  const filled = text.replaceAll(/\{([^{}]+)\}/g, (_, slot: string) => {
    const keys = slot.split(" ");
    const article = /^an$/i.test(keys[0]) ? keys.shift() : undefined;
    const phrase = keys
      .map((key) => (key.startsWith("+") ? pluralOf(values[key.slice(1)]) : values[key]))
      .join(" ");
    if (article === undefined) return phrase;
    return article === "An" ? capitalised(withArticle(phrase)) : withArticle(phrase);
  });
  return capitalised(filled);
}
