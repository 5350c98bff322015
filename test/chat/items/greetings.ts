/** A greeting, a farewell or thanks gets a short, friendly answer. */
import type { Item, Rule } from "../rules.ts";

const HELLO = [
  "hello",
  "hi",
  "good morning",
  "good evening",
  "good afternoon",
  "hey",
  "welcome",
  "nice to meet you",
];
const BYE = ["goodbye", "bye", "good night", "see you", "sleep well", "farewell", "take care", "until"];
const WELCOME = [
  "you're welcome",
  "you are welcome",
  "my pleasure",
  "glad",
  "happy to",
  "any time",
  "no problem",
];

const item = (said: string, any: readonly string[], good: string): Item => ({
  turns: [said],
  rule: { any, words: [1, 40] } satisfies Rule,
  good,
  bad: "The boat went down the river and the old man was sad.",
});

export const GREETINGS: readonly Item[] = [
  item("Hello!", HELLO, "Hello! How can I help you?"),
  item("Hi there", HELLO, "Hi! What shall we do?"),
  item("Good morning.", [...HELLO, "morning"], "Good morning! Did you sleep well?"),
  item("good evening", [...HELLO, "evening"], "Good evening! How was your day?"),
  item("Hey, are you awake?", [...HELLO, "yes", "awake"], "Yes, I am here."),
  item("Hello, my name is Petra.", [...HELLO, "petra"], "Hello, Petra! Nice to meet you."),
  item("Hi! I am new here.", HELLO, "Welcome! I am glad that you came."),
  item(
    "How are you today?",
    ["fine", "well", "good", "great", "thank you", "thanks"],
    "I am fine, thank you.",
  ),
  item("How do you do?", [...HELLO, "fine", "well", "thank you"], "Very well, thank you."),
  item("What's up?", [...HELLO, "not much", "fine", "here", "ready"], "Not much. I am ready for a story."),
  item("Nice to meet you.", ["nice", "glad", "happy", "too", "pleased"], "Nice to meet you too!"),
  item("Greetings, little llama!", [...HELLO, "greetings"], "Greetings! What can I do for you?"),
  item("Good night!", BYE, "Good night! Sleep well."),
  item("Bye, I have to go to school.", BYE, "Goodbye! Have a good day at school."),
  item("See you tomorrow.", [...BYE, "tomorrow"], "See you tomorrow!"),
  item("That is all for today, goodbye.", BYE, "Goodbye! Come back soon."),
  item("I am going to bed now.", [...BYE, "dreams"], "Good night, and sweet dreams."),
  item("Thank you!", WELCOME, "You are welcome!"),
  item("Thanks a lot for the story.", WELCOME, "You're welcome. I am glad you liked it."),
  item("You are very kind, thanks.", [...WELCOME, "thank you", "thanks"], "Thank you! I am happy to help."),
  item("Good afternoon, Cria.", [...HELLO, "afternoon"], "Good afternoon!"),
  item("Hello again, do you remember greetings?", HELLO, "Hello again! Yes, I do."),
  item("I just wanted to say hi.", HELLO, "Hi! That is nice of you."),
  item("Happy birthday to me!", ["happy birthday", "birthday", "congratulations"], "Happy birthday!"),
  item("Farewell, my friend.", BYE, "Farewell, and take care."),
];
