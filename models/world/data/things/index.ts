/** All things of the little world. */
import { CLOTHES } from "./clothes.ts";
import { KITCHEN } from "./kitchen.ts";
import { NATURE } from "./nature.ts";
import { OUTDOORS } from "./outdoors.ts";
import { SCHOOL } from "./school.ts";
import { TOOLS } from "./tools.ts";
import { TOYS } from "./toys.ts";

/** What kind of thing it is. */
export type Theme = "toy" | "tool" | "clothes" | "house" | "school" | "nature" | "outdoors";

/** One kind of thing. */
export interface ThingKind {
  readonly noun: string;
  readonly theme: Theme;
  /** Big things are not carried. */
  readonly size: "tiny" | "small" | "big";
  /** Adjectives that fit it. */
  readonly looks: readonly string[];
  readonly material: string;
  /** What one does with it, a base verb phrase: "fly in the wind". */
  readonly use: string;
  /** Where it is often found: "on a windy hill". */
  readonly found: string;
}

const TABLES: readonly (readonly [Theme, string])[] = [
  ["toy", TOYS],
  ["tool", TOOLS],
  ["clothes", CLOTHES],
  ["house", KITCHEN],
  ["school", SCHOOL],
  ["nature", NATURE],
  ["outdoors", OUTDOORS],
];

function thingOf(theme: Theme, row: string): ThingKind {
  const [noun, size, looks, material, use, found] = row.split(";").map((field) => field.trim());
  return { noun, theme, size: size as ThingKind["size"], looks: looks.split(", "), material, use, found };
}

/** Every thing, about 270 of them. */
export const THINGS: readonly ThingKind[] = TABLES.flatMap(([theme, table]) =>
  table
    .trim()
    .split("\n")
    .map((row) => thingOf(theme, row)),
);
