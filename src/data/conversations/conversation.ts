/** A conversation or a plain text, as read from a file of any layout. */
import type { Problem } from "../../base/errors.ts";
import type { Place } from "../documents/index.ts";

/** A message. Templates that separate an instruction from its input read `input`; for others it follows the content. */
export interface Message {
  readonly role: string;
  readonly content: string;
  readonly input?: string;
  /** False: the file says that this message is not learnt (OpenAI's `weight: 0`). */
  readonly learnt?: boolean;
}

/** What one record of a file holds. */
export type RecordContent =
  | { readonly kind: "chat"; readonly messages: readonly Message[] }
  | { readonly kind: "pair"; readonly prompt: string; readonly completion: string }
  | { readonly kind: "text"; readonly text: string };

export interface Example {
  readonly content: RecordContent;
  readonly place: Place;
}

/** A record that cannot be used. Reading continues after it. */
export interface BadRecord {
  readonly place: Place;
  readonly problem: Problem;
}
