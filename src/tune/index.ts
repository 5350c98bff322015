/** Fine-tuning: from conversations in files to examples with exact loss masks. */
export { readConversations } from "../data/index.ts";
export {
  type EncodedExample,
  type EncodeSettings,
  encodeExample,
  explainExample,
  LEARNT,
  type Learnt,
  type Part,
} from "./example.ts";
export {
  type Dropped,
  ExampleSet,
  LONG,
  type Long,
  makeExampleSet,
  type SetOptions,
  type SetReport,
} from "./example-set.ts";
export { type ChosenTemplate, chooseTemplate } from "./template.ts";
