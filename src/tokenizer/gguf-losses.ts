/** What a vocabulary means and GGUF's keys cannot say, so that its readers give other ids. */
import { isMatchedNormalized, type Vocabulary } from "./vocabulary.ts";

type Loss = readonly [isLost: (vocabulary: Vocabulary) => boolean, what: string];
const LOSSES: readonly Loss[] = [
  [({ bosIds }) => bosIds !== undefined, "that several tokens stand in front of a text: only the first does"],
  [({ added }) => added.some(isMatchedNormalized), "that added tokens are matched in normalised text"],
  [({ splitsAtSpaces }) => splitsAtSpaces === true, "that no piece goes across words"],
  [
    ({ separateUnknown, unkId }) => separateUnknown === true && unkId !== undefined,
    "that unknown characters are an unknown piece each",
  ],
  [
    ({ addSpacePrefix, spacePrefixAfterAdded, kind }) =>
      kind !== "byte-bpe" && addSpacePrefix && !spacePrefixAfterAdded,
    "that no space is put behind special tokens",
  ],
  [
    ({ normalizer: { form, lowercase } }) => form !== undefined || lowercase === true,
    "the normal form of text",
  ],
  [
    ({ normalizer: n }) => n.stripLeft === true || n.stripRight === true || n.collapseSpaces === true,
    "how white space is taken off",
  ],
  [({ normalizer: { prepend } }) => prepend !== undefined, "the text that is put in front"],
  [({ pre, cuts }) => pre === undefined && cuts !== undefined, "how text is cut into words"],
  [
    ({ added }) => added.some(({ lstrip, rstrip, singleWord }) => lstrip || rstrip || singleWord),
    "the white space that added tokens swallow",
  ],
];

/** A phrase for each. */
export function lossesInGguf(vocabulary: Vocabulary): string[] {
  return LOSSES.filter(([isLost]) => isLost(vocabulary)).map(([, what]) => what);
}
