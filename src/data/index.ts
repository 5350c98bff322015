/** Data for training: documents of any source. Knows vocabularies, but no model. */
export * from "./documents/index.ts";
