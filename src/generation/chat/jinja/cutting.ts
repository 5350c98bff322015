/** Methods that split strings and join the parts. Parts are counted and paid for before they are made. */

import { argument, intArgument, textArgument } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { characters } from "./operators.ts";
import { Text } from "./text.ts";
import type { CallArguments, Value } from "./values.ts";

/** Counts the occurrences of a part, up to a limit. */
function occurrences(text: string, part: string, limit: number): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0 && count < limit; at = text.indexOf(part, at + part.length))
    count++;
  return count;
}

/** Parts between occurrences of a non-empty separator. */
export function partsOf(self: Text, separator: string, limit: number, budget: Budget): Text[] {
  budget.look(self);
  budget.strings(occurrences(self.value, separator, limit));
  return self.split(separator, limit);
}

/** Python counts U+001C to U+001F and U+0085 as white space. */
const WORD = new RegExp(`[^\\s${"\\x1c-\\x1f\\x85"}]+`, "g");

/** Splits at white space into at most `limit` words and a rest. */
function splitWords(self: Text, limit: number, budget: Budget): Text[] {
  const text = self.strip(undefined, true, false);
  const parts: Text[] = [];
  for (const match of text.value.matchAll(WORD)) {
    budget.strings(1);
    if (parts.length >= limit) {
      parts.push(text.slice(match.index));
      break;
    }
    parts.push(text.slice(match.index, match.index + match[0].length));
  }
  return parts;
}

/** The same from the right. */
function splitWordsRight(self: Text, limit: number, budget: Budget): Text[] {
  const text = self.strip(undefined, false, true);
  const ranges = [...text.value.matchAll(WORD)].map((match) => [match.index, match.index + match[0].length]);
  budget.strings(ranges.length);
  const apart = ranges.slice(Math.max(0, ranges.length - limit));
  const rest =
    ranges.length > apart.length ? [text.slice(0, ranges[ranges.length - apart.length - 1][1])] : [];
  return [
    ...rest.map((part) => part.strip(undefined, true, false)),
    ...apart.map(([from, to]) => text.slice(from, to)),
  ];
}

function cutOptions(call: CallArguments): { separator: Text | undefined; limit: number } {
  const separator = argument(call, 0, "sep");
  const most = intArgument(call, 1, "maxsplit", -1);
  const limit = most < 0 ? Number.POSITIVE_INFINITY : most;
  if (separator === undefined || separator === null) return { separator: undefined, limit };
  const text = textArgument(call, 0, "sep");
  if (text.length === 0) throw new Error("empty separator");
  return { separator: text, limit };
}

/** str.split: a list of parts; maxsplit −1 splits everywhere. */
export function split(self: Text, call: CallArguments, budget: Budget): Value {
  const { separator, limit } = cutOptions(call);
  budget.look(self);
  return separator === undefined
    ? splitWords(self, limit, budget)
    : partsOf(self, separator.value, limit, budget);
}

/** str.rsplit: the same from the right. */
export function rsplit(self: Text, call: CallArguments, budget: Budget): Value {
  const { separator, limit } = cutOptions(call);
  budget.look(self);
  if (separator === undefined) return splitWordsRight(self, limit, budget);
  const parts: Text[] = [];
  let to = self.length;
  while (parts.length < limit) {
    const at = to < separator.length ? -1 : self.value.lastIndexOf(separator.value, to - separator.length);
    if (at < 0) break;
    budget.strings(1);
    parts.push(self.slice(at + separator.length, to));
    to = at;
  }
  return [self.slice(0, to), ...parts.reverse()];
}

/** str.partition (from the left) and str.rpartition: the text before, the separator, the text after. */
export const partition =
  (fromLeft: boolean) =>
  (self: Text, call: CallArguments): Value => {
    const separator = textArgument(call, 0, "sep");
    if (separator.length === 0) throw new Error("empty separator");
    const at = fromLeft ? self.value.indexOf(separator.value) : self.value.lastIndexOf(separator.value);
    const nothing = Text.of("");
    if (at < 0) return fromLeft ? [self, nothing, nothing] : [nothing, nothing, self];
    const behind = at + separator.length;
    return [self.slice(0, at), self.slice(at, behind), self.slice(behind)];
  };

const LINE_END = new RegExp(`\\r\\n|[\\n\\r\\v\\f${"\\x1c-\\x1e\\x85"}\\u2028\\u2029]`, "g");

/** str.splitlines. */
export function splitlines(self: Text, call: CallArguments, budget: Budget): Value {
  const keeps = argument(call, 0, "keepends") === true;
  const lines: Text[] = [];
  let from = 0;
  for (const match of self.value.matchAll(LINE_END)) {
    budget.strings(1);
    const end = match.index + match[0].length;
    lines.push(self.slice(from, keeps ? end : match.index));
    from = end;
  }
  return from < self.length ? [...lines, self.slice(from)] : lines;
}

/** str.replace, and the filter. */
export function replaceText(self: Text, call: CallArguments, budget: Budget): Value {
  const from = textArgument(call, 0, "old");
  const to = textArgument(call, 1, "new");
  const count = intArgument(call, 2, "count", -1);
  const limit = count < 0 ? Number.POSITIVE_INFINITY : count;
  const parts =
    from.length > 0 ? partsOf(self, from.value, limit, budget) : betweenCharacters(self, limit, budget);
  return joinTexts(parts, to, budget);
}

/** For an empty search string, Python inserts the new text before every character and at the end. */
function betweenCharacters(self: Text, limit: number, budget: Budget): Text[] {
  const all = characters(self, budget);
  const cuts = Math.min(limit, all.length + 1);
  if (cuts === 0) return [self];
  return [Text.of(""), ...all.slice(0, cuts - 1), Text.concat(all.slice(cuts - 1))];
}

/** The parts with a separator between them. */
export function joinTexts(parts: readonly Text[], separator: Text, budget: Budget): Text {
  const joined: Text[] = [];
  parts.forEach((part, i) => {
    budget.spend(part.length + separator.length + 8);
    budget.elements(part.runs.length + separator.runs.length);
    if (i > 0) joined.push(separator);
    joined.push(part);
  });
  return Text.concat(joined);
}
