/**
 * SentencePiece's normaliser: characters are mapped, surplus spaces dropped, a space prepended, and spaces
 * written as "▁". User-defined pieces are not changed.
 */
import { createCharsmap } from "./charsmap.ts";
import type { AddedTokenFinder } from "./special.ts";
import { SPACE_MARK } from "./text.ts";
import type { Vocabulary } from "./vocabulary.ts";

/**
 * Creates the function that normalises a segment of text; `atStart` says whether a space prefix may be added.
 */
export function createNormalizer(
  vocabulary: Vocabulary,
  untouched: AddedTokenFinder | undefined,
): (text: string, atStart: boolean) => string {
  const { charsmap, form, lowercase, removeExtraWhitespaces, stripLeft, stripRight } = vocabulary.normalizer;
  const collapse = removeExtraWhitespaces || vocabulary.normalizer.collapseSpaces === true;
  const map = charsmap === undefined ? undefined : createCharsmap(charsmap, vocabulary.name);
  const mapText = (text: string): string => {
    let mapped = map === undefined ? text : map(text);
    if (form !== undefined) mapped = mapped.normalize(form);
    return lowercase ? mapped.toLowerCase() : mapped;
  };
  const mapAround = (text: string): string => {
    if (untouched === undefined) return mapText(text);
    const parts = untouched.split(text, true);
    return parts.map((part) => (typeof part === "string" ? mapText(part) : part.content)).join("");
  };
  return (text, atStart) => {
    let mapped = mapAround(text);
    if (removeExtraWhitespaces) mapped = trimSpaces(mapped);
    if (stripLeft || stripRight) mapped = strip(mapped, stripLeft === true, stripRight === true);
    if (collapse) mapped = mapped.replace(/ {2,}/g, " ");
    if (mapped === "") return "";
    mapped = mapped.replaceAll(" ", SPACE_MARK);
    const wanted = atStart && vocabulary.addSpacePrefix;
    const missing = !(vocabulary.spacePrefixIfMissing && mapped.startsWith(SPACE_MARK));
    return wanted && missing ? SPACE_MARK + mapped : mapped;
  };
}

const WHITE_SPACE = /\p{White_Space}/u;

/** Removes Unicode white space; JavaScript's trim differs in U+0085 and U+FEFF. */
export function strip(text: string, left: boolean, right: boolean): string {
  let start = 0;
  let end = text.length;
  if (left) while (start < end && WHITE_SPACE.test(text[start])) start++;
  if (right) while (end > start && WHITE_SPACE.test(text[end - 1])) end--;
  return text.slice(start, end);
}

/** Drops spaces at the start, and spaces and space marks at the end, as SentencePiece does. */
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === " ") start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === SPACE_MARK)) end--;
  return text.slice(start, end);
}
