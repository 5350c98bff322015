/** Adjectives and their opposites, with something that shows each. */
const ROWS = `
hot cold, fire, ice; big small, elephant, ant; tall short, giraffe, mouse; fast slow, horse, snail; wet dry, river, desert;
light heavy, feather, rock; light dark, morning, night; loud quiet, drum, whisper; happy sad, birthday, goodbye;
hard soft, stone, pillow; old new, ruin, gift; young old, puppy, grandfather; full empty, bucket, hole;
open closed, door, lid; clean dirty, plate, pig; sweet sour, honey, lemon; rough smooth, bark, glass;
strong weak, bear, baby; brave scared, lion, rabbit; early late, sunrise, midnight; near far, garden, moon;
high low, cloud, floor; thick thin, book, paper; wide narrow, sea, path; long short, snake, worm;
sharp blunt, needle, spoon; kind mean, friend, bully; rich poor, king, beggar; easy difficult, puzzle, riddle;
good bad, deed, lie; right wrong, answer, mistake; awake asleep, owl, cat; deep shallow, ocean, puddle;
sick healthy, patient, runner; noisy silent, market, library; careful careless, nurse, clown;
polite rude, guest, shouter; honest lying, child, trickster; lost found, key, treasure; broken whole, cup, bowl;
fresh stale, bread, crust; tight loose, shoe, belt; bright dim, sun, candle; straight crooked, ruler, branch;
generous greedy, giver, miser; calm wild, lake, storm; lazy busy, cat, bee; safe dangerous, home, cliff;
cheap expensive, pencil, crown; plain fancy, bread, cake; proud ashamed, winner, cheater; patient hasty, fisher, hare;
raw cooked, carrot, soup; ripe unripe, peach, apple; tidy messy, shelf, nest; friendly unfriendly, dog, wasp;
warm cool, bath, breeze; possible impossible, jump, wish; lucky unlucky, winner, loser; wise foolish, owl, goose;
`;

/** A word, its opposite, and a noun that is an example of each. */
export interface Opposite {
  readonly word: string;
  readonly opposite: string;
  readonly examples: readonly [string, string];
}

/** All pairs. */
export const OPPOSITES: readonly Opposite[] = ROWS.trim()
  .split(/;\s*/)
  .filter((row) => row !== "")
  .map((row) => {
    const [pair, first, second] = row.split(", ");
    const [word, opposite] = pair.split(" ");
    return { word, opposite, examples: [first, second] };
  });
