/** Places of the little world. */

/** A place. */
export interface Place {
  readonly noun: string;
  /** What goes before it when something is there: in, on, at. */
  readonly preposition: "in" | "on" | "at";
  readonly kind: "home" | "town" | "nature";
  /** What one sees there, as a list item each. */
  readonly sights: readonly string[];
  /** Where small things get to there, as "under the slide". */
  readonly spots: readonly string[];
}

/* preposition noun; kind; sights; spots */
const ROWS = `
in kitchen; home; a big stove, a round table, rows of cups; under the table, behind the stove, next to the sink, on a shelf
in garden; home; roses, a wooden gate, rows of beans; behind the roses, by the gate, among the beans, under a bush
in attic; home; old boxes, a dusty window, grey cobwebs; behind an old box, under the window, in a corner, on a beam
in cellar; home; jars of jam, a cold stone floor, dark shelves; between the jars, in a corner, under the stairs
in bedroom; home; a soft bed, a lamp, a blue curtain; under the bed, behind the curtain, next to the lamp
in living room; home; a warm fire, a big sofa, a clock; behind the sofa, beside the clock, under a cushion
in yard; home; a tall fence, a swing, a heap of leaves; by the fence, under the swing, in the heap of leaves
on porch; home; two chairs, a mat, a row of pots; under a chair, behind the pots, beneath the mat
in shed; home; garden tools, a bench, a small window; behind the tools, under the bench, in a bucket
in barn; home; bales of hay, a ladder, a sleepy owl; in the hay, under the ladder, behind a bale
in playroom; home; shelves of toys, a rug, a painted wall; under the rug, behind a shelf, in the toy box
on balcony; home; pots of flowers, a railing, washing on a line; behind a pot, by the railing
in park; town; tall trees, a pond with ducks, a long bench; under a bench, by the pond, behind a tree, near the fountain
at playground; town; a slide, two swings, a sandbox; under the slide, in the sandbox, beside the swings
at market; town; stalls of fruit, busy people, bright signs; under a stall, behind a crate, between two baskets
at library; town; shelves of books, quiet readers, a tall lamp; between two books, behind a shelf, under a chair
at school; town; rows of desks, a map, a bell; under a desk, behind the map, by the door
at museum; town; old bones, stone statues, big paintings; behind a statue, beneath a painting, by the stairs
in bakery; town; warm loaves, a glass case, flour on the floor; behind a sack of flour, under the counter
at train station; town; long tracks, a clock, people with bags; under a bench, beside the clock, near the tracks
at harbour; town; fishing boats, coils of rope, noisy gulls; behind a barrel, in a coil of rope, beside a boat
at zoo; town; tall cages, a path, a snack stand; beside the path, behind the snack stand
at fair; town; a big wheel, coloured tents, music; behind a tent, under the big wheel, beside a cart
in toy shop; town; shelves of dolls, a train in the window, shiny balls; behind the dolls, under a shelf
at post office; town; piles of letters, a scale, a long counter; between the letters, under the counter
at fire station; town; a red engine, long hoses, shiny helmets; behind the engine, under a hose
in village square; town; an old well, a statue, pigeons; behind the well, beside the statue
on bridge; town; stone walls, boats below, a lamp; beside the lamp, against the wall
at bus stop; town; a bench, a sign, people who wait; under the bench, behind the sign
in church; town; coloured windows, wooden benches, candles; under a bench, behind a candle
at swimming pool; town; blue water, wet tiles, a diving board; beside the water, under a towel
on farm; town; a red barn, fields of corn, a muddy pond; behind the barn, in the corn, by the pond
at beach; nature; white sand, rolling waves, shells; in the sand, behind a rock, among the shells
in forest; nature; tall pines, ferns, soft moss; under a fern, behind a pine, on the moss, in a hollow log
in meadow; nature; wild flowers, long grass, butterflies; in the long grass, among the flowers, beside a stone
on hill; nature; short grass, a lone tree, a wide view; under the lone tree, behind a rock, in the grass
by lake; nature; calm water, reeds, a small boat; among the reeds, in the small boat, under a stone
by river; nature; fast water, smooth stones, willows; between two stones, under a willow, in the mud
in cave; nature; dark walls, dripping water, cold air; behind a rock, in a crack, on a ledge
in jungle; nature; thick vines, huge leaves, noisy birds; under a huge leaf, behind a vine
in desert; nature; hot sand, a cactus, a blue sky; beside a cactus, behind a dune
on mountain; nature; snow, sharp rocks, eagles; under a rock, behind a heap of snow
in orchard; nature; apple trees, ladders, baskets; under an apple tree, behind a basket, against a ladder
on island; nature; palm trees, blue water, crabs; under a palm tree, behind a rock
in swamp; nature; brown water, frogs, tall reeds; among the reeds, on a log
in valley; nature; a stream, sheep, little houses far away; by the stream, behind a wall
in field; nature; golden wheat, a scarecrow, crows; behind the scarecrow, in the wheat
by pond; nature; lilies, frogs, a fallen log; behind the log, among the lilies, in the mud
at waterfall; nature; white foam, wet rocks, a rainbow; behind a wet rock, beside the water
in woods; nature; old oaks, brown leaves, a narrow path; under an oak, in the brown leaves, beside the path
by stream; nature; clear water, pebbles, little fish; among the pebbles, under a root
on cliff; nature; the sea below, nests, strong wind; behind a rock, beside a nest
in vineyard; nature; rows of grapes, a stone wall, a dusty road; behind the stone wall, between the rows
on path; nature; pebbles, tall grass, a wooden sign; beside the sign, in the tall grass
in clearing; nature; a ring of mushrooms, sunlight, a tree stump; behind the stump, among the mushrooms
in bamboo grove; nature; green stems, thin leaves, soft light; between the stems, under the thin leaves
`;

/** All places. */
export const PLACES: readonly Place[] = ROWS.trim()
  .split("\n")
  .map((row) => {
    const [name, kind, sights, spots] = row.split(";").map((field) => field.trim());
    const [preposition, ...noun] = name.split(" ");
    return {
      noun: noun.join(" "),
      preposition: (preposition === "by" ? "at" : preposition) as Place["preposition"],
      kind: kind as Place["kind"],
      sights: sights.split(", "),
      spots: spots.split(", "),
    };
  });
