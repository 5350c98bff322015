/** Words that every event may use: what is seen at the place, tools, junk, times. */
import type { Random } from "../../../src/base/index.ts";
import { FOODS } from "../data/foods.ts";
import { TIMES, WEATHERS, type Weather } from "../data/weather.ts";
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

const HOURS = ["six", "seven", "eight", "nine", "ten", "eleven", "three"] as const;
const WEEKDAYS = ["Monday", "Friday", "Saturday", "Sunday", "week", "evening"] as const;
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
/** Weathers that do not fit a season. */
const UNFIT: readonly (readonly [season: RegExp, weather: RegExp])[] = [
  [/winter/, /hot|sunny/],
  [/summer|spring/, /snowy|cold/],
  [/autumn/, /snowy|hot/],
];

/** A time at which there can be such weather. */
function timeIn(random: Random, weatherNow: Weather): string {
  const time = pick(random, TIMES);
  const isUnfit = UNFIT.some(([season, weather]) => season.test(time) && weather.test(weatherNow.word));
  return isUnfit ? timeIn(random, weatherNow) : time;
}

const VERY = ["very", "so", "really", "rather", "quite"] as const;

/** Fillers for the roles that an event does not name itself. */
export function commonFillers(
  random: Random,
  here: Spot,
  weather: Weather = pick(random, WEATHERS),
): Record<string, Filler> {
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
    time: timeIn(random, weather),
    sky: { is: "clause", pattern: pick(random, weather.says), roles: {} },
    fit: weather.makes,
    dream: pick(random, DREAMS),
    well: pick(random, WELL),
    badly: pick(random, BADLY),
    good: pick(random, PRAISE),
    colour: pick(random, COLOURS),
    days: pick(random, SPANS),
    bandage: pick(random, BANDAGES),
    hour: pick(random, HOURS),
    weekday: pick(random, WEEKDAYS),
    time2: pick(random, [
      "a Monday",
      "a holiday",
      "early in the morning",
      "late in the afternoon",
      "the first day of May",
      "a Saturday",
    ]),
    food: { is: "food", food: pick(random, FOODS) },
    number: pick(random, NUMBERS),
    very: pick(random, VERY),
  };
}
