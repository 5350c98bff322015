/**
 * Opens a model: checkpoint, configuration and vocabulary, with checks that they match. Afterwards every
 * required tensor exists with the right shape and a type that the engine supports. Tensor bytes are not read.
 */

import { platform as thePlatform } from "#platform";
import { DISPOSE } from "../base/dispose.ts";
import { dtypeInfo } from "../base/dtypes.ts";
import {
  CriaError,
  DtypeError,
  FormatError,
  ShapeError,
  TokenizerError,
  UnsupportedError,
} from "../base/errors.ts";
import { formatShape } from "../base/shapes.ts";
import { type ModelConfig, withConfig } from "../config/config.ts";
import { configOf } from "../config/config-of.ts";
import { parameterShapes } from "../config/parameters.ts";
import { sameShape } from "../engine/graph/graph.ts";
import type { JsonObject } from "../formats/hf/json.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import type { Platform } from "../platform/platform.ts";
import { tokenizerFromGguf } from "../tokenizer/from-gguf.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { markersTypedAsText, PIECE } from "../tokenizer/vocabulary.ts";
import type { Checkpoint, TokenizerSource } from "../weights/checkpoint.ts";
import { partOf, translateName } from "../weights/names.ts";
import { openCheckpointWith } from "../weights/open-with.ts";
import { endsOf } from "./ends.ts";

export interface OpenModelOptions {
  /** A tokenizer file, used instead of one in or next to the checkpoint. */
  readonly tokenizer?: string;
  readonly platform?: Platform;
}

export interface OpenedModel extends Disposable {
  readonly config: ModelConfig;
  readonly checkpoint: Checkpoint;
  /** Absent if none was found or none could be read: `requireTokenizer` gives the reason. */
  readonly tokenizer?: Tokenizer;
  /** Its source. */
  readonly tokenizerSource?: TokenizerSource;
  readonly chatTemplate?: string;
  readonly generationConfig?: JsonObject;
  /** Settings and files that were not understood or not used, a sentence each. */
  readonly warnings: readonly string[];
  /** Why tokenizers that were found are not used, a sentence each. Also included in `warnings`. */
  readonly tokenizerProblems: readonly string[];
  dispose(): void;
}

type OtherFormats = typeof import("./other-formats.ts");

/**
 * See `openModel`.
 * @param others called where a format other than GGUF, or a tokenizer's file, begins; what it throws is passed on.
 */
export function openModelWith(
  path: string,
  options: OpenModelOptions,
  others: () => OtherFormats,
): OpenedModel {
  const { platform = thePlatform, tokenizer: named } = options;
  const given = { platform, ...(named === undefined ? {} : { tokenizer: named }) };
  const checkpoint = openCheckpointWith(path, given, others);
  try {
    const plain = configOf(checkpoint, others);
    const unexplained = checkTensors(checkpoint, plain);
    const search = findTokenizer(checkpoint, plain, named !== undefined, (source, warnings) =>
      readTokenizer(source, plain, platform, warnings, others),
    );
    const { tokenizer, source } = search;
    const config = withEnds(plain, checkpoint.generationConfig, tokenizer);
    const chatTemplate = checkpoint.chatTemplate ?? tokenizer?.chatTemplate;
    const { generationConfig } = checkpoint;
    return {
      config,
      checkpoint,
      ...(tokenizer === undefined ? {} : { tokenizer }),
      ...(source === undefined ? {} : { tokenizerSource: source }),
      ...(chatTemplate === undefined ? {} : { chatTemplate }),
      ...(generationConfig === undefined ? {} : { generationConfig }),
      warnings: [
        ...checkpoint.warnings,
        ...config.warnings,
        ...unexplained,
        ...search.problems,
        ...search.warnings,
      ],
      tokenizerProblems: search.problems,
      dispose: () => checkpoint.dispose(),
      [DISPOSE]: () => checkpoint.dispose(),
    };
  } catch (error) {
    checkpoint.dispose();
    throw error;
  }
}

/** The model's tokenizer. Throws TokenizerError that lists what was searched, and what was wrong. */
export function requireTokenizer({ tokenizer, checkpoint, tokenizerProblems }: OpenedModel): Tokenizer {
  if (tokenizer !== undefined) return tokenizer;
  throw new TokenizerError({
    doing: `use text with "${checkpoint.path}"`,
    expected: `a tokenizer (looked for ${checkpoint.tokenizersSought})`,
    found: tokenizerProblems.length === 0 ? "none" : tokenizerProblems.join("; "),
    fix: "give the tokenizer's file",
  });
}

/** The settings that determine a tensor's shape, in the terms of each form of configuration. */
const SHAPE_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  attn_q: { gguf: "head_count and key_length", hf: "num_attention_heads and head_dim", meta: "n_heads" },
  attn_output: { gguf: "head_count and key_length", hf: "num_attention_heads and head_dim", meta: "n_heads" },
  attn_k: { gguf: "head_count_kv", hf: "num_key_value_heads", meta: "n_kv_heads" },
  attn_v: { gguf: "head_count_kv", hf: "num_key_value_heads", meta: "n_kv_heads" },
  ffn_gate: {
    gguf: "feed_forward_length",
    hf: "intermediate_size",
    meta: "multiple_of and ffn_dim_multiplier",
  },
  ffn_up: {
    gguf: "feed_forward_length",
    hf: "intermediate_size",
    meta: "multiple_of and ffn_dim_multiplier",
  },
  ffn_down: {
    gguf: "feed_forward_length",
    hf: "intermediate_size",
    meta: "multiple_of and ffn_dim_multiplier",
  },
  token_embd: { gguf: "embedding_length", hf: "vocab_size and hidden_size", meta: "vocab_size and dim" },
  output: { gguf: "embedding_length", hf: "vocab_size and hidden_size", meta: "vocab_size and dim" },
};

/** Checks every parameter. Returns warnings about tensors that the configuration does not use. */
export function checkTensors(checkpoint: Checkpoint, config: ModelConfig): string[] {
  const shapes = parameterShapes(config);
  for (const { name, shape, optional } of shapes) {
    const tensor = checkpoint.tensors.get(name);
    if (tensor !== undefined) checkTensor(checkpoint, name, tensor, shape);
    else if (!optional) missing(checkpoint, name);
  }
  const used = new Set(shapes.map(({ name }) => name));
  const extra = [...checkpoint.tensors.keys()].filter((name) => !used.has(name) && partOf(name) !== "output");
  const surplus = extra.filter((name) => !name.startsWith("rope_factors_"));
  const unread = [...checkpoint.unread.keys()].filter((name) => !checkpoint.tensors.has(name));
  return [
    ...listOf(`"${checkpoint.path}" has tensors of types that Cria does not know, and does not need`, unread),
    ...listOf(`"${checkpoint.path}" has tensors that its configuration does not use`, surplus),
  ];
}

/** One warning that lists some names, or none. */
function listOf(what: string, surplus: readonly string[]): string[] {
  if (surplus.length === 0) return [];
  const shown = surplus.slice(0, 5).join(", ");
  const more = surplus.length > 5 ? ` and ${surplus.length - 5} more` : "";
  return [`${what}: ${shown}${more}`];
}

function checkTensor(
  checkpoint: Checkpoint,
  name: string,
  tensor: TensorEntry,
  shape: readonly number[],
): void {
  const doing = `load tensor "${tensor.name}" from "${checkpoint.path}"`;
  if (!sameShape(tensor.shape, shape)) {
    const key = SHAPE_KEYS[partOf(name)]?.[checkpoint.rawConfig.kind];
    throw new ShapeError({
      doing,
      expected: `shape ${formatShape(shape)}`,
      found: formatShape(tensor.shape),
      fix: key === undefined ? `check ${checkpoint.rawConfig.name}` : `check ${key}`,
    });
  }
  if (dtypeInfo(tensor.dtype).kind === "integer") {
    throw new DtypeError({ doing, expected: "floats or quantised values", found: tensor.dtype });
  }
}

/** Suffixes that formats of quantised weights have instead of ".weight". */
const QUANTISED = /\.(?:qweight|qzeros|weight_packed|weight_scale|scales)$/;

function missing(checkpoint: Checkpoint, name: string): never {
  const unread = checkpoint.unread.get(name);
  if (unread !== undefined) throw unread;
  if (checkpoint.unused.some((other) => QUANTISED.test(other))) {
    throw new UnsupportedError({
      doing: `open "${checkpoint.path}"`,
      found: "weights quantised with GPTQ, AWQ or similar, which the configuration does not mention",
      fix: "use the unquantised weights or a GGUF file",
    });
  }
  const own = translateName(name, "gguf", checkpoint.scheme) ?? name;
  throw new FormatError({
    doing: `load tensor "${own}" from "${checkpoint.path}"`,
    found: "there is no such tensor",
    fix:
      partOf(name) === "output"
        ? `the file is incomplete, or ${checkpoint.rawConfig.name} should say that embeddings are tied`
        : `the file is incomplete, or does not belong to ${checkpoint.rawConfig.name}`,
  });
}

interface TokenizerResult {
  readonly tokenizer?: Tokenizer;
  readonly source?: TokenizerSource;
  readonly problems: readonly string[];
  /** The parts of the chosen tokenizer that are not used. */
  readonly warnings: readonly string[];
}

/** The first that can be read and matches the embedding. A tokenizer that the caller named must do both. */
function findTokenizer(
  checkpoint: Checkpoint,
  config: ModelConfig,
  named: boolean,
  read: (source: TokenizerSource, warnings: string[]) => Tokenizer,
): TokenizerResult {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [index, source] of checkpoint.tokenizers.entries()) {
    try {
      const tokenizer = read(source, warnings);
      checkVocabulary(tokenizer, config, source);
      const what = `${describeSource(source)} has pieces that look like control tokens but have the type of text`;
      warnings.push(...listOf(what, markersTypedAsText(tokenizer.vocabulary)));
      return { tokenizer, source, problems, warnings };
    } catch (error) {
      if ((named && index === 0) || !(error instanceof CriaError)) throw error;
      problems.push(`Tokenizer ${describeSource(source)} is not used: ${error.message}`);
    }
  }
  return { problems, warnings };
}

function readTokenizer(
  source: TokenizerSource,
  config: ModelConfig,
  platform: Platform,
  warnings: string[],
  others: () => OtherFormats,
): Tokenizer {
  if (source.kind === "gguf") return tokenizerFromGguf(source.metadata);
  const { LLAMA30_SPECIALS, LLAMA31_SPECIALS, openTokenizerFile } = others();
  // Llama 3.1 named some of the reserved tokens of Llama 3; scaled rotary embeddings distinguish the two.
  const specials = config.ropeScaling.kind === "none" ? LLAMA30_SPECIALS : LLAMA31_SPECIALS;
  return openTokenizerFile(source.path, platform, { vocabSize: config.vocabSize, specials }, warnings);
}

/** More pieces than rows of the embedding mean another model's vocabulary, unless the surplus is special tokens. */
function checkVocabulary(tokenizer: Tokenizer, config: ModelConfig, source: TokenizerSource): void {
  const { types } = tokenizer.vocabulary;
  const surplus = types.subarray(config.vocabSize);
  if (surplus.every((type) => type === PIECE.control || type === PIECE.userDefined)) return;
  throw new TokenizerError({
    doing: `use the vocabulary of ${describeSource(source)}`,
    expected: `at most ${config.vocabSize} pieces, the rows of the embedding`,
    found: String(tokenizer.vocabSize),
    fix: "it belongs to another model",
  });
}

function describeSource(source: TokenizerSource): string {
  return source.kind === "gguf" ? `in "${source.name}"` : `"${source.path}"`;
}

/** The configuration with all known end tokens (ends.ts), and the vocabulary's BOS if it has none. */
function withEnds(
  config: ModelConfig,
  generation: JsonObject | undefined,
  tokenizer: Tokenizer | undefined,
): ModelConfig {
  const eosIds = endsOf(config, generation, tokenizer);
  const bosId = config.bosId ?? tokenizer?.bosId;
  return withConfig(config, { eosIds, ...(bosId === undefined ? {} : { bosId }) }, { name: "the model" });
}
