/** Animals and what is true of them. */

/** One kind of animal. */
export interface Animal {
  readonly kind: string;
  /** Where it lives, as the object of "in" or "on". */
  readonly home: string;
  /** What it eats, in the plural or as a mass. */
  readonly eats: string;
  /** How it moves, a base verb. */
  readonly moves: string;
  /** What its voice is, a base verb ("bark"), or nothing for the silent. */
  readonly voice: string;
  /** A thing that it has, with an article if it takes one. */
  readonly feature: string;
  readonly young: string;
  readonly size: "tiny" | "small" | "big";
  /** What it can do well, a base verb phrase. */
  readonly skill: string;
  /** Whether stories use it as a person who holds and carries things. */
  readonly acts: boolean;
}

/* kind; home; food; moves; voice; feature; young; size; skill. A star marks those who act in stories. */
const ROWS = `
*ant; in a little hill of sand; crumbs; crawl; ; six thin legs; young ant; tiny; carry things bigger than itself
*badger; in a deep burrow; roots and worms; trot; grunt; a striped face; cub; small; dig long tunnels
bat; in a dark cave; insects; fly; squeak; soft, thin wings; pup; small; find its way in the dark
*bear; in a warm cave; honey and berries; walk; growl; thick, brown fur; cub; big; climb tall trees
*beaver; in a house of sticks; bark and twigs; swim; whistle; a flat tail; kit; small; build a dam
bee; in a busy hive; nectar; fly; buzz; yellow and black stripes; young bee; tiny; make honey
*bird; in a nest; seeds and worms; fly; sing; bright feathers; chick; small; build a nest
*bunny; in a hole under the grass; carrots; hop; squeak; long, soft ears; kitten; small; hop very far
butterfly; among the flowers; nectar; flutter; ; two wings with bright spots; caterpillar; tiny; fly from flower to flower
camel; in the hot desert; dry grass; walk; grunt; a hump on its back; calf; big; go for days without water
*cat; in a cosy house; fish; creep; meow; soft paws and whiskers; kitten; small; land on its feet
chicken; in a coop; corn; strut; cluck; a red comb; chick; small; lay eggs
cow; in a green field; grass; walk; moo; two horns and a long tail; calf; big; give milk
crab; under a rock by the sea; seaweed; scuttle; ; two strong claws; young crab; small; walk sideways
*crow; at the top of an old tree; corn and nuts; fly; caw; shiny black feathers; chick; small; solve hard puzzles
*deer; in the quiet forest; leaves; leap; bleat; thin legs and big eyes; fawn; big; run without a sound
*dog; in a wooden kennel; bones; run; bark; a wagging tail; puppy; small; follow a smell
dolphin; in the blue sea; fish; swim; click; smooth, grey skin; calf; big; jump out of the water
*donkey; in an old barn; hay; trot; bray; very long ears; foal; big; carry heavy bags
*duck; on a pond; water plants; waddle; quack; a flat beak; duckling; small; swim and dive
eagle; on a high cliff; fish; soar; screech; strong wings; eaglet; big; see very far
*elephant; on the wide plain; leaves and fruit; walk; trumpet; a long trunk; calf; big; spray water
fish; in a clear stream; tiny plants; swim; ; shiny scales; young fish; small; breathe under water
*fox; in a den under a tree; berries and mice; trot; yelp; a bushy tail; cub; small; think of clever tricks
*frog; beside a pond; flies; hop; croak; smooth, green skin; tadpole; small; catch flies with its tongue
*giraffe; on the wide plain; leaves from tall trees; walk; hum; a very long neck; calf; big; reach the highest leaves
*goat; on a rocky hill; grass and thorns; climb; bleat; a little beard; kid; small; climb steep rocks
*goose; on a farm by the river; grass; waddle; honk; a long white neck; gosling; small; guard the yard
*hamster; in a nest of straw; seeds; scurry; squeak; round cheeks; pup; tiny; carry seeds in its cheeks
hawk; in a tall pine; small animals; glide; screech; sharp eyes; chick; small; spot a mouse from the sky
*hedgehog; under a pile of leaves; beetles; shuffle; snuffle; many sharp spines; hoglet; small; roll into a ball
*hen; in a warm coop; grain; strut; cluck; soft brown feathers; chick; small; keep its chicks warm
*hippo; in a muddy river; grass; wade; grunt; a huge mouth; calf; big; stay under water
*horse; in a stable; hay and apples; gallop; neigh; a long mane; foal; big; jump over fences
*kangaroo; on a dry plain; grass; leap; cough; a pouch at the front; joey; big; jump very high
*kitten; in a basket; milk and fish; creep; mew; tiny claws; kitten; tiny; climb up a curtain
*koala; in a gum tree; leaves; climb; grunt; round, fluffy ears; joey; small; sleep all day
ladybug; on a green leaf; tiny bugs; crawl; ; red wings with black spots; young ladybug; tiny; fold its wings under a shell
*lamb; in a meadow; fresh grass; skip; bleat; curly white wool; lamb; small; find its mother by her voice
*lion; on the golden plain; meat; prowl; roar; a thick mane; cub; big; roar so loud that the ground shakes
*lizard; on a warm stone; insects; dart; hiss; a long thin tail; young lizard; small; climb walls
*llama; on a high mountain; grass; walk; hum; thick, warm wool; cria; big; carry loads over mountains
*mole; in a tunnel; worms; dig; squeak; tiny eyes and big paws; pup; small; dig in the dark
*monkey; in the jungle; bananas; swing; chatter; a long, curly tail; infant; small; swing from branch to branch
moose; in the northern woods; water plants; wade; bellow; huge antlers; calf; big; walk through deep snow
*mouse; in a hole in the wall; cheese and crumbs; scurry; squeak; tiny pink ears; pup; tiny; slip through small holes
octopus; in a cave under the sea; crabs; glide; ; eight long arms; young octopus; big; change its colour
*otter; by the river; fish; swim; chirp; thick, wet fur; pup; small; float on its back
*owl; in a hollow tree; mice; glide; hoot; big round eyes; owlet; small; see in the dark
*panda; in a bamboo forest; bamboo; stroll; bleat; black patches around its eyes; cub; big; eat all day
*parrot; in the jungle; nuts and fruit; fly; squawk; red, green and blue feathers; chick; small; copy what people say
peacock; in a palace garden; seeds; strut; scream; a fan of shining feathers; chick; big; open its tail like a fan
*penguin; on the cold ice; fish; waddle; honk; a black back and a white belly; chick; small; slide on its belly
*pig; in a muddy pen; apples and corn; trot; oink; a curly tail; piglet; big; smell things under the ground
*pony; in a small stable; oats; trot; neigh; a short, thick mane; foal; big; pull a little cart
*puppy; in a soft basket; bones and biscuits; run; yap; floppy ears; puppy; small; dig up the garden
*rabbit; in a burrow; carrots and clover; hop; squeak; a fluffy white tail; kitten; small; hear the softest sound
*raccoon; in a hollow log; nuts and fish; climb; chatter; a black mask of fur; kit; small; open lids with its paws
rooster; on a farm; corn; strut; crow; a bright red comb; chick; small; wake everyone up
*seal; on an icy shore; fish; slide; bark; smooth, fat skin; pup; big; balance a ball on its nose
shark; in the deep sea; fish; swim; ; rows of sharp teeth; pup; big; smell things from far away
*sheep; on a green hill; grass; walk; bleat; thick, curly wool; lamb; big; keep warm in winter
snail; under a wet leaf; leaves; creep; ; a round shell on its back; young snail; tiny; carry its house
snake; in the tall grass; eggs and mice; slither; hiss; smooth, dry scales; young snake; small; move without legs
spider; in a corner; flies; crawl; ; eight legs; spiderling; tiny; spin a web
*squirrel; in an oak tree; nuts; scamper; chatter; a big fluffy tail; kit; small; remember where its nuts are
swan; on a quiet lake; water plants; glide; hiss; a long, curved neck; cygnet; big; glide over the water
*tiger; in the green jungle; meat; prowl; roar; orange fur with black stripes; cub; big; hide in tall grass
*turtle; near a pond; leaves and berries; crawl; ; a hard, round shell; hatchling; small; hide in its shell
whale; in the deep ocean; tiny shrimp; swim; sing; a tail as wide as a boat; calf; big; hold its breath for an hour
*wolf; in the dark forest; meat; run; howl; thick, grey fur; cub; big; hear a sound from miles away
*zebra; on the grassy plain; grass; gallop; bark; black and white stripes; foal; big; run very fast
`;

/** All animals. */
export const ANIMALS: readonly Animal[] = ROWS.trim()
  .split("\n")
  .map((row) => {
    const [kind, home, eats, moves, voice, feature, young, size, skill] = row
      .replace(/^\*/, "")
      .split(";")
      .map((field) => field.trim());
    const acts = row.startsWith("*");
    return { kind, home, eats, moves, voice, feature, young, size: size as Animal["size"], skill, acts };
  });
