/** Chat templates: render messages to text that separates structure from content, and to tokens. */
export { builtinTemplate, findTemplateName, TEMPLATE_NAMES, type TemplateName } from "./builtin.ts";
export { jinjaOfBuiltin } from "./builtin-jinja.ts";
export { detectTemplate } from "./detect.ts";
export { type FittedChat, fitChat, type RenderPrompt, shortenChat } from "./fit.ts";
export { type KnownTurn, withGenerated } from "./generated.ts";
export { TEMPLATE_LIMITS, type TemplateLimits } from "./jinja/budget.ts";
export { type JinjaTemplateOptions, jinjaTemplate } from "./jinja-template.ts";
export { isBegun } from "./prefill.ts";
export {
  type ChatPrompt,
  type ChatPromptOptions,
  type ChatTemplate,
  chatPrompt,
  compileTemplate,
  isOwnText,
  markTexts,
  type RenderedChat,
  renderChat,
} from "./prompt.ts";
export { sameTemplate } from "./same-template.ts";
export { type AnswerSpan, answerSpans } from "./spans.ts";
export type { ChatInput, ChatMessage, ChatSegment, CompiledTemplate, ContentPart } from "./types.ts";
