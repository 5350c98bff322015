/** Arrays: the whole prefix, then further items if `items` allows them. */
import { EMPTY, type Expression, literal, NEVER, repeat, sequence } from "../expression.ts";
import { COMMA, separated } from "../json-text.ts";
import type { Facts } from "./facts.ts";
import type { Schema } from "./keywords.ts";
import type { WriteValue } from "./object-text.ts";

export function arrayText({ arrays, minItems, maxItems }: Facts, write: WriteValue): Expression {
  if (minItems > maxItems) return NEVER;
  const prefixLength = Math.min(maxItems, Math.max(0, ...arrays.map(({ prefix }) => prefix.length)));
  const schemasAt = (at: number): Schema[] =>
    arrays.flatMap(({ prefix, items }): Schema[] => {
      const own = at < prefix.length ? prefix[at] : items;
      return own === undefined ? [] : [own];
    });
  const prefix = Array.from({ length: prefixLength }, (_, at) => write(schemasAt(at)));
  if (prefix.includes(NEVER)) return minItems > prefix.indexOf(NEVER) ? NEVER : shortened(prefix);
  const further = furtherItems(
    arrays.flatMap(({ items }): Schema[] => (items === undefined ? [] : [items])),
    prefixLength,
    write,
  );
  const min = Math.max(0, minItems - prefixLength);
  const max = further === NEVER ? 0 : maxItems - prefixLength;
  if (min > max) return NEVER;
  return sequence(literal("["), items(prefix, further, min, max), literal("]"));
}

/** Items up to one that no value fits. */
function shortened(prefix: readonly Expression[]): Expression {
  return sequence(literal("["), items(prefix.slice(0, prefix.indexOf(NEVER)), NEVER, 0, 0), literal("]"));
}

/** After a prefix there is nothing unless a schema says what. */
function furtherItems(schemas: readonly Schema[], prefixLength: number, write: WriteValue): Expression {
  return prefixLength > 0 && schemas.length === 0 ? NEVER : write(schemas);
}

function items(prefix: readonly Expression[], further: Expression, min: number, max: number): Expression {
  const [first, ...others] = prefix;
  if (first === undefined) return separated(further, min, max);
  const tail = max === 0 ? EMPTY : repeat(sequence(COMMA, further), min, max);
  return sequence(first, ...others.map((item) => sequence(COMMA, item)), tail);
}
