/** Functions that a model may call, calls of them, and the parts of an answer that contains calls. */

/** A function, as templates and OpenAI's API describe it. */
export interface FunctionTool {
  readonly type: "function";
  readonly function: {
    /** Letters, digits, "_", "-" and "."; at most 64. */
    readonly name: string;
    readonly description?: string | undefined;
    /** JSON Schema of the arguments' object. Default: no arguments. */
    readonly parameters?: unknown;
    readonly [key: string]: unknown;
  };
}

/**
 * Whether and what the model calls. `"auto"`: as it decides; `"none"`: nothing; `"required"`: at least one function;
 * a name: that function.
 */
export type ToolChoice = "auto" | "none" | "required" | { readonly name: string };

/** One call in an answer. */
export interface ToolCall {
  /** Nine letters and digits, made for this call. */
  readonly id: string;
  readonly name: string;
  /** JSON text of the arguments; not whole if the answer was cut. */
  readonly arguments: string;
}

/** A piece of an answer. Indices count the calls of one answer from 0. */
export type AnswerPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "call"; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: "arguments"; readonly index: number; readonly text: string };
