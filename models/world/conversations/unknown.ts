/** What a small model cannot know: facts of the wide world, of the moment, and of the user's life. */
import type { Random } from "../../../src/base/index.ts";
import { anyName } from "../data/invented.ts";
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
  "Which city is the largest of {country}?",
  "Who rules {country}?",
  "What language do people speak in {country}?",
  "When was the first {thing} made?",
  "What happened in {country} in {year}?",
  "What did people build in {year}?",
  "Who was born in {year}?",
  "How many {things} are in my room?",
  "How many people came to the fair yesterday?",
  "How high is the tallest mountain of {country}?",
  "How deep is the sea near {country}?",
  "What is {number} divided by {number2}?",
  "What is the root of {big}?",
  "Can you work out {big} plus {big2}?",
  "What is the name of my {person}?",
  "What does my {person} think of me?",
  "Where is my {person} at this moment?",
  "What is my {person} doing right now?",
  "How old is my {person}?",
  "What is the phone number of {name}?",
  "What is in my pocket?",
  "Which card did I draw?",
  "Guess what I had for breakfast.",
  "What colour is my shirt today?",
  "What did {name} say to me last week?",
  "What did they say on the radio today?",
  "Who called me this morning?",
  "Will I be rich one day?",
  "Which team will win tomorrow?",
  "What will happen next year?",
  "What do the stars say about me?",
  "How much money does {name} have?",
  "How much is a {thing} in {country}?",
  "Should I buy gold or silver?",
  "What is the secret word?",
  "What is written in the letter that I got?",
  "Who painted the picture in my room?",
  "Who sang the song that I like?",
  "Which film should I watch tonight?",
  "Tell me about the history of {country}.",
  "Tell me all about {subject}.",
  "Explain {subject} to me, please.",
  "What is the formula of {metal}?",
  "Why is {subject} so hard?",
  "What is the {language} word for {word}?",
  "Say {word} in {language}.",
  "How do I fix my {thing}?",
  "Which page of the book should I read?",
  "How far away is the moon tonight?",
  "How many fish swim in the sea?",
  "How many hairs does a cat have?",
];
const THING = list("coat; key; book; pen; bag; cup; shoe; phone; lamp; clock; chair; wallet");
const PERSONS = list(
  "teacher; doctor; boss; baker; friend; aunt; landlord; dentist; grandson; best friend; classmate",
);
const WORDS = list("apple; thank you; dog; house; good night; sun; friend; water; bread");

const ANSWERS: readonly string[] = [
  "I do not know that. I am only a small model.",
  "I don't know. I know stories, but not such things.",
  "I am not sure, so I would rather not say.",
  "I do not know. You could ask someone who knows more than I do.",
  "I don't know that, sorry. Shall I tell you a story instead?",
  "I do not know. I am a small model and know only a little.",
  "That is something that I do not know.",
];

export function unknown(random: Random): readonly Exchange[] {
  const thing = pick(random, THING);
  const fillers: Readonly<Record<string, string>> = {
    country: pick(random, COUNTRIES),
    language: pick(random, LANGUAGES),
    subject: pick(random, SUBJECTS),
    metal: pick(random, METALS),
    job: `the ${pick(random, JOBS)}`,
    name: anyName(random),
    number: `${12 + random.below(80)}`,
    number2: `${12 + random.below(80)}`,
    thing,
    things: `${pick(random, THING)}s`,
    word: pick(random, WORDS),
    year: `${1500 + random.below(500)}`,
    big: `${1000 + random.below(9000)}`,
    big2: `${1000 + random.below(9000)}`,
    person: pick(random, PERSONS),
  };
  return [[filled(pick(random, QUESTIONS), fillers), pick(random, ANSWERS)]];
}
