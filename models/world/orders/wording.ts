/** How stories are ordered: about {x}, a noun phrase, or in which {x}, a sentence. */
import { ORDER } from "../conversations/stories.ts";

export const ABOUT: readonly string[] = [
  ...ORDER,
  "I want a story about {x}.",
  "I want to hear a story about {x}.",
  "Tell me about {x}.",
  "Tell me a bedtime story about {x}.",
  "Tell a story with {x}.",
  "Make a story about {x}.",
  "Write about {x}.",
  "Please write a short story with {x} in it.",
  "Write a story with {x}.",
  "Please tell me a story about {x}.",
  "Write me a little story about {x}.",
  "Give me a story about {x}.",
  "Now a story about {x}.",
  "Could you write a story about {x}?",
];

export const IN_WHICH: readonly string[] = [
  "Write a story in which {x}.",
  "Tell me a story in which {x}.",
  "I would like a story where {x}.",
  "Tell how {x}.",
  "Make up a story in which {x}.",
];
