/**
 * A checkpoint of any format in the form that the rest of Cria uses: tensors under canonical names, and the
 * files next to it.
 */
import type { UnsupportedError } from "../base/errors.ts";
import type { GgufMetadata } from "../formats/gguf/index.ts";
import type { JsonObject } from "../formats/hf/index.ts";
import type { Llama2cHeader } from "../formats/llama2c/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import type { NameScheme } from "./names.ts";
import type { Pairing } from "./permute.ts";

export type CheckpointFormat = "gguf" | "safetensors" | "pth" | "llama2c";

/** The configuration in the checkpoint's form; `config/` translates it. `name` is its file. */
export type RawConfig =
  | { readonly kind: "gguf"; readonly name: string; readonly metadata: GgufMetadata }
  | { readonly kind: "hf"; readonly name: string; readonly json: JsonObject }
  | { readonly kind: "meta"; readonly name: string; readonly json: JsonObject }
  | { readonly kind: "llama2c"; readonly name: string; readonly header: Llama2cHeader };

/** A source of a vocabulary. */
export type TokenizerSource =
  | { readonly kind: "gguf"; readonly name: string; readonly metadata: GgufMetadata }
  /** A tokenizer file; its content determines its format. */
  | { readonly kind: "file"; readonly path: string };

/** The author's description of the model, if the checkpoint contains it. */
export interface ModelCard {
  readonly name?: string;
  readonly license?: string;
  /** All other texts: GGUF's general.* keys without the prefix. */
  readonly other: ReadonlyMap<string, string>;
}

export interface Checkpoint extends Disposable {
  /** As given by the caller. */
  readonly path: string;
  readonly format: CheckpointFormat;
  /** The naming scheme of the file. */
  readonly scheme: NameScheme;
  /** Order of rotary pairs in wq and wk that goes with the scheme; GGUF decides by architecture. */
  readonly pairing: Pairing | undefined;
  /** By canonical name. An entry's `name` is the file's. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * By canonical name, or the file's: tensors of unknown storage types, with the error to throw if one is
   * needed.
   */
  readonly unread: ReadonlyMap<string, UnsupportedError>;
  /** Names in the file that Cria does not understand. */
  readonly unused: readonly string[];
  readonly rawConfig: RawConfig;
  /** Best first; empty if none was found. */
  readonly tokenizers: readonly TokenizerSource[];
  /** The places that were searched for tokenizers, for messages. */
  readonly tokenizersSought: string;
  readonly generationConfig?: JsonObject;
  readonly chatTemplate?: string;
  readonly card: ModelCard;
  /**
   * Files next to the weights that are not used, since the weights' file has the same information; a sentence
   * each.
   */
  readonly ignored: readonly string[];
  /** Files next to the weights that are broken and not used; a sentence each. */
  readonly warnings: readonly string[];
  /** Of the weights. */
  readonly byteLength: number;
  dispose(): void;
}
