/** The assistant is wrong about something, and the user corrects it: from then on the corrected word counts. */
import type { Random } from "../../../src/base/index.ts";
import { OPPOSITES } from "../data/opposites.ts";
import { chance, pick, shuffled } from "../grammar/choose.ts";
import type { Exchange } from "./conversation.ts";
import { type ListName, oneOf, twoOf } from "./lists.ts";
import { fillSlots, tableOf } from "./slots.ts";

/** What is talked about, its possible words, the questions, and the answers. {y} is a thing, {x} the right word. */
interface Topic {
  readonly about: string;
  readonly x: ListName | readonly string[];
  readonly y: ListName | undefined;
  readonly asks: readonly string[];
  readonly answers: readonly string[];
}

const ANSWERS = ["It is {x}.", "It is {x}, as you told me.", "{x}."];

/* what is talked about | words of x | words of y | questions | answers */
const TOPICS: readonly Topic[] = tableOf(`
my {y} | colours | things | What colour is my {y}? / Which colour has my {y}? |
the colour of the {y} | colours | things | What colour is the {y}? |
the name of my {y} | names | animals | What is my {y}'s name? / What is my {y} called? |
the name of my {y} | animalNames | animals | What is the name of my {y}? |
my pet | animals | | What pet do I have? / Which animal do I have? | You have {an x}.
the day of the party | days | | On which day is the party? / When is the party? | It is on {x}. / On {x}.
my birthday | months | | In which month is my birthday? | It is in {x}.
the number of {+y} | numbers | things | How many {+y} are there? | There are {x}. / There are {x} {+y}.
what is in the {y} | things | hidden | What is in the {y}? | {An x} is in the {y}. / It is {an x}.
the work of my {y} | work | people | What is my {y}? / What does my {y} do? | Your {y} is {an x}. / {An x}.
my favourite drink | drinks | | What do I like to drink best? / What is my favourite drink? | You like {x}. / It is {x}.
my favourite food | foods | | What is my favourite food? | It is {x}.
the tree behind the house | trees | | Which tree stands behind the house? | It is {an x} tree. / {An x} tree.
the weather today | weather | | How is the weather? / What is the weather like today? |
the age of my {y} | numbers | animals | How old is my {y}? | It is {x} years old. / {x}.
the name of the town | villages | | What is the town called? / What is the name of the town? | It is called {x}.
the {y} on the table | materials | things | What is the {y} made of? | It is made of {x}.
the shape of the {y} | shapes | things | What shape has the {y}? / What shape is the {y}? |
the time of the year | seasons | | Which season do we have? / What season is it? |
the side of my bed | sides | | On which side is my bed? | It is on the {x} side. / On the {x}.
the mood of the {y} | moods | animals | How is the {y}? / How does the {y} feel? | It is {x}. / The {y} is {x}.
the present for my {y} | things | people | What is the present? / What does my {y} get? | It is {an x}. / {An x}.
the animal in the {y} | animals | places | Which animal is in the {y}? | It is {an x}. / {An x} is there.
what my {y} plays | instruments | people | What does my {y} play? | Your {y} plays the {x}.
my {y} | states | things | What is my {y} like? / How is my {y}? |
`).map(([about, x, y, asks, answers]) => ({
  about: about[0],
  x: x[0] as ListName,
  y: y[0] as ListName | undefined,
  asks,
  answers: answers.length === 0 ? ANSWERS : answers,
}));

const OPENINGS = [
  "What do you know about {about}?",
  "Say something about {about}.",
  "Guess a word for {about}.",
  "Let us talk about {about}.",
  "Can you tell me about {about}?",
  "I want to talk about {about}.",
];
const CLAIMS = [
  "I think it is: {w}.",
  "I would say {w}.",
  "Is it {w}?",
  "My answer is {w}.",
  "It is {w}, I believe.",
];
const CORRECTIONS = [
  "No, it is {x}, not {w}.",
  "That is wrong. It is {x}.",
  "Not {w}! It is {x}.",
  "No, not {w}. The word is {x}.",
  "You are wrong: say {x}, not {w}.",
  "It is not {w}. It is {x}.",
  "No, you should say {x} and not {w}.",
  "No, the answer is {x}.",
];
const SORRY = [
  "Oh, I see. Thank you.",
  "I am sorry. Now I know: {x}.",
  "All right, I was wrong.",
  "Thank you. I will remember that.",
  "I see, it is {x}.",
];
/** One of two opposites, with a question that names both. */
function eitherTopic(random: Random): Topic {
  const { word, opposite } = pick(random, OPPOSITES);
  const [one, other] = shuffled(random, [word, opposite]);
  const asks = [`Is the {y} ${one} or ${other}?`, "How is the {y}?"];
  return { about: "the {y}", x: [word, opposite], y: "things", asks, answers: ANSWERS };
}

/** The assistant's claim, which is not learnt, the correction, and the question. */
export function contradiction(random: Random): readonly Exchange[] {
  const topic = chance(random, 0.15) ? eitherTopic(random) : pick(random, TOPICS);
  const [x, w] = twoOf(random, topic.x);
  const values = { x, w, y: topic.y === undefined ? "" : oneOf(random, topic.y) };
  const fill = (texts: readonly string[]): string => fillSlots(pick(random, texts), values);
  const opening = pick(random, OPENINGS).replace("{about}", topic.about);
  return [
    [fillSlots(opening, values), fill(CLAIMS), true],
    [fill(CORRECTIONS), fill(SORRY)],
    [fill(topic.asks), fill(topic.answers)],
  ];
}
