/** Everything that opens other formats than GGUF, and files of tokenizers. */
export * from "../config/other-forms.ts";
export { LLAMA30_SPECIALS, LLAMA31_SPECIALS } from "../tokenizer/tiktoken.ts";
export * from "../weights/other-formats.ts";
export { openTokenizerFile } from "./tokenizer-file.ts";
