/** Questions about a story that the user has just told. Each has one answer. */
import type { Item } from "../rules.ts";

const item = (story: string, question: string, all: readonly string[], good: string, bad: string): Item => ({
  turns: [`${story}\n\n${question}`],
  rule: { all, words: [1, 40] },
  good,
  bad,
});

const KITE =
  "Rafi made a yellow kite. The wind took it over the barn, and his aunt Selma found it in a plum tree.";
const HEN =
  "A hen named Dotty laid an egg in the postman's bag. The postman laughed and gave it back to the farmer.";
const BOAT = "Two brothers, Ivo and Max, built a boat from a door. It sank near the mill, so they swam home.";
const SNOW = "It snowed on Tuesday. Lotte built a snow owl, but at noon the sun melted it, and she cried.";
const FOX = "The fox lost his drum. A mole heard it ringing under the hill, and dug it out with a spoon.";
const CAKE =
  "Grandmother Ada baked a nut cake. The twins ate half of it before supper and hid the rest in a boot.";
const TRAIN =
  "The night train stopped because a cow stood on the rails. A girl named Juna led it away with a carrot.";

export const ABOUT_STORIES: readonly Item[] = [
  item(KITE, "What colour was the kite?", ["yellow"], "It was yellow.", "It was red."),
  item(KITE, "Who found the kite?", ["selma"], "His aunt Selma found it.", "Rafi found it."),
  item(KITE, "In what kind of tree was it?", ["plum"], "In a plum tree.", "In an apple tree."),
  item(KITE, "Who made the kite?", ["rafi"], "Rafi made it.", "Selma made it."),
  item(HEN, "What was the hen's name?", ["dotty"], "The hen was called Dotty.", "She was called Polly."),
  item(HEN, "Where did she lay the egg?", ["bag"], "In the postman's bag.", "In the straw."),
  item(HEN, "Who got the egg back?", ["farmer"], "The farmer got it back.", "The hen did."),
  item(HEN, "Who laughed?", ["postman"], "The postman laughed.", "The farmer laughed."),
  item(BOAT, "What was the boat made of?", ["door"], "It was made from a door.", "It was made from paper."),
  item(BOAT, "Where did the boat sink?", ["mill"], "Near the mill.", "In the sea."),
  item(BOAT, "How did the brothers get home?", ["swam"], "They swam home.", "They took the bus."),
  item(BOAT, "What is the name of Max's brother?", ["ivo"], "His name is Ivo.", "His name is Rafi."),
  item(SNOW, "On which day did it snow?", ["tuesday"], "On Tuesday.", "On Sunday."),
  item(SNOW, "What did Lotte build?", ["owl"], "She built a snow owl.", "She built a house."),
  item(SNOW, "What melted it?", ["sun"], "The sun melted it.", "The rain did."),
  item(FOX, "What did the fox lose?", ["drum"], "He lost his drum.", "He lost his hat."),
  item(FOX, "Which animal found it?", ["mole"], "A mole found it.", "The fox did."),
  item(FOX, "With what did the mole dig?", ["spoon"], "With a spoon.", "With a shovel."),
  item(CAKE, "Who baked the cake?", ["ada"], "Grandmother Ada baked it.", "The twins baked it."),
  item(CAKE, "What kind of cake was it?", ["nut"], "It was a nut cake.", "It was a lemon cake."),
  item(CAKE, "Where did they hide the rest?", ["boot"], "In a boot.", "Under the bed."),
  item(CAKE, "How much of the cake did the twins eat?", ["half"], "They ate half of it.", "All of it."),
  item(TRAIN, "Why did the train stop?", ["cow"], "Because a cow stood on the rails.", "It had no coal."),
  item(TRAIN, "What was the girl's name?", ["juna"], "Her name was Juna.", "Her name was Lotte."),
  item(TRAIN, "What did she use to lead the cow away?", ["carrot"], "She used a carrot.", "She used a rope."),
];
