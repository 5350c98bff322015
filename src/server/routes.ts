/** The table of routes. */
import { NATIVE_COMPLETION, NATIVE_INFILL } from "./native/completion.ts";
import { LORA_ADAPTERS } from "./native/lora.ts";
import { PROPERTIES, SLOTS } from "./native/properties.ts";
import { SLOT_ACTIONS } from "./native/slots.ts";
import { APPLIED_TEMPLATE, DETOKENIZED, TOKENIZED } from "./native/text.ts";
import { CHAT_COMPLETIONS } from "./openai/chat.ts";
import { TEXT_COMPLETIONS } from "./openai/completions.ts";
import { EMBEDDING_VECTORS, NATIVE_EMBEDDINGS } from "./openai/embeddings.ts";
import { MODEL_BY_NAME, MODELS } from "./openai/models.ts";
import { RERANKED } from "./openai/rerank.ts";
import { LIVENESS, METRICS, READINESS } from "./operation.ts";
import { MODEL_ACTIVITY, PROMPT, PULL } from "./page/index.ts";
import type { Route } from "./route.ts";

export const ROUTES: readonly Route[] = [
  CHAT_COMPLETIONS,
  TEXT_COMPLETIONS,
  EMBEDDING_VECTORS,
  RERANKED,
  MODELS,
  MODEL_BY_NAME,
  NATIVE_COMPLETION,
  NATIVE_INFILL,
  TOKENIZED,
  DETOKENIZED,
  APPLIED_TEMPLATE,
  NATIVE_EMBEDDINGS,
  PROPERTIES,
  SLOTS,
  SLOT_ACTIONS,
  LORA_ADAPTERS,
  MODEL_ACTIVITY,
  PROMPT,
  PULL,
  LIVENESS,
  READINESS,
  METRICS,
];
