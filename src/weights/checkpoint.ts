/** A checkpoint of any format, as the rest of Cria sees it: tensors under canonical names, and what lies beside. */
import type { GgufMetadata } from "../formats/gguf/index.ts";
import type { JsonObject } from "../formats/hf/index.ts";
import type { Llama2cHeader } from "../formats/llama2c/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import type { NameScheme } from "./names.ts";
import type { Pairing } from "./permute.ts";

export type CheckpointFormat = "gguf" | "safetensors" | "pth" | "llama2c";

/** The configuration as the checkpoint has it; `model/` translates it. `name` is the file it stands in. */
export type RawConfig =
  | { readonly kind: "gguf"; readonly name: string; readonly metadata: GgufMetadata }
  | { readonly kind: "hf"; readonly name: string; readonly json: JsonObject }
  | { readonly kind: "meta"; readonly name: string; readonly json: JsonObject }
  | { readonly kind: "llama2c"; readonly name: string; readonly header: Llama2cHeader };

/** Where a vocabulary is to be had. */
export type TokenizerSource =
  | { readonly kind: "gguf"; readonly name: string; readonly metadata: GgufMetadata }
  /** A file of a tokenizer; its content tells its format. */
  | { readonly kind: "file"; readonly path: string };

/** What the author says of the model, as far as the checkpoint carries it. */
export interface ModelCard {
  readonly name?: string;
  readonly license?: string;
  /** Everything else that is text: GGUF's general.* keys without the prefix. */
  readonly other: ReadonlyMap<string, string>;
}

export interface Checkpoint extends Disposable {
  /** As it was given. */
  readonly path: string;
  readonly format: CheckpointFormat;
  /** Whose names the file uses. */
  readonly scheme: NameScheme;
  /** Order of rotary pairs in wq and wk that goes with the scheme; GGUF decides by architecture. */
  readonly pairing: Pairing | undefined;
  /** By canonical name. An entry's own `name` is the file's. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Names in the file that Cria does not understand. */
  readonly unused: readonly string[];
  readonly rawConfig: RawConfig;
  /** Best first; empty if none was found. */
  readonly tokenizers: readonly TokenizerSource[];
  /** Where tokenizers were looked for, for messages. */
  readonly tokenizersSought: string;
  readonly generationConfig?: JsonObject;
  readonly chatTemplate?: string;
  readonly card: ModelCard;
  /** Files beside the weights that are broken and not used, a sentence each. */
  readonly warnings: readonly string[];
  /** Of the weights. */
  readonly byteLength: number;
  dispose(): void;
}
