/** A path becomes an opened model: checkpoint, configuration and vocabulary, and the proof that they fit together. */
export { endsOf } from "./ends.ts";
export { type OpenedModel, type OpenModelOptions, openModel, requireTokenizer } from "./open-model.ts";
export { openTokenizerFile } from "./tokenizer-file.ts";
