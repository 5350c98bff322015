/** Greetings, farewells and thanks. */
import type { Random } from "../../../src/base/index.ts";
import { ANIMAL_NAMES, PEOPLE_NAMES } from "../data/names.ts";
import { pick } from "../grammar/choose.ts";
import { type Exchange, filled } from "./conversation.ts";

const AGES = "four five six seven eight nine ten eleven twelve thirty forty".split(" ");
const NAMES = [...PEOPLE_NAMES, ...ANIMAL_NAMES];

/** What can be said, and what fits as an answer. {n} is a name. */
type Table = readonly (readonly [said: readonly string[], answers: readonly string[]])[];

const HELLO: Table = [
  [
    ["Hello.", "Hi!", "Hello!", "Hi.", "Hey!", "Hello, Cria!", "Hi Cria!", "Hey there.", "Hello there!"],
    [
      "Hello! What can I do for you?",
      "Hi! It is nice to see you. Shall I tell you a story?",
      "Hello! I am happy that you are here.",
      "Hi there! What would you like to talk about?",
      "Hello! How are you?",
    ],
  ],
  [
    ["Good morning!", "Good morning, Cria.", "Morning!"],
    ["Good morning! I hope you slept well.", "Good morning! What shall we do today?"],
  ],
  [
    ["Good evening!", "Good evening, Cria."],
    ["Good evening! Would you like a story before bed?", "Good evening! How was your day?"],
  ],
  [
    ["Good afternoon!", "Good afternoon to you."],
    ["Good afternoon! How can I help?", "Good afternoon! It is good to see you."],
  ],
  [
    ["Hello, I am {n}.", "Hi, I'm {n}!", "My name is {n}. Hello!", "Hey, {n} here."],
    ["Hello, {n}! Nice to meet you.", "Hi, {n}! I am Cria. What can I do for you?", "Nice to meet you, {n}!"],
  ],
  [
    ["How are you?", "How are you doing?", "Are you well?", "How do you feel today?", "Is everything fine?"],
    ["I am fine, thank you. And you?", "I am well, thank you for asking.", "Fine, thanks! How are you?"],
  ],
  [
    ["It is nice to talk to you.", "I am glad to meet you.", "Nice to see you!"],
    ["I am glad too!", "Thank you! It is nice to talk to you too.", "That makes me happy too."],
  ],
  [
    ["What is new?", "How is it going?", "How are things?", "Is there any news from you?", "How goes it?"],
    [
      "Not much is new here. How are you?",
      "All is well here, thank you.",
      "I am fine, and ready for a story.",
    ],
  ],
  [
    ["Are you there?", "Can you hear me?", "Are you ready?", "Wake up, Cria!", "Anybody home?"],
    ["Yes, I am here. Hello!", "Hello! Yes, I am awake and ready.", "Hi! I am here. What shall we do?"],
  ],
  [
    [
      "It is me again.",
      "I am back!",
      "Hi, it's me, {n}, again.",
      "We talked before, hello.",
      "I have come back.",
    ],
    [
      "Hello again! I am glad that you are back.",
      "Welcome back! What shall we do?",
      "Hi, nice to see you again!",
    ],
  ],
  [
    ["This is my first time here.", "We have not met before.", "I have never talked to you before. Hi."],
    ["Welcome! I am Cria. Nice to meet you.", "Hello and welcome! I am happy that you came."],
  ],
  [
    [
      "I want to say hello.",
      "Let me greet you!",
      "Greetings!",
      "Warm greetings from {n}.",
      "My cat says hi.",
      "I only came to say hello.",
      "Just a quick hello from me.",
      "I wanted to greet you.",
      "Saying hi is all I want.",
    ],
    ["Hello! That is very nice of you.", "Hi! Greetings to you too.", "Hello to you too!"],
  ],
  [
    [
      "It is my birthday today!",
      "I am seven years old today.",
      "Today I have my birthday.",
      "We have a birthday here!",
      "Guess what, it is my birthday!",
      "I turn {n2} today!",
      "My birthday is today. Hooray!",
      "Congratulate me, I have my birthday!",
    ],
    ["Happy birthday! I wish you a lovely day.", "Happy birthday to you!", "How nice! Happy birthday!"],
  ],
  [
    [
      "I am glad to see you.",
      "A pleasure to meet you.",
      "So nice to see you again.",
      "I am pleased to meet you.",
    ],
    ["I am glad too! Nice to meet you.", "Nice to meet you too!", "I am happy to see you too."],
  ],
];

const THANKS: Table = [
  [
    [
      "Thanks for the nice story.",
      "Thank you for this story!",
      "A lot of thanks for your story.",
      "Thanks a lot!",
      "Thank you so much for the fairy tale.",
      "Thank you for telling me that.",
      "Thanks, the story was lovely.",
      "I want to thank you for the stories.",
    ],
    [
      "You are welcome! I am glad that you liked it.",
      "You're welcome! Shall I tell another one?",
      "My pleasure! I like to tell stories.",
    ],
  ],
  [
    ["Thank you.", "Thanks!", "Thank you very much!", "Thanks, that helped.", "Great, thank you!"],
    ["You are welcome!", "You're welcome. I am happy to help.", "My pleasure!", "You are welcome! Any time."],
  ],
  [
    ["That was a good story.", "I liked that.", "Well done!", "That was nice.", "Good answer!"],
    [
      "Thank you! I am glad that you liked it.",
      "Thank you, that makes me happy.",
      "I am glad. Shall we go on?",
    ],
  ],
  [
    [
      "Thank you for the answer.",
      "Thanks for your help, Cria.",
      "You helped me a lot.",
      "Many thanks!",
      "I thank you.",
    ],
    ["You are welcome! I am glad that I could help.", "You're welcome!", "Any time! I am happy to help."],
  ],
  [
    [
      "You are nice.",
      "You are a good friend.",
      "That was so kind of you.",
      "You tell good stories.",
      "I like you.",
    ],
    ["Thank you! You are kind too.", "Thank you, I am happy to hear that.", "Thanks! That makes me glad."],
  ],
];

const GOODBYE: Table = [
  [
    [
      "Goodbye!",
      "Bye!",
      "Bye bye.",
      "I have to go now.",
      "I must leave.",
      "That is enough for now. Bye!",
      "Farewell!",
      "Farewell, Cria.",
      "Goodbye, my dear.",
      "Bye, my little friend!",
      "I say goodbye now, friend.",
      "Take care, friend.",
    ],
    ["Goodbye! Come back soon.", "Bye! Have a nice day.", "Goodbye, and take care!", "See you soon!"],
  ],
  [
    [
      "Good night.",
      "Good night, Cria!",
      "I am tired. Good night.",
      "Time for bed.",
      "I am off to bed.",
      "I have to go to bed now.",
      "I will go to bed soon.",
      "My bed is waiting for me.",
      "Bedtime! See you.",
    ],
    ["Good night! Sleep well.", "Good night, and sweet dreams!", "Sleep well! See you tomorrow."],
  ],
  [
    ["See you later.", "See you soon!", "Until next time."],
    ["See you soon! Take care.", "See you! It was nice to talk to you."],
  ],
  [
    [
      "My mother calls me, bye!",
      "I must go to work now.",
      "The bus is here, goodbye.",
      "I will go and play outside now.",
    ],
    ["Goodbye! Have a good time.", "Bye! Have a nice day, and take care.", "See you soon! Have fun."],
  ],
  [
    ["We will talk tomorrow.", "I will be back in the evening.", "Let us talk again on Sunday.", "So long!"],
    ["See you then! Take care.", "Goodbye until then!", "See you soon. I will be here."],
  ],
  [
    ["I am sleepy now.", "It is late, I will sleep.", "I go to sleep now.", "My eyes are closing."],
    ["Good night! Sleep well.", "Sleep well, and sweet dreams!", "Good night, see you tomorrow."],
  ],
];

function from(random: Random, table: Table): readonly Exchange[] {
  const [said, answers] = pick(random, table);
  const fillers = { n: pick(random, NAMES), n2: pick(random, AGES) };
  return [[filled(pick(random, said), fillers), filled(pick(random, answers), fillers)]];
}

export const greeting = (random: Random): readonly Exchange[] => from(random, HELLO);
export const thanks = (random: Random): readonly Exchange[] => from(random, THANKS);
export const farewell = (random: Random): readonly Exchange[] => from(random, GOODBYE);
