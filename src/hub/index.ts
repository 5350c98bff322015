/**
 * Models by name: references, the store that Cria shares with Hugging Face's programs, and the transfer that fills it.
 * docs/hub.md describes the rules.
 */
export { type BeforeFetch, type FindOptions, type FoundModel, findModel, findStored } from "./find.ts";
export { type PulledModel, type PullOptions, pull } from "./pull.ts";
export { type Plan, planRepository, pullRepository } from "./pull-repository.ts";
export { formatReference, type HubReference, parseReference, type Reference } from "./reference.ts";
export { type HubSettings, hubSettings } from "./settings.ts";
export type { ReportProgress, TransferProgress } from "./transfer/progress.ts";
