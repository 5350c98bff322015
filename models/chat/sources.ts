/**
 * Training text of the chat model besides the little world's conversations: human-written sets of the data folder, with
 * their licences. Share-alike sets are left out, and so are those that a small storyteller should not learn from; the
 * README of this folder has the reasons.
 */
import { plainAnswer, smallTalk, storyQuestion } from "./filters.ts";
import type { Turn } from "./score.ts";

/** Turns of a record that are worth learning; undefined if there are none. */
export type Reader = (record: Readonly<Record<string, unknown>>) => readonly Turn[] | undefined;

export interface ChatSource {
  readonly name: string;
  readonly file: string;
  readonly licence: string;
  readonly attribution: string;
  readonly read: Reader;
  /** Smallest share of words that must be words of stories. */
  readonly known: number;
}

export const CHAT_SOURCES: readonly ChatSource[] = [
  {
    name: "small talk",
    file: "training2/chat/synthetic-persona-chat-valid-test.jsonl.gz",
    licence: "CC BY 4.0",
    attribution: "Synthetic-Persona-Chat, Google Research",
    read: smallTalk,
    known: 0.95,
  },
  {
    name: "tasks",
    file: "training2/chat/llms-from-scratch-instructions.jsonl.gz",
    licence: "Apache-2.0",
    attribution: "LLMs from Scratch, Sebastian Raschka",
    read: plainAnswer,
    known: 0.75,
  },
  {
    name: "story questions",
    file: "training2/fairytaleqa/questions.jsonl.gz",
    licence: "Apache-2.0; its stories are in the public domain",
    attribution: "FairytaleQA, UCI School of Education",
    read: storyQuestion,
    known: 0.94,
  },
];

/** TinyStories: the vocabulary of stories, the stories that are told to order, and most of the replay. */
export const STORIES = {
  files: ["training2/tinystories/tinystories-v2-train-head.txt.gz", "training/tinystories_sample.txt"],
  licence: "CDLA-Sharing-1.0",
  attribution: "TinyStories, Ronen Eldan and Yuanzhi Li",
} as const;

/** Older stories for the replay. */
export const READERS = {
  files: ["bailey-sleepy-time-tales", "pierson-among-the-people", "gruelle-raggedy-ann", "story-tellers"].map(
    (name) => `training2/gutenberg-simple/${name}.txt.gz`,
  ),
  licence: "public domain in the USA",
  attribution: "Project Gutenberg: Bailey, Pierson, Gruelle, Lindsay, Bryant and others",
} as const;
