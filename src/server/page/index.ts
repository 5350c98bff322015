/** What the chat page needs of the server besides the routes for everyone: its own files, and what models are and do. */
export { PageFiles } from "./files.ts";
export { MODEL_ACTIVITY } from "./models.ts";
export { PROMPT } from "./prompt.ts";
export { type FetchModel, PULL } from "./pull.ts";
