/** What only some texts of a model need: structures, chats with their tools, adapters. on-demand.ts loads it. */
export { otherBase } from "../adapt/base-model.ts";
export { bindAdapter, readAdapter } from "../adapt/files/open.ts";
export { Guides } from "../generation/grammar/guides.ts";
export { planChat } from "./chat-plan.ts";
export { ChatSession } from "./chat-session.ts";
export { readingOf } from "./structured.ts";
export { planTools } from "./tool-plan.ts";
