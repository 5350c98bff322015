/**
 * Training text of the story model: files in a folder of training text, by source, with their licences. The world and
 * its tales are generated (models/world); all other text was written by people or, for TinyStories, by a language
 * model. The recipes of the stages have each source's share.
 */
import type { Wanted } from "../world/generate.ts";

/** Text of the little world. */
export interface Generated extends Omit<Wanted, "keep"> {
  /** true: only documents that pass the checks of stories are kept. */
  readonly coherent?: true;
  /** true: the vocabulary is made without it. */
  readonly afterVocabulary?: true;
}

export interface Source {
  readonly name: string;
  /** Files in the data folder. */
  readonly files: readonly string[];
  readonly generated?: Generated;
  readonly licence: string;
  /** Attribution text. */
  readonly attribution: string;
  /** Largest mean sentence length of a document, in words; other documents are skipped. */
  readonly longestSentences: number;
}

const SIMPLE = [
  "bailey-sleepy-time-tales",
  "barnum-kneetime-animal-stories",
  "bonner-365-bedtime-stories",
  "burgess-green-forest",
  "first-and-second-readers",
  "garis-curlytops",
  "garis-uncle-wiggily-and-bedtime",
  "gruelle-raggedy-ann",
  "hope-bobbsey-twins",
  "hope-bunny-brown",
  "hope-make-believe-stories",
  "hope-six-little-bunkers",
  "little-animal-stories",
  "mitchell-here-and-now",
  "pierson-among-the-people",
  "story-tellers",
  "sunny-boy-blossoms-mary-jane",
].map((name) => `training2/gutenberg-simple/${name}.txt.gz`);

export const SOURCES: readonly Source[] = [
  {
    name: "tinystories",
    files: ["training2/tinystories/tinystories-v2-train-head.txt.gz", "training/tinystories_sample.txt"],
    licence: "CDLA-Sharing-1.0",
    attribution: "TinyStories, Ronen Eldan and Yuanzhi Li",
    longestSentences: 20,
  },
  {
    name: "world",
    files: [],
    generated: { bytes: 24e6, seed: 11 },
    licence: "MIT, as this project",
    attribution: "models/world",
    longestSentences: 20,
  },
  {
    name: "readers",
    files: SIMPLE,
    licence: "public domain in the USA",
    attribution: "Project Gutenberg: Bailey, Hope, Garis, Barnum, Burgess and others, 1897 to 1928",
    longestSentences: 15,
  },
  {
    name: "storybooks",
    files: [
      "training2/storybooks-cc-by/african-storybook-en.jsonl.gz",
      "training2/storybooks-cc-by/pratham-storyweaver-en.jsonl.gz",
    ],
    licence: "CC BY 4.0",
    attribution: "African Storybook and StoryWeaver (Pratham Books); authors in the data's fields",
    longestSentences: 15,
  },
  {
    name: "fables",
    files: [
      "training2/gutenberg-children/aesop-for-children-1919.txt.gz",
      "training2/fairytaleqa/stories.txt.gz",
    ],
    licence: "public domain; FairytaleQA's selection Apache-2.0",
    attribution: "The Aesop for Children (1919); FairytaleQA",
    longestSentences: 18,
  },
  {
    name: "tales",
    files: [],
    generated: { bytes: 20e6, seed: 12, only: ["story"], afterVocabulary: true },
    licence: "MIT, as this project",
    attribution: "models/world, only stories",
    longestSentences: 20,
  },
  {
    name: "scenes",
    files: [],
    generated: { bytes: 20e6, seed: 13, kind: "scene", coherent: true, afterVocabulary: true },
    licence: "MIT, as this project",
    attribution: "models/world, short stories that begin with a scene and pass the checks below",
    longestSentences: 20,
  },
  {
    name: "plain",
    files: [],
    generated: { bytes: 12e6, seed: 14, kind: "plain", coherent: true, afterVocabulary: true },
    licence: "MIT, as this project",
    attribution: "models/world, short stories that begin plainly and pass the checks below",
    longestSentences: 20,
  },
  {
    name: "little-fables",
    files: [],
    generated: { bytes: 14e6, seed: 15, kind: "fable", coherent: true, afterVocabulary: true },
    licence: "MIT, as this project",
    attribution:
      "models/world, fables whose first sentence says what they are about, that pass the checks below",
    longestSentences: 20,
  },
  {
    name: "familiar-fables",
    files: [],
    generated: { bytes: 12e6, seed: 16, kind: "familiar", coherent: true, afterVocabulary: true },
    licence: "MIT, as this project",
    attribution: "models/world, fables whose heroes often have common names, that pass the checks below",
    longestSentences: 20,
  },
  {
    name: "varied-fables",
    files: [],
    generated: { bytes: 12e6, seed: 17, kind: "varied", coherent: true, afterVocabulary: true },
    licence: "MIT, as this project",
    attribution: "models/world, fables with further first sentences, that pass the checks below",
    longestSentences: 20,
  },
  {
    name: "more-fables",
    files: [],
    generated: { bytes: 14e6, seed: 18, kind: "varied", coherent: true, afterVocabulary: true },
    licence: "MIT, as this project",
    attribution: "models/world, fables as before with still more first sentences, that pass the checks below",
    longestSentences: 20,
  },
];

/** Entirely held out, never trained on. */
export const HELD_OUT = "training2/tinystories/tinystories-valid-head.txt.gz";
