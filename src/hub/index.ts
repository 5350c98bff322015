/**
 * Models by name: references, the store that Cria shares with Hugging Face's programs, and the transfer that fills it.
 * docs/hub.md describes the rules.
 */
export { setAlias } from "./aliases.ts";
export type { Arrival } from "./arrival.ts";
export { type FindOptions, type FoundModel, findModel, findStored } from "./find.ts";
export { fitsMemory } from "./fit.ts";
export { obligationsOf } from "./obligations.ts";
export { type PulledModel, type PullOptions, pull } from "./pull.ts";
export { type Plan, planRepository, pullRepository } from "./pull-repository.ts";
export { type QuantisationRow, type QuantisationTable, quantisationTable } from "./quantisations.ts";
export { formatReference, type HubReference, parseReference, type Reference } from "./reference.ts";
export { type FoundRepository, HubClient } from "./repository/client.ts";
export { type HubSettings, hubSettings } from "./settings.ts";
export { listStore, type StoredModel } from "./store/list.ts";
export { pruneStore, type Removal, removeFromStore } from "./store/remove.ts";
export { type VerifyOptions, type VerifyReport, verifyStore } from "./store/verify.ts";
export { type AcceptLicence, describeLicence, type Terms } from "./terms.ts";
export type { ReportProgress, TransferProgress } from "./transfer/progress.ts";
