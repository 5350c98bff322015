/** Simple facts that every child knows, as questions and answers in rows: sounds, the young, legs, clothes, sayings. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS } from "../data/animals.ts";
import { FOODS } from "../data/foods.ts";
import { THINGS } from "../data/things/index.ts";
import { list } from "../data/words.ts";
import { pick, pickSome } from "../grammar/choose.ts";
import { capitalised, listOf, pluralOf, withArticle } from "../grammar/nouns.ts";
import type { Exchange } from "./conversation.ts";
import { COLOUR_NAMES, DAY_NAMES, INSTRUMENTS, TREES } from "./lists.ts";

type Asker = (random: Random) => Exchange;

const pairs = (text: string): readonly (readonly string[])[] => list(text).map((row) => row.split(" = "));

const SOUNDS =
  pairs(`dog = woof; cat = meow; cow = moo; duck = quack; sheep = baa; pig = oink; horse = neigh; hen = cluck; bee = buzz;
snake = hiss; owl = hoot; frog = croak; lion = roar; mouse = squeak; bird = tweet; goose = honk; donkey = hee-haw; crow = caw; wolf = howl;
rooster = cock-a-doodle-doo; turkey = gobble; chick = peep`);

const YOUNG =
  pairs(`dog = puppy; cat = kitten; cow = calf; horse = foal; sheep = lamb; hen = chick; duck = duckling; goose = gosling; goat = kid;
bear = cub; frog = tadpole; deer = fawn; pig = piglet; lion = cub; kangaroo = joey; owl = owlet; llama = cria; butterfly = caterpillar`);

const MAKES =
  pairs(`bees = honey; hens = eggs; cows = milk; spiders = webs; sheep = wool; bakers = bread; birds = nests; beavers = dams;
shoemakers = shoes; tailors = clothes; clouds = rain; potters = pots; ants = hills; apple trees = apples; gardeners = gardens`);

const LEGS =
  pairs(`spider = eight; ant = six; bee = six; beetle = six; butterfly = six; dog = four; cat = four; horse = four; cow = four;
mouse = four; frog = four; bird = two; duck = two; hen = two; person = two; snake = no; fish = no; worm = no; crab = ten; fly = six`);

const WORN =
  pairs(`head = a hat, a cap or a helmet; hands = gloves or mittens; neck = a scarf; feet = shoes, socks or boots; legs = trousers;
finger = a ring; wrist = a bracelet or a watch; back = a bag; eyes = glasses; body = a coat, a shirt or a dress`);

const MEANINGS =
  pairs(`water that froze = ice; frozen rain that falls in flakes = snow; water from the clouds = rain; hot water in the air = steam;
a house for a dog = a kennel; a house for a bee = a hive; a house for a bird = a nest; a place with many books = a library;
a person who bakes bread = a baker; a person who flies planes = a pilot; a person who catches fish = a fisherman;
a person who heals the sick = a doctor; a person who teaches children = a teacher; the first meal of the day = breakfast;
a very small house of cloth = a tent; a king's wife = a queen; a king's son = a prince; a king's big house = a castle;
a hole from which water comes = a spring; the time when it is dark = the night; a hill of sand = a dune; water with salt = the sea;
a lot of trees = a forest; a young person = a child; your mother's mother = your grandmother; your father's brother = your uncle`);

const ENDS =
  pairs(`At night we see the moon and the = stars; Birds have wings so that they can = fly; Fish swim in the = water; We sleep in a = bed;
In the evening the sun sets in the = west; In the morning we see the sun in the = east; Snow is cold and = white; Fire is = hot; Grass is = green; 
The sky is = blue; Honey tastes = sweet; Lemons taste = sour; A week has seven = days; A hand has five = fingers; A year has twelve = months;
We see with our = eyes; We hear with our = ears; We smell with our = nose; In winter it is = cold; In summer it is = warm; Cows eat = grass;
A cat catches = mice; We cut bread with a = knife; We eat soup with a = spoon; The opposite of day is = night; Roses smell = good;
When it rains, we take an = umbrella; A bicycle has two = wheels; The baker bakes = bread; Stones are = hard; Ice is = cold`);

const LIVES =
  pairs(`whales = in the sea; birds = in nests; bees = in a hive; foxes = in a den; bears = in a cave or in the forest; cows = on a farm;
monkeys = in the jungle; ducks = on a pond; camels = in the desert; rabbits = in a hole; frogs = near a pond; goldfish = in water;
crabs = in the sea, under rocks; sharks = in the ocean; people = in houses; spiders = in webs; horses = in a stable; moles = under the ground`);

const FLYERS = list(
  "bird; owl; crow; eagle; bee; butterfly; bat; duck; goose; sparrow; robin; swan; moth; hawk",
);
const SWIMMERS = list("fish; duck; frog; whale; dolphin; otter; swan; beaver; crab; penguin");
const FARM = list("cow; pig; hen; horse; goat; sheep; goose; donkey; dog; duck");

const GROUPS: readonly (readonly [name: string, members: readonly string[]])[] = [
  ["fruits", FOODS.filter(({ kind }) => kind === "fruit").map(({ noun }) => pluralOf(noun))],
  ["vegetables", FOODS.filter(({ kind }) => kind === "vegetable").map(({ noun }) => pluralOf(noun))],
  ["colours", COLOUR_NAMES],
  ["days of the week", DAY_NAMES],
  ["drinks", FOODS.filter(({ kind }) => kind === "drink").map(({ noun }) => noun)],
  ["toys", THINGS.filter(({ theme }) => theme === "toy").map(({ noun }) => withArticle(noun))],
  ["tools", THINGS.filter(({ theme }) => theme === "tool").map(({ noun }) => withArticle(noun))],
  ["animals", ANIMALS.map(({ kind }) => withArticle(kind))],
  ["animals with wings", FLYERS.map(withArticle)],
  ["animals that swim", SWIMMERS.map(withArticle)],
  ["animals of the farm", FARM.map(withArticle)],
  ["things that fly in the air", FLYERS.map(withArticle)],
  ["animals that can fly", FLYERS.map(withArticle)],
  ["animals that can swim", SWIMMERS.map(withArticle)],
  ["trees", TREES.map((tree) => `${withArticle(tree)} tree`)],
  ["instruments", INSTRUMENTS.map(withArticle)],
];

const ask = (random: Random, ...forms: readonly string[]): string => pick(random, forms);

/** "Bees make honey." Hens lay eggs, cows give milk. */
const verbFor = (what: string): string =>
  what === "eggs" ? "lay" : what === "milk" || what === "wool" ? "give" : "make";

export const KNOWLEDGE: readonly Asker[] = [
  (random) => {
    const [kind, sound] = pick(random, SOUNDS);
    const one = withArticle(kind);
    return [
      ask(
        random,
        `Which sound does ${one} make?`,
        `How does ${one} sound?`,
        `What noise does ${one} make?`,
        `What does ${one} say?`,
      ),
      ask(random, `${capitalised(one)} says ${sound}.`, `It says ${sound}.`, `${capitalised(sound)}!`),
    ];
  },
  (random) => {
    const [kind, sound] = pick(random, SOUNDS);
    const questions = [`Who says ${sound}?`, `Who goes ${sound}?`, `I hear ${sound}. Which animal is that?`];
    return [
      pick(random, questions),
      ask(random, `${capitalised(withArticle(kind))} does.`, `It is ${withArticle(kind)}.`),
    ];
  },
  (random) => {
    const [kind, young] = pick(random, YOUNG);
    const one = withArticle(kind);
    return [
      ask(
        random,
        `What is a baby ${kind} called?`,
        `How do we call the young of ${one}?`,
        `What is a young ${kind}?`,
      ),
      ask(random, `It is called ${withArticle(young)}.`, `${capitalised(withArticle(young))}.`),
    ];
  },
  (random) => {
    const [who, what] = pick(random, MAKES);
    const verb = verbFor(what);
    return [
      ask(random, `What comes from ${who}?`, `What do we get from ${who}?`, `Tell me what ${who} ${verb}.`),
      ask(random, `${capitalised(who)} ${verb} ${what}.`, `${capitalised(what)}.`),
    ];
  },
  (random) => {
    const [kind, count] = pick(random, LEGS);
    return [
      ask(
        random,
        `How many legs does ${withArticle(kind)} have?`,
        `Count the legs of ${withArticle(kind)}.`,
        `How many legs has ${withArticle(kind)}?`,
      ),
      `${capitalised(withArticle(kind))} has ${count} legs.`,
    ];
  },
  (random) => {
    const [part, worn] = pick(random, WORN);
    return [
      ask(
        random,
        `What goes on your ${part}?`,
        `What do people wear on the ${part}?`,
        `What can I put on my ${part}?`,
      ),
      ask(random, `You can wear ${worn}.`, `${capitalised(worn)}.`),
    ];
  },
  (random) => {
    const [meaning, word] = pick(random, MEANINGS);
    return [
      ask(
        random,
        `What do we call ${meaning}?`,
        `What is the word for ${meaning}?`,
        `How is ${meaning} called?`,
        `What is ${meaning} called?`,
      ),
      ask(random, `It is called ${word}.`, `${capitalised(word)}.`),
    ];
  },
  (random) => {
    const [begin, end] = pick(random, ENDS);
    const question = ask(
      random,
      `Finish this sentence: ${begin} …`,
      `How does it go on: ${begin} …`,
      `Fill in the last word: ${begin} …`,
      `Finish the sentence: ${begin} …`,
    );
    return [question, ask(random, `${begin} ${end}.`, `${capitalised(end)}.`)];
  },
  (random) => {
    const [who, where] = pick(random, LIVES);
    return [
      ask(random, `Where is the home of ${who}?`, `In what place do ${who} live?`),
      `${capitalised(who)} live ${where}.`,
    ];
  },
  (random) => {
    const [name, members] = pick(random, GROUPS);
    const [count, word] = pick(random, [
      [2, "two"],
      [3, "three"],
      [4, "four"],
    ] as const);
    const question = ask(
      random,
      `Tell me ${word} ${name}.`,
      `Can you name ${word} ${name}?`,
      `List ${word} ${name}.`,
      `Name ${word} ${name}.`,
    );
    return [question, `${capitalised(listOf(pickSome(random, members, count)))}.`];
  },
  (random) => {
    const { noun, use } = pick(
      random,
      THINGS.filter(({ use: what }) => !what.includes(" it")),
    );
    return [
      ask(random, `What can you do with ${withArticle(noun)}?`, `What is ${withArticle(noun)} for?`),
      `You can ${use}.`,
    ];
  },
];
