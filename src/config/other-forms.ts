/** Translations of all forms but GGUF's. Apart, so that a process that opens only GGUF files need not load them. */
export { configFromHf } from "./hf.ts";
export { configFromLlama2c } from "./llama2c.ts";
export { configFromMeta } from "./meta.ts";
