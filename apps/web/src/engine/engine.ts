/** What answers a conversation: a server of models, or the engine in the page. Views know only this. */
import type { ModelAbout } from "cria/browser";
import type { Cell } from "../base/cell.ts";
import type { ChatSettings } from "../settings/chat-settings.ts";
import type { LicenceTerms, Progress } from "./protocol.ts";

/** A message as the model gets it. */
export interface Turn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

export interface AnswerRequest {
  /** If the last turn is the assistant's, the answer continues it. */
  readonly turns: readonly Turn[];
  readonly settings: ChatSettings;
  readonly seed: number;
}

/** A possible token. */
export interface Choice {
  readonly text: string;
  readonly logprob: number;
}

/** What happens while an answer is generated. */
export type AnswerEvent =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly choices?: readonly (Choice & { readonly top: readonly Choice[] })[];
    }
  | { readonly kind: "reasoning"; readonly text: string }
  | {
      readonly kind: "call";
      readonly index: number;
      readonly id?: string;
      readonly name?: string;
      readonly arguments: string;
    }
  | {
      readonly kind: "usage";
      readonly promptTokens: number;
      readonly cachedTokens: number;
      readonly tokens: number;
    }
  | { readonly kind: "end"; readonly finish: string };

/** A part of a prompt. */
export interface PromptSegment {
  readonly text: string;
  /** True for the template's own text. */
  readonly special: boolean;
  /** Index of the message that it comes from. */
  readonly message?: number;
}

export interface ShownPrompt {
  readonly segments: readonly PromptSegment[];
  readonly tokens: readonly number[];
  readonly pieces: readonly string[];
}

/** What a loaded model does. */
export interface ModelActivity {
  readonly running: number;
  readonly waiting: number;
  /** Tokens of the longest text. */
  readonly context: number;
  readonly cacheBytes: number;
  readonly cachePages: { readonly total: number; readonly available: number };
  readonly backend: string;
}

export interface ModelState {
  readonly name: string;
  readonly memoryBytes: number;
  readonly places: number;
  readonly isLoaded: boolean;
  readonly about?: ModelAbout;
  readonly activity?: ModelActivity;
}

export interface EngineState {
  readonly models: readonly ModelState[];
  readonly adapters: readonly { readonly name: string; readonly base: string }[];
  readonly residentBytes?: number;
  /** Whether models can be fetched. */
  readonly canPull: boolean;
  readonly totals: { readonly tokens: number; readonly promptTokens: number; readonly cachedTokens: number };
}

/** A transfer or a model on its way into memory. */
export interface Work extends Progress {
  readonly name: string;
}

export interface FetchRequest {
  /** Digest of the terms that the person has accepted. */
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Called with a licence that is not accepted; the call then fails. */
  readonly terms: (terms: LicenceTerms) => void;
}

export interface Engine {
  readonly kind: "server" | "browser";
  /** What a person waits for. */
  readonly work: Cell<Work | undefined>;
  state(signal?: AbortSignal): Promise<EngineState>;
  /** Ends without an "end" event only by throwing. */
  answer(request: AnswerRequest, signal: AbortSignal): AsyncIterable<AnswerEvent>;
  countTokens(model: string | undefined, text: string): Promise<number>;
  prompt(request: Pick<AnswerRequest, "turns" | "settings">): Promise<ShownPrompt>;
  /**
   * Fetches a model. What has come stays when it is stopped.
   * @returns its name.
   */
  fetchModel(reference: string, request: FetchRequest): Promise<string>;
}

/** A failure in words for a person. */
export class EngineError extends Error {
  readonly kind: "unreachable" | "key" | "busy" | "refused";
  constructor(kind: EngineError["kind"], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "EngineError";
    this.kind = kind;
  }
}
