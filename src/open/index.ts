/** Opens a model by path: checkpoint, configuration and vocabulary, with checks that they match. */
export { endsOf } from "./ends.ts";
export { type OpenedModel, type OpenModelOptions, openModel, requireTokenizer } from "./open-model.ts";
export { openTokenizerFile } from "./tokenizer-file.ts";
