export * from "./gguf/index.ts";
export * from "./llama2c/index.ts";
export type * from "./tensor-file.ts";
