/**
 * Properties of a vocabulary that GGUF's keys cannot express, so that readers of the file produce different
 * ids.
 */
import { isMatchedNormalized, type Vocabulary } from "./vocabulary.ts";

type Loss = readonly [isLost: (vocabulary: Vocabulary) => boolean, what: string];
const LOSSES: readonly Loss[] = [
  [({ bosIds }) => bosIds !== undefined, "that several tokens are prepended to a text: only the first is"],
  [({ added }) => added.some(isMatchedNormalized), "that added tokens are matched in normalised text"],
  [({ splitsAtSpaces }) => splitsAtSpaces === true, "that no piece spans several words"],
  [
    ({ separateUnknown, unkId }) => separateUnknown === true && unkId !== undefined,
    "that each unknown character is a separate unknown piece",
  ],
  [
    ({ addSpacePrefix, spacePrefixAfterAdded, kind }) =>
      kind !== "byte-bpe" && addSpacePrefix && !spacePrefixAfterAdded,
    "that no space is added after special tokens",
  ],
  [
    ({ normalizer: { form, lowercase } }) => form !== undefined || lowercase === true,
    "the normal form of text",
  ],
  [
    ({ normalizer: n }) => n.stripLeft === true || n.stripRight === true || n.collapseSpaces === true,
    "how white space is removed",
  ],
  [({ normalizer: { prepend } }) => prepend !== undefined, "the text that is prepended"],
  [({ pre, cuts }) => pre === undefined && cuts !== undefined, "how text is split into words"],
  [
    ({ added }) => added.some(({ lstrip, rstrip, singleWord }) => lstrip || rstrip || singleWord),
    "the white space that added tokens absorb",
  ],
];

/** One phrase per lost property. */
export function lossesInGguf(vocabulary: Vocabulary): string[] {
  return LOSSES.filter(([isLost]) => isLost(vocabulary)).map(([, what]) => what);
}
