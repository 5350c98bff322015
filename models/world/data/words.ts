/** Small lists that fill the gaps of events. */

/** The entries of a text, separated by semicolons. */
export const list = (text: string): readonly string[] =>
  text
    .trim()
    .split(/\s*;\s*/)
    .filter((entry) => entry !== "");

/** Adjectives of characters. */
export const TRAITS =
  list(`curious; shy; brave; little; clever; cheerful; quiet; kind; stubborn; lively; gentle; dreamy; careful;
hasty; funny; honest; patient; proud; young; merry; busy; sleepy; bold; helpful; friendly; tiny; playful; thoughtful; noisy; polite;
restless; calm; silly; serious; generous; timid; sensible; adventurous; forgetful; tidy; messy; hopeful; loyal; hungry; lucky; clumsy`);

/** What grown people do for a living. */
export const JOBS =
  list(`baker; farmer; painter; teacher; doctor; gardener; tailor; carpenter; sailor; shoemaker; beekeeper;
miller; nurse; cook; librarian; potter; clockmaker; musician; shepherd; blacksmith; weaver; fisher; mail carrier; train driver;
firefighter; dancer; inventor; shopkeeper; basket maker; lighthouse keeper`);

/** What characters like to do, as base verb phrases. */
export const HOBBIES =
  list(`play outside; climb trees; count the clouds; tell jokes; collect shells; sing loudly; draw animals;
look at the stars; jump in puddles; dance in the kitchen; listen to old stories; build towers; swim in cool water; run down hills;
whistle like a bird; pick berries; watch the ants; roll in the grass; ask questions; make up songs; invent games; look for treasure;
help in the garden; walk in the rain; chase butterflies; play hide and seek; make funny faces; feed the ducks; read about far lands;
bake with flour and honey; fly paper planes; watch the trains; paint stones; ride down the lane; sleep in the sun; talk to the moon;
splash in the stream; follow little paths; eat sweet things; stay up late; dress up as a pirate; play the drum on pots and pans`);

/** Things that one can learn, as base verb phrases. */
export const SKILLS =
  list(`swim; ride a bicycle; whistle; read; tie a knot; skate on ice; climb the tall tree; dance; bake bread;
catch a ball; jump over the stream; play the flute; sing in front of others; write a name; count to a hundred; dive; row a boat;
stand on one leg; juggle; draw a horse; skip with a rope; walk on a beam; sail a boat; knit a scarf; tell the time; ski down the hill;
play chess; speak in a loud voice; make a fire; use a compass; swing from branch to branch; throw a ball far; sleep without a light;
paint a portrait; turn a cartwheel; hold a note; fold a paper crane; plant a tree; milk a cow; say a hard word`);

/** What mends things. */
export const MENDING =
  list(`some glue; a bit of string; strong tape; a needle and thread; two small nails; a piece of wire;
a drop of sticky sap; a strip of cloth; a tiny screw; a wooden pin; a ribbon; some warm wax; a leather strap; a bit of clay; a long vine`);

/** What is found in place of what one looks for. */
export const JUNK =
  list(`an old sock; a dry leaf; some dust; a broken pencil; a bent spoon; a sleepy beetle; a lost glove; 
a grey stone; an empty box; a piece of string; a blue button; a torn page; a rusty nail; a paper bag; a cold puddle;
a cobweb; a bottle cap; a chewed bone; a wet cloth; an apple core; a wooden peg; some sand; a surprised mouse`);

/** What covers a hidden thing. */
export const COVERS = list(`leaves; old cloths; straw; paper; sticks; sand; moss; grass; branches; rags`);

/** People who give presents. */
export const GIVERS =
  list(`an aunt; an uncle; a kind neighbour; an old friend; an old sailor; a friendly baker; a cousin; a teacher;
a godmother; a sailor; the mayor; a big sister`);

/** Warnings, each a sentence without its full stop. */
export const DANGERS =
  list(`The water is deep; The ground is slippery; It gets dark early; The old boards are rotten; The wind is strong;
The rocks are loose; The path is steep; The ice is thin; There are thorns everywhere; It is easy to get lost there;
A storm is coming; The branch is not strong; The bees are angry today; The fence is high; The mud is very deep`);

/** What liars say, each a clause. */
export const EXCUSES =
  list(`the wind did it; the cat took it; a bird flew away with it; it was like that before; a stranger was here;
it fell down by itself; the rain ruined it; a mouse ate it; someone else came by; it vanished in the night; a squirrel stole it;
the dog ran off with it; it rolled away; a big wave took it`);

/** Parts that can hurt, of animals and people alike. */
export const LIMBS = list(`leg; foot; back; ear; knee; toe; side`);

/** What helps the hurt. */
export const BANDAGES =
  list(`a clean cloth; a soft scarf; a strip of cotton; a big green leaf; an old towel; a warm blanket;
a white bandage; a piece of wool; a handful of moss; a soft sock`);

/** Lengths of time. */
export const SPANS = list(
  `two days; three days; a week; ten days; two weeks; five days; a month; four days; six days`,
);

/** What seeds grow into. */
export const PLANTS = list(
  `sunflower; bean; pumpkin; tomato; apple; carrot; melon; corn; rose; pear; cherry; lemon; poppy; oak; pea; orange; cucumber; daisy; plum; grape`,
);

/** Work, as base verb phrases. */
export const CHORES =
  list(`sweep the yard; carry water; gather wood; pick apples; wash the windows; feed the hens; rake the leaves;
shovel the snow; paint the fence; stack the boxes; water the flowers; polish the spoons; deliver the letters; bring in the hay;
fold the laundry; weed the beds; sort the buttons; dust the shelves; mend the nets; scrub the floor; peel the potatoes`);

/** Colours. */
export const COLOURS = list(
  `red; blue; yellow; green; orange; purple; pink; white; golden; silver; brown; turquoise`,
);

/** What one dreams of. */
export const DREAMS =
  list(`friendly faces; bright stars; warm bread; a long road; soft grass; flying over the hills; golden light; big waves;
a quiet boat; new friends; sweet apples; a singing bird; silver rain; a green valley; high mountains; dancing leaves; a warm fire;
white clouds; a field of flowers; a small brave boat; summer; the smell of rain; laughter; a ship full of toys; a garden at night`);

/** Noises in the night and what makes them, on both sides of an arrow. */
export const NOISES: readonly (readonly [sound: string, cause: string])[] =
  list(`a long creak > the old gate in the wind;
a soft scratching > a small mouse with a nut; a strange tapping > a branch against the window; a deep hum > a big moth near the lamp;
a wild flapping > a sheet on the washing line; a sad howl > the wind in the chimney; a heavy thump > an apple that fell on the roof;
a thin whistle > an empty bottle in the wind; a slow dripping > water from the roof; a loud rustle > a hedgehog in the leaves;
a strange snoring > a cat under the bed; a rattle > a loose shutter; a quick patter > rain on an upturned bucket; a low growl > an empty tummy;
a squeak > a rusty wheel; a hoot > an owl with bright eyes; a splash > a frog in the pond; a whisper > dry corn in the wind`).map(
    (entry) => entry.split(" > ") as [string, string],
  );

/** Adverb phrases for things that go wrong. */
export const BADLY = list(
  `badly; with a bump; in a mess; with a splash; in tears; on the ground; with a loud crash; in laughter; with a sigh`,
);

/** Adjectives of praise. */
export const PRAISE = list(
  `brave; kind; clever; good; strong; patient; helpful; wonderful; thoughtful; generous`,
);

/** Adverbs of a good sleep. */
export const WELL = list(
  `deeply; very well; like a stone; soundly; better than ever; without a worry; peacefully`,
);
