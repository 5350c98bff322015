/** The public API: `load` and the `Model` it returns, `inspectModel`, `loadTokenizer`, and all their options. */
export { aboutModel, type ModelAbout } from "./about.ts";
export { type ActOptions, type ActResult, defineTool, type RunnableTool } from "./act.ts";
export { ChatSession, type ChatSessionOptions } from "./chat-session.ts";
export { convertCheckpoint } from "./convert.ts";
export * from "./inspect.ts";
export { type LoadOptions, load } from "./load.ts";
export { type LoadTokenizerOptions, loadTokenizer } from "./load-tokenizer.ts";
export {
  type CacheOptions,
  type ChatOptions,
  type EmbedOptions,
  Model,
  type PromptOptions,
} from "./model.ts";
export { type AdapterSelection, ModelAdapter } from "./model-adapters.ts";
export {
  listModels,
  pruneModels,
  removeModel,
  type SearchOptions,
  type StoreOptions,
  searchModels,
  verifyModels,
} from "./models.ts";
export type { FetchOptions } from "./named-model.ts";
export type { SchemaValue, StandardSchema, ValueOf } from "./structured.ts";
export type { ToolOptions } from "./tool-plan.ts";
