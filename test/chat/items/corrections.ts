/** The user corrects what was said, and asks: the corrected fact counts. */
import type { Item } from "../rules.ts";

interface Correction {
  readonly told: string;
  readonly reply: string;
  readonly correction: string;
  readonly question: string;
  readonly right: string;
  readonly wrong: string;
}

const item = ({ told, reply, correction, question, right, wrong }: Correction): Item => ({
  turns: [told, reply, correction, "All right, I see.", question],
  rule: { all: [right], none: [wrong], words: [1, 30] },
  good: `It is ${right}.`,
  bad: `It is ${wrong}.`,
});

const corrected = (what: string, wrong: string, right: string, question: string): Item =>
  item({
    told: `Tell me something about ${what}.`,
    reply: `The right word for that is: ${wrong}.`,
    correction: `No, the right word is ${right}, not ${wrong}.`,
    question,
    right,
    wrong,
  });

export const CORRECTIONS: readonly Item[] = [
  corrected("my scarf", "red", "green", "What colour is my scarf?"),
  corrected("the name of my goat", "Billy", "Hector", "What is my goat's name?"),
  corrected("my pet", "hamster", "parrot", "What pet do I have?"),
  corrected("the day of the fair", "Monday", "Thursday", "On which day is the fair?"),
  corrected("my house", "large", "small", "Is my house large or small?"),
  corrected("the soup", "cold", "hot", "How is the soup?"),
  corrected("the number of my cousins", "four", "six", "How many cousins do I have?"),
  corrected("my coat", "old", "new", "What is my coat like?"),
  corrected("what is in the box", "ball", "flute", "What is in the box?"),
  corrected("my uncle's work", "tailor", "smith", "What is my uncle?"),
  corrected("the door", "open", "closed", "Is the door open or closed?"),
  corrected("the colour of the boat", "white", "black", "What colour is the boat?"),
  corrected("my favourite drink", "milk", "tea", "What do I like to drink?"),
  corrected("the tallest tree here", "oak", "pine", "Which tree is the tallest here?"),
  corrected("my dog's age", "two", "seven", "How old is my dog?"),
  corrected("the weather", "sunny", "foggy", "What is the weather like?"),
  corrected("the name of the village", "Elmford", "Birkdale", "What is the village called?"),
  corrected("the hat on the shelf", "wool", "straw", "What is the hat made of?"),
  corrected("the bird outside", "crow", "robin", "Which bird is outside?"),
  corrected("the shape of the cake", "round", "square", "What shape is the cake?"),
  corrected("the season", "spring", "winter", "Which season is it?"),
  corrected("the key", "gold", "silver", "What is the key made of?"),
  corrected("my seat", "left", "right", "On which side is my seat?"),
  corrected("the horse's mood", "happy", "tired", "How is the horse?"),
  corrected("the prize", "book", "medal", "What is the prize?"),
];
