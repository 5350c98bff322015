/** Files to named tensors and metadata, and back: bounded, lazy, and without model knowledge. */
export * from "./gguf/index.ts";
export * from "./hf/index.ts";
export * from "./llama2c/index.ts";
export * from "./pth/index.ts";
export * from "./safetensors/index.ts";
export type * from "./tensor-file.ts";
