/** Conversations as they are kept: a tree of messages, of which one path is shown. */
import type { ChatSettings } from "../settings/chat-settings.ts";

export interface Conversation {
  readonly id: string;
  readonly title: string;
  readonly isPinned: boolean;
  readonly created: number;
  readonly updated: number;
  /** When it was deleted; it can be restored for a while. */
  readonly deleted?: number;
  /** The last message of the path that is shown; undefined if there is none. */
  readonly head?: string;
  readonly settings: ChatSettings;
}

export type Role = "user" | "assistant" | "tool";

/** "running" while it is generated; "interrupted" if the page that generated it is gone. */
export type MessageState = "whole" | "running" | "stopped" | "failed" | "interrupted";

export interface Message {
  readonly id: string;
  readonly conversation: string;
  /** The message before it; undefined for the first. */
  readonly parent?: string;
  readonly role: Role;
  readonly created: number;
  readonly text: string;
  /** What a server reports as reasoning, apart from the text. */
  readonly reasoning?: string;
  readonly calls?: readonly Call[];
  /** For the result of a call. */
  readonly callId?: string;
  readonly attachments?: readonly Attachment[];
  readonly state: MessageState;
  readonly error?: string;
  readonly stats?: Stats;
  readonly tokens?: readonly TokenChoice[];
}

/** A function that the model calls. */
export interface Call {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

export interface Attachment {
  readonly name: string;
  readonly type: string;
  readonly text: string;
  /** Undefined if nobody has counted them. */
  readonly tokens?: number;
}

export interface Stats {
  readonly model: string;
  readonly seed: number;
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly tokens: number;
  /** Until the first token, and from it to the end, in seconds. */
  readonly firstTokenSeconds: number;
  readonly seconds: number;
  readonly reasoningSeconds?: number;
  readonly finish?: string;
}

/** A generated token with its alternatives. */
export interface TokenChoice {
  /** Where its text begins in the message. */
  readonly from: number;
  readonly text: string;
  /** Natural logarithm of its probability. */
  readonly logprob: number;
  readonly top: readonly { readonly text: string; readonly logprob: number }[];
}
