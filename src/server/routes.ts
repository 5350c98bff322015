/** The table of routes. */
import { CHAT_COMPLETIONS } from "./openai/chat.ts";
import { MODEL_BY_NAME, MODELS } from "./openai/models.ts";
import { LIVENESS, METRICS, READINESS } from "./operation.ts";
import type { Route } from "./route.ts";

export const ROUTES: readonly Route[] = [
  CHAT_COMPLETIONS,
  MODELS,
  MODEL_BY_NAME,
  LIVENESS,
  READINESS,
  METRICS,
];
