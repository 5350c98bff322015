/** What fills the slots of told facts, tiny tales and corrections. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FOODS, isCountable } from "../data/foods.ts";
import { anyName, inventedName, inventedPlace } from "../data/invented.ts";
import { ANIMAL_NAMES } from "../data/names.ts";
import { OPPOSITES } from "../data/opposites.ts";
import { PLACES } from "../data/places.ts";
import { THINGS } from "../data/things/index.ts";
import { HOBBIES, JOBS, list } from "../data/words.ts";
import { pick } from "../grammar/choose.ts";

/** Singular nouns of one word. */
const plain = (nouns: readonly string[]): readonly string[] => [
  ...new Set(nouns.filter((noun) => !noun.includes(" ") && !/[^s]s$/.test(noun))),
];

export const COLOUR_NAMES = list(
  `red; blue; green; yellow; white; black; brown; grey; pink; purple; golden; silver; orange; dark blue; pale green`,
);
export const DAY_NAMES = list("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday");

export const TREES = list(
  "apple; oak; pine; pear; willow; cherry; birch; plum; maple; lemon; fig; nut; beech",
);
export const INSTRUMENTS = list(
  "drum; flute; piano; violin; trumpet; guitar; harp; horn; bell; whistle; fiddle; organ; banjo; accordion",
);

const FIXED = {
  animalNames: ANIMAL_NAMES,
  animals: ANIMALS.map(({ kind }) => kind),
  colours: COLOUR_NAMES,
  counted: list(
    "apple; book; coin; button; shell; stone; marble; pencil; kite; hat; egg; nut; cup; lamp; star",
  ),
  days: DAY_NAMES,
  drinks: list("milk; tea; water; lemonade; cocoa; apple juice; orange juice; coffee; ginger beer"),
  dishes: FOODS.filter((food) => food.kind !== "drink" && !isCountable(food)).map(({ noun }) => noun),
  foods: plain(FOODS.filter((food) => food.kind !== "drink" && isCountable(food)).map(({ noun }) => noun)),
  fruits: plain(FOODS.filter(({ kind }) => kind === "fruit").map(({ noun }) => noun)),
  hidden:
    list(`drawer; kitchen; garden; basket; cupboard; barn; cellar; bathroom; sack; chest; wagon; attic; box; pot; bag; boot; shed;
  hole; hat; jar; bucket; pocket; suitcase; teapot; bush; drum; piano; well; tent`),
  hobbies: HOBBIES,
  homes:
    list(`on a farm; in a small house; near the sea; in the city; on a hill; next to a bakery; by the river; in the mountains;
  above a shop; at the edge of the wood; on an island; in a tent; in an old mill; in a castle; on a boat; in a red wagon;
  beside the station; under a bridge; in a tower; behind the school; in a village; at the end of the street; in a cave`),
  instruments: INSTRUMENTS,
  kin: list("brother; sister; cousin; friend; neighbour"),
  materials: list(
    `wood; iron; glass; paper; stone; wool; silk; clay; straw; leather; tin; cotton; gold; silver; copper; snow; sand; cork`,
  ),
  months: list(
    "January; February; March; April; May; June; July; August; September; October; November; December",
  ),
  moods: list("happy; sad; tired; angry; hungry; calm; proud; scared; sleepy; wild; sick; lively"),
  numbers: list("two; three; four; five; six; seven; eight; nine; ten; eleven; twelve; twenty"),
  people: list(
    `brother; sister; mother; father; aunt; uncle; grandmother; grandfather; friend; neighbour; cousin; teacher; son; daughter`,
  ),
  places: PLACES.map(({ noun }) => noun),
  scares:
    list(`storms; spiders; the dark; loud noises; deep water; big dogs; high ladders; bees; lightning; snakes; thick fog; ghosts;
  the cellar; needles; wolves; crowds; geese`),
  seasons: list("spring; summer; autumn; winter"),
  shapes: list("round; square; flat; long; crooked; pointed; oval; curved"),
  sides: ["left", "right"],
  spots: [...new Set(PLACES.flatMap(({ spots }) => spots))],
  states: OPPOSITES.flatMap(({ word, opposite }) => [word, opposite]),
  things: plain(THINGS.filter(({ size }) => size !== "big").map(({ noun }) => noun)),
  trees: TREES,
  vehicles: list("bus; train; boat; bicycle; car; horse; wagon; ship; plane; tram; sledge; ferry"),
  ways: list(`walked home; ran home; took the train; took the bus; rode home on a horse; rowed home; flew home; skated home;
  went home by boat; rode home on a bicycle; sailed home; crawled home; hopped home; drove home in a wagon`),
  weather: list("rainy; sunny; windy; cloudy; snowy; stormy; foggy; icy; warm; cold; hot; dry; wet"),
  work: JOBS,
};

const TITLES = list(
  "Grandmother; Grandfather; Aunt; Uncle; Mister; Mrs; Captain; Doctor; Miss; Old; King; Queen; Sister; Brother",
);

/** "Aunt Toralie". */
function titled(random: Random): string {
  return `${pick(random, TITLES)} ${anyName(random)}`;
}

/** Without an end. */
const ENDLESS = { names: anyName, newNames: inventedName, villages: inventedPlace, titled };

/** What tables call a list. */
export type ListName = keyof typeof FIXED | keyof typeof ENDLESS;

const isEndless = (name: ListName): name is keyof typeof ENDLESS => Object.hasOwn(ENDLESS, name);

export function oneOf(random: Random, list: ListName | readonly string[]): string {
  if (typeof list !== "string") return pick(random, list);
  return isEndless(list) ? ENDLESS[list](random) : pick(random, FIXED[list]);
}

/** Two different ones. */
export function twoOf(random: Random, list: ListName | readonly string[]): readonly [string, string] {
  const one = oneOf(random, list);
  for (;;) {
    const other = oneOf(random, list);
    if (other !== one) return [one, other];
  }
}
