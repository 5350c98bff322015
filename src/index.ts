/**
 * Cria: LLaMA-family models in TypeScript.
 *
 *     import { load } from "cria";
 *     await using model = await load("model.gguf");
 *     for await (const piece of model.generate("Once upon a time", { maxTokens: 100 })) process.stdout.write(piece);
 */
export * from "./base/errors.ts";
export type { ModelConfig } from "./config/index.ts";
export type { ConversionReport, ConvertOptions } from "./convert/index.ts";
export * from "./generation/index.ts";
export {
  type AcceptLicence,
  type FoundRepository,
  type HubSettings,
  type Plan as PullPlan,
  type PulledModel,
  type PullOptions,
  pull,
  type Removal,
  type ReportProgress,
  type StoredModel,
  type Terms,
  type TransferProgress,
  type VerifyReport,
} from "./hub/index.ts";
export * from "./library/index.ts";
export { Tokenizer } from "./tokenizer/index.ts";
