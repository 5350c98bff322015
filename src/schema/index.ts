/**
 * What callers may send: options and recipes are described once, in schemas with a note for people, and held against
 * them at the door. An error names the field, what it may be and what was found; an unknown name comes with the nearest.
 */
export { checkOptions } from "./check.ts";
export { nearest } from "./nearest.ts";
export {
  badOption,
  COUNT,
  COUNT_OR_ALL,
  checkFields,
  checkNumber,
  checkToken,
  FINITE,
  type FieldRanges,
  NOT_NEGATIVE,
  type NumberRange,
  POSITIVE,
  PROBABILITY,
  SEED,
  show,
} from "./numbers.ts";
export {
  abortSignal,
  callback,
  integerFrom,
  numberIn,
  OPTION_NOTES,
  type OptionNote,
  option,
} from "./schema.ts";
