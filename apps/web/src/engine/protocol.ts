/** What the page and its engine's worker say to each other. */
import type { AnswerEvent, AnswerRequest, ModelState, ShownPrompt } from "./engine.ts";

/** Where a model of this browser comes from. */
export type ModelSource =
  /** The model that lies beside the page. */
  | { readonly kind: "package" }
  /** A file of the person's disk, kept in the origin's private files. */
  | { readonly kind: "file"; readonly name: string }
  /** The same, not kept. */
  | { readonly kind: "memory"; readonly file: File }
  /** `hf:owner/repo:Q4_0`, or an address. */
  | { readonly kind: "reference"; readonly reference: string };

/** A step of a long call. */
export interface Progress {
  readonly step: "fetch" | "prepare";
  readonly done: number;
  readonly total: number;
}

/** A licence that must be accepted before a model is fetched. */
export interface LicenceTerms {
  readonly license: string;
  readonly text: string;
  /** Of the terms: what is accepted is this text. */
  readonly digest: string;
}

/** Calls by name: what they take, what they report on the way, what they return. */
export interface Calls {
  readonly open: { takes: ModelSource; reports: Progress; returns: ModelState };
  readonly activity: { takes: null; reports: never; returns: ModelState };
  readonly answer: { takes: AnswerRequest; reports: AnswerEvent; returns: null };
  readonly countTokens: { takes: string; reports: never; returns: number };
  readonly prompt: { takes: Pick<AnswerRequest, "turns">; reports: never; returns: ShownPrompt };
  readonly pull: {
    /** `accept`: digest of the terms that the person has accepted. */
    takes: { readonly reference: string; readonly accept?: string };
    reports: Progress | LicenceTerms;
    returns: { readonly reference: string; readonly byteLength: number };
  };
  readonly remove: { takes: string; reports: never; returns: null };
}
export type CallName = keyof Calls;

export type ToWorker =
  | { readonly id: number; readonly call: CallName; readonly value: unknown }
  | { readonly id: number; readonly abort: true };

export type FromWorker =
  | { readonly id: number; readonly report: unknown }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** Files of the person's disk are kept in this folder of the origin's private files. */
export const LOCAL_FOLDER = "cria-local";
