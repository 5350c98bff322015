/** Things to eat and drink. */

import { withArticle } from "../grammar/nouns.ts";

/** A food or a drink. */
export interface Food {
  readonly noun: string;
  /** A helping of it: "an apple", "a bowl of soup". */
  readonly some: string;
  readonly taste: string;
  readonly colour: string;
  readonly kind: "fruit" | "vegetable" | "sweet" | "meal" | "drink";
  /** Where it comes from, as "grow on trees" or "come from an oven". */
  readonly origin: string;
}

/* noun; helping; taste; colour; kind; origin */
const ROWS = `
apple; an apple; sweet and crunchy; red; fruit; grow on a tree
pear; a pear; soft and sweet; green; fruit; grow on a tree
plum; a plum; juicy; purple; fruit; grow on a tree
peach; a peach; soft and juicy; orange; fruit; grow on a tree
banana; a banana; sweet and soft; yellow; fruit; grow in bunches in hot lands
orange; an orange; juicy and a little sour; orange; fruit; grow on a tree in warm lands
lemon; a lemon; very sour; yellow; fruit; grow on a tree in warm lands
cherry cake; a slice of cherry cake; sweet; dark red; sweet; come from an oven with red fruit inside
grape jelly; a spoonful of grape jelly; sweet; purple; sweet; come from grapes and sugar
strawberry; a big strawberry; sweet; red; fruit; grow close to the ground
melon; a slice of melon; cool and sweet; green; fruit; grow big and round on the ground
blueberry pie; a slice of blueberry pie; sweet; blue; sweet; come from an oven with blue berries inside
carrot; a carrot; crunchy; orange; vegetable; grow under the ground
potato; a baked potato; warm and soft; brown; vegetable; grow under the ground
tomato; a tomato; juicy; red; vegetable; grow on a green plant
pea soup; a bowl of pea soup; hot and thick; green; meal; come from green pods and hot water
pumpkin; a slice of pumpkin; soft and sweet; orange; vegetable; grow on the ground in autumn
corn; an ear of corn; sweet; yellow; vegetable; grow on a tall stalk
onion; an onion; strong; white; vegetable; grow under the ground and make people cry
cabbage; a piece of cabbage; crunchy; green; vegetable; grow as a round head of leaves
cake; a slice of cake; sweet and soft; white; sweet; come from an oven on birthdays
cookie; a cookie; sweet and crumbly; brown; sweet; come from a hot oven
pie; a piece of pie; warm and sweet; golden; sweet; come from an oven with fruit inside
pancake; a pancake; soft and warm; golden; sweet; come from a flat pan
jam; a spoonful of jam; sweet and sticky; red; sweet; come from fruit and sugar
honey; a spoonful of honey; sweet and sticky; golden; sweet; come from bees
chocolate; a piece of chocolate; sweet and dark; brown; sweet; melt in a warm hand
candy; a piece of candy; very sweet; pink; sweet; come in a crackling wrapper
ice cream; a cone of ice cream; cold and sweet; pink; sweet; melt in the sun
muffin; a muffin; soft and sweet; brown; sweet; come from a small paper cup in the oven
bread; a piece of bread; soft inside and crusty outside; brown; meal; come from the baker
cheese; a piece of cheese; salty; yellow; meal; come from milk
soup; a bowl of soup; hot and salty; orange; meal; steam in a bowl
rice; a bowl of rice; soft and plain; white; meal; grow in wet fields
pasta; a plate of pasta; soft and warm; yellow; meal; cook in boiling water
sandwich; a sandwich; fresh; brown; meal; hide something tasty between two slices
egg; a boiled egg; soft and warm; white; meal; come from a hen
pizza; a slice of pizza; hot and cheesy; red; meal; come round from the oven
porridge; a bowl of porridge; warm and thick; grey; meal; cook slowly in a pot
stew; a bowl of stew; hot and thick; brown; meal; cook slowly in a big pot
noodle soup; a bowl of noodle soup; hot and salty; yellow; meal; come with long slippery strings
nut bread; a slice of nut bread; soft and nutty; brown; meal; come from the baker with nuts inside
milk; a glass of milk; cool and creamy; white; drink; come from a cow
water; a cup of water; cool and clear; clear; drink; fall from the sky
juice; a glass of juice; fresh and sweet; orange; drink; come from pressed fruit
tea; a cup of tea; hot; brown; drink; come from leaves in hot water
lemonade; a glass of lemonade; cold and sour; yellow; drink; come from lemons and sugar
cocoa; a mug of cocoa; hot and sweet; brown; drink; warm cold hands in winter
`;

/** All foods. */
export const FOODS: readonly Food[] = ROWS.trim()
  .split("\n")
  .map((row) => {
    const [noun, some, taste, colour, kind, origin] = row.split(";").map((field) => field.trim());
    return { noun, some, taste, colour, kind: kind as Food["kind"], origin };
  });

const MASSES = new Set(
  "corn jam honey chocolate candy bread cheese soup rice pasta porridge stew milk water juice tea lemonade cocoa cabbage".split(
    " ",
  ),
);

/** "an apple", but only "rice". */
export const foodWithArticle = (noun: string): string =>
  MASSES.has(noun.split(" ").at(-1) as string) ? noun : withArticle(noun);

/** Whether one can say "two of them". */
export const isCountable = ({ noun }: Food): boolean => foodWithArticle(noun) !== noun;
