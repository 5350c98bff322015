/** A document of the training text. */
import type { Random } from "../../../src/base/index.ts";

/** The kinds of documents. */
export type KindName =
  | "story"
  | "letter"
  | "description"
  | "dialogue"
  | "riddle"
  | "questions"
  | "instruction"
  | "words"
  | "scene"
  | "plain"
  | "fable"
  | "familiar"
  | "varied";

/** One line of the output. */
export interface WorldDocument {
  readonly kind: KindName;
  readonly text: string;
}

/** Writes one document. */
export type Writer = (random: Random) => string;
