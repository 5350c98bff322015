/** The tokenizer of a GGUF file. Apart from open.ts, which knows all files of tokenizers. */
import type { GgufMetadata } from "../formats/gguf/metadata.ts";
import { vocabularyFromGguf } from "./gguf-keys.ts";
import { Tokenizer } from "./tokenizer.ts";

/** The tokenizer inside a GGUF file's metadata. */
export function tokenizerFromGguf(metadata: GgufMetadata): Tokenizer {
  return new Tokenizer(vocabularyFromGguf(metadata));
}
