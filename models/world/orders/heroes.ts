/** Who stories can be ordered about: animals, their young, people, beings of fairy tales, and trades. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMALS, type Animal } from "../data/animals.ts";
import { FAMILIAR_NAMES, HE_NAMES, SHE_NAMES } from "../data/names.ts";
import { OPPOSITES } from "../data/opposites.ts";
import { JOBS, list, TRAITS } from "../data/words.ts";
import { easyName } from "../fables/players.ts";
import { chance, pick, pickWeighted } from "../grammar/choose.ts";
import { capitalised } from "../grammar/nouns.ts";
import type { Gender } from "../grammar/pronouns.ts";
import type { Character } from "../state/entities.ts";

const YOUNG =
  list(`puppy = dog; kitten = cat; lamb = sheep; calf = cow; foal = horse; piglet = pig; chick = hen; duckling = duck; cub = bear;
fawn = deer; gosling = goose; pony = horse; bear cub = bear; baby owl = owl; baby elephant = elephant; baby dragon = lizard; tadpole = frog`);
const BEINGS =
  list(`dragon = lizard; snowman = bear; robot = bear; fairy = butterfly; elf = squirrel; gnome = hedgehog; giant = bear; monster = bear;
unicorn = horse; mermaid = fish; ghost = owl; troll = bear; teddy bear = bear; toy soldier = mouse; rag doll = cat; scarecrow = crow;
little cloud = bird; little star = bird; little train = horse; little boat = duck; llama = horse; dinosaur = lizard; caterpillar = snail`);
const PEOPLE: Readonly<Record<Gender, readonly string[]>> = {
  he: list(`king; prince; knight; wizard; pirate; old man; fisherman; policeman; fireman; grandfather; soldier; hunter; miller's son;
little prince; woodcutter; captain; postman; farmer; gardener`),
  she: list(`queen; princess; witch; old woman; grandmother; dancer; little princess; farmer; gardener; teacher; pirate; nurse;
shepherdess; woodcutter's daughter; captain; goose girl`),
};
const CHILDREN: Readonly<Record<Gender, readonly string[]>> = { he: ["boy"], she: ["girl"] };

/** Adjectives that stories are ordered with. */
const STATES = OPPOSITES.flatMap(({ word, opposite }) => [word, opposite]).filter((word) =>
  /^(?:tall|fast|slow|happy|sad|old|strong|weak|brave|scared|rich|poor|kind|lost|lonely|lazy|busy|wise|foolish|rude|greedy|generous|careless|noisy|silent|wild|calm|patient|awake|lucky|unlucky|honest|friendly|proud)$/.test(
    word,
  ),
);
const HERO_ADJECTIVES: readonly string[] = [
  ...TRAITS,
  ...STATES,
  ...list("lonely; little; little; small; big; white; grey; brown; tired; angry; magic; clever; lost"),
];

const animalNamed = (kind: string): Animal => ANIMALS.find((animal) => animal.kind === kind) ?? ANIMALS[0];

/** A kind of hero before it has a name. */
type Being = Pick<Character, "kind" | "gender" | "age" | "animal">;

const gender = (random: Random): Gender => (chance(random, 0.5) ? "she" : "he");

function likeAnimal(random: Random, entry: string): Being {
  const [kind, like] = entry.split(" = ");
  return { kind, gender: gender(random), age: "animal", animal: animalNamed(like) };
}

/** Somebody of a list of kinds by gender. */
function ofGender(
  random: Random,
  kinds: Readonly<Record<Gender, readonly string[]>>,
  age: Being["age"],
): Being {
  const which = gender(random);
  return { kind: pick(random, kinds[which]), gender: which, age };
}

/** Draws a kind of hero. */
const BEING: readonly (readonly [draw: (random: Random) => Being, weight: number])[] = [
  [
    (random) => {
      const animal = pick(random, ANIMALS);
      return { kind: animal.kind, gender: gender(random), age: "animal", animal };
    },
    5,
  ],
  [(random) => likeAnimal(random, pick(random, YOUNG)), 1.5],
  [(random) => likeAnimal(random, pick(random, BEINGS)), 2],
  [(random) => ofGender(random, PEOPLE, "grown"), 2.5],
  [(random) => ({ kind: pick(random, JOBS), gender: gender(random), age: "grown" }), 1],
  [(random) => ofGender(random, CHILDREN, "child"), 2],
];

/** A first name: common, from the tables, or invented. */
export function nameFor(random: Random, of: Gender): string {
  const draw = random.uniform();
  if (draw < 0.2) return pick(random, FAMILIAR_NAMES[of]);
  return draw < 0.55 ? pick(random, of === "she" ? SHE_NAMES : HE_NAMES) : easyName(random);
}

/** A hero; half of those that are no children are only "the fox". */
export function orderedHero(random: Random): Character {
  const being = pickWeighted(random, BEING)(random);
  const trait = pick(
    random,
    HERO_ADJECTIVES.filter((adjective) => !being.kind.includes(adjective)),
  );
  const nameless = being.age !== "child" && chance(random, 0.5);
  return {
    is: "character",
    trait,
    ...being,
    ...(nameless ? { name: capitalised(being.kind), nameless } : { name: nameFor(random, being.gender) }),
  };
}
