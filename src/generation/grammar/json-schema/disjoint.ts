/** Proofs that no value fulfils two alternatives of `oneOf`. They are simple: what cannot be proved is refused. */
import type { FactReader, Facts } from "./facts.ts";
import type { Schema, TypeName } from "./keywords.ts";
import { keyOf } from "./read.ts";
import { fits } from "./values.ts";

const DEPTH = 3;

export function areDisjoint(a: Facts, b: Facts, reader: FactReader, depth = DEPTH): boolean {
  if (areTypesDisjoint(a.types, b.types)) return true;
  if (a.values !== undefined || b.values !== undefined) return areValuesDisjoint(a, b);
  if (isOnly(a, "object") && isOnly(b, "object")) return areObjectsDisjoint(a, b, reader, depth);
  const areNumbers = [...(a.types ?? []), ...(b.types ?? [])].every(
    (type) => type === "number" || type === "integer",
  );
  return areNumbers && a.types !== undefined && b.types !== undefined && (isBelow(a, b) || isBelow(b, a));
}

function areTypesDisjoint(
  a: ReadonlySet<TypeName> | undefined,
  b: ReadonlySet<TypeName> | undefined,
): boolean {
  if (a === undefined || b === undefined) return false;
  const wide = (types: ReadonlySet<TypeName>): TypeName[] =>
    [...types].map((type) => (type === "integer" ? "number" : type));
  const others = new Set(wide(b));
  return wide(a).every((type) => !others.has(type));
}

function areValuesDisjoint(a: Facts, b: Facts): boolean {
  const [listed, other] = a.values === undefined ? [b, a] : [a, b];
  const keys = other.values === undefined ? undefined : new Set(other.values.map(keyOf));
  return (listed.values ?? []).every(
    (value) => (keys !== undefined && !keys.has(keyOf(value))) || !fits(value, other),
  );
}

const isOnly = ({ types }: Facts, type: TypeName): boolean => types?.size === 1 && types.has(type);

function isBelow(a: Facts, b: Facts): boolean {
  return a.high < b.low || (a.high === b.low && (a.belowHigh || b.aboveLow));
}

/** Some property is required on one side, and no value of it fits both. */
function areObjectsDisjoint(a: Facts, b: Facts, reader: FactReader, depth: number): boolean {
  if (depth === 0) return false;
  return [...new Set([...a.required, ...b.required])].some((name) => {
    const inA = schemasOfName(a, name);
    const inB = schemasOfName(b, name);
    if (inA.length === 0 || inB.length === 0) return false;
    const valuesOfB = reader.alternatives(inB);
    return reader
      .alternatives(inA)
      .every((x) => valuesOfB.every((y) => areDisjoint(x, y, reader, depth - 1)));
  });
}

/** What the parts say about a property. */
function schemasOfName({ objects }: Facts, name: string): Schema[] {
  return objects.flatMap(({ properties, patterns, additional }) => {
    const own = properties.get(name);
    if (own !== undefined) return [own];
    return patterns.size > 0 || additional === undefined ? [] : [additional];
  });
}
