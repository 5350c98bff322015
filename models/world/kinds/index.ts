/** All kinds of documents and how often each is written. */

import type { Random } from "../../../src/base/index.ts";
import { fables } from "../fables/index.ts";
import { pickWeighted } from "../grammar/choose.ts";
import { descriptionDocument } from "./description.ts";
import { dialogueDocument } from "./dialogue.ts";
import type { KindName, WorldDocument, Writer } from "./document.ts";
import { instructionDocument } from "./instruction.ts";
import { questionsDocument } from "./questions.ts";
import { riddleDocument } from "./riddle.ts";
import { letterDocument, shortStories, storyDocument } from "./story.ts";
import { wordsDocument } from "./words.ts";

/** By kind: the share of documents in percent, and who writes them. */
export const KINDS: Readonly<Record<KindName, { readonly percent: number; readonly write: Writer }>> = {
  story: { percent: 46, write: storyDocument },
  letter: { percent: 8, write: letterDocument },
  description: { percent: 9, write: descriptionDocument },
  dialogue: { percent: 8, write: dialogueDocument },
  riddle: { percent: 3, write: riddleDocument },
  questions: { percent: 13, write: questionsDocument },
  instruction: { percent: 11, write: instructionDocument },
  words: { percent: 2, write: wordsDocument },
  /** Only where they are requested: a file of all kinds keeps its bytes. */
  scene: { percent: 0, write: shortStories("scene") },
  plain: { percent: 0, write: shortStories("plain") },
  fable: { percent: 0, write: fables("plain") },
  familiar: { percent: 0, write: fables("familiar") },
  varied: { percent: 0, write: fables("varied") },
};

const SHARES = Object.entries(KINDS).map(([kind, { percent }]) => [kind as KindName, percent] as const);

/** A document of a kind drawn by its share. */
export function anyDocument(random: Random): WorldDocument {
  const kind = pickWeighted(random, SHARES);
  return { kind, text: KINDS[kind].write(random) };
}
export type { KindName, WorldDocument } from "./document.ts";
