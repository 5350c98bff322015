/**
 * Tools: functions that a model may call. The format of calls follows from the chat template; a grammar keeps calls well
 * formed and their arguments valid; a parser splits the answer into text and calls while it is generated.
 */
export { AnswerParser } from "./answer-parser.ts";
export { type ToolFormat, toolFormat } from "./formats.ts";
export { callMessage, messagesForTemplate } from "./messages.ts";
export { readChoice, readTools } from "./read-tools.ts";
export { markerIdOf, type ToolGrammarInputs, toolGrammar } from "./tool-grammar.ts";
export type { AnswerPart, FunctionTool, ToolCall, ToolChoice } from "./types.ts";
