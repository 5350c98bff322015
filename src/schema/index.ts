/**
 * Input of callers: options and recipes are described once, in schemas with help texts, and validated on
 * entry. An error names the field, its valid values and the value found; an unknown name gets a suggestion.
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
