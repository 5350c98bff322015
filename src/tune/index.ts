/** Fine-tuning: conversations become examples with exact loss masks, and a run trains all weights or an adapter. */
export { readConversations } from "../data/index.ts";
export { LEARNT, type Learnt, LONG, type Long, METHODS, type Method } from "./choices.ts";
export {
  type EncodedExample,
  type EncodeSettings,
  encodeExample,
  explainExample,
  type Part,
} from "./example.ts";
export {
  type Dropped,
  ExampleSet,
  makeExampleSet,
  type SetOptions,
  type SetReport,
} from "./example-set.ts";
export { type LowRankSpec, lowRankPart, trainedLayers } from "./low-rank-part.ts";
export type { Prepared } from "./prepare.ts";
export { PUBLISHED, type PublishedName, type PublishedRecipe } from "./published.ts";
export { checkTuneRecipe, defineTuneRecipe, type TuneRecipe } from "./recipe.ts";
export { describeFinetune, type FinetuneOptions, finetune } from "./run.ts";
export { type ChosenTemplate, chooseTemplate } from "./template.ts";
