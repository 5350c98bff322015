/** Words that every event may use: what is seen at the place, tools, junk, times. */
import type { Random } from "../../../src/base/index.ts";
import { TIMES, WEATHERS } from "../data/weather.ts";
import {
  BADLY,
  BANDAGES,
  COLOURS,
  COVERS,
  DREAMS,
  GIVERS,
  JUNK,
  MENDING,
  PRAISE,
  SPANS,
  WELL,
} from "../data/words.ts";
import { pick, pickSome } from "../grammar/choose.ts";
import type { Filler, Spot } from "./entities.ts";

/** "a pond with ducks" → "the pond with ducks". */
const definite = (phrase: string): string => `the ${phrase.replace(/^(?:an?|the) /, "")}`;

const NUMBERS = [
  "twelve",
  "twenty",
  "thirty",
  "forty",
  "fifty",
  "a hundred",
  "sixteen",
  "seventy-two",
] as const;
const VERY = ["very", "so", "really", "rather", "quite"] as const;

/** Fillers for the roles that an event does not name itself. */
export function commonFillers(random: Random, here: Spot): Record<string, Filler> {
  const [sight, sight2] = pickSome(random, here.place.sights, 2);
  return {
    sight,
    sight2,
    mark: definite(sight),
    mark2: definite(sight2),
    spot: pick(random, here.place.spots),
    junk: pick(random, JUNK),
    tool: pick(random, MENDING),
    cover: pick(random, COVERS),
    giver: pick(random, GIVERS),
    time: pick(random, TIMES),
    sky: { is: "clause", pattern: pick(random, pick(random, WEATHERS).says), roles: {} },
    dream: pick(random, DREAMS),
    well: pick(random, WELL),
    badly: pick(random, BADLY),
    good: pick(random, PRAISE),
    colour: pick(random, COLOURS),
    days: pick(random, SPANS),
    bandage: pick(random, BANDAGES),
    number: pick(random, NUMBERS),
    very: pick(random, VERY),
  };
}
