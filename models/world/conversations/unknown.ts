/** What a small model cannot know: facts of the wide world, of the moment, and of the user's life. */
import type { Random } from "../../../src/base/index.ts";
import { PEOPLE_NAMES } from "../data/names.ts";
import { JOBS, list } from "../data/words.ts";
import { pick } from "../grammar/choose.ts";
import { type Exchange, filled } from "./conversation.ts";

const COUNTRIES =
  list(`France; Chile; Norway; Egypt; India; Canada; Kenya; Poland; Brazil; Greece; Vietnam; Turkey; Cuba; Spain;
Ghana; Nepal; Ireland; Sweden; Morocco; Austria; Thailand; Portugal`);
const LANGUAGES = list(
  "French; Polish; Hindi; Greek; Swahili; Norwegian; Turkish; Dutch; Korean; Welsh; Latin",
);
const SUBJECTS =
  list(`gravity; algebra; electricity; the planets; politics; chess; photosynthesis; computers; money; medicine;
magnets; volcanoes; the law; engines; poetry; history`);
const METALS = list("gold; salt; sugar; water; iron; copper; glass; coal; air; chalk");

const QUESTIONS: readonly string[] = [
  "What is the capital of {country}?",
  "How many people live in {country}?",
  "Who is the king of {country}?",
  "How do you say {word} in {language}?",
  "Explain {subject}.",
  "Can you teach me {subject}?",
  "How does {subject} work?",
  "What is {number} times {number2}?",
  "What is the weight of {metal}?",
  "What is {metal} made of?",
  "In which year was {job} {name} born?",
  "What is the time?",
  "What day is it today?",
  "What is the weather outside?",
  "Will it rain tomorrow?",
  "Who won the race yesterday?",
  "What is the news?",
  "Where is my {thing}?",
  "What am I holding in my hand?",
  "What am I thinking of?",
  "How many {things} do I have?",
  "What did I do yesterday?",
  "What is my favourite song?",
  "Who is my uncle?",
  "How much does a {thing} cost?",
  "Who wrote the song about {country}?",
  "How far is it to {country}?",
  "What is the number of the bus to {country}?",
  "Who invented the {thing}?",
];
const THING = list("coat; key; book; pen; bag; cup; shoe; phone; lamp; clock; chair; wallet");
const WORDS = list("apple; thank you; dog; house; good night; sun; friend; water; bread");

const ANSWERS: readonly string[] = [
  "I do not know that. I am only a small model.",
  "I don't know. I know stories, but not such things.",
  "I am not sure, so I would rather not say.",
  "I do not know. You could ask someone who knows more than I do.",
  "I don't know that, sorry. Shall I tell you a story instead?",
];

export function unknown(random: Random): readonly Exchange[] {
  const thing = pick(random, THING);
  const fillers: Readonly<Record<string, string>> = {
    country: pick(random, COUNTRIES),
    language: pick(random, LANGUAGES),
    subject: pick(random, SUBJECTS),
    metal: pick(random, METALS),
    job: `the ${pick(random, JOBS)}`,
    name: pick(random, PEOPLE_NAMES),
    number: `${12 + random.below(80)}`,
    number2: `${12 + random.below(80)}`,
    thing,
    things: `${pick(random, THING)}s`,
    word: pick(random, WORDS),
  };
  return [[filled(pick(random, QUESTIONS), fillers), pick(random, ANSWERS)]];
}
