/** Conversations for fine-tuning, from files of every common layout. */
export type { BadRecord, Example, Message, RecordContent } from "./conversation.ts";
export { type ReadConversations, type ReadFile, readConversations } from "./read.ts";
