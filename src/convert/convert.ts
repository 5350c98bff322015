/**
 * Converts any checkpoint that Cria reads to any format that it writes, if the information suffices. It works
 * tensor by tensor: memory holds one tensor, the output appears complete or not at all, and a report lists
 * changes and losses.
 */
import { platform as thePlatform } from "#platform";
import { ConfigError } from "../base/errors.ts";
import type { ModelConfig, RopePairing } from "../config/config.ts";
import { withConfig } from "../config/config.ts";
import { ggufArchitecture } from "../config/gguf.ts";
import { openModel } from "../open/open-model.ts";
import type { Platform } from "../platform/platform.ts";
import type { CheckpointFormat, NameScheme } from "../weights/index.ts";
import { checkOutputDType, type OutputDType } from "./dtypes.ts";
import { type AdapterChoice, mergedCheckpoint } from "./merged.ts";
import { isConvertedFile } from "./own-files.ts";
import {
  type WriteRequest,
  type Written,
  writeGgufTarget,
  writeLlama2cTarget,
  writePthTarget,
  writeSafetensorsTarget,
} from "./targets.ts";
import { type DTypeChange, isTiedInFact, type Progress, targetTensors, tracked } from "./tensors.ts";

export interface ConvertOptions {
  readonly to: CheckpointFormat;
  /** Storage type of matrices; default: the source's, if the target supports it. */
  readonly dtype?: OutputDType;
  /** Model-parallel files of Meta's layout (default 1). */
  readonly shards?: number;
  /** Maximum bytes of a file: GGUF (default: one file) and safetensors (default 5 GB). */
  readonly maxShardBytes?: number;
  /** Default 0, the form that llama2.c's run.c reads. 2 rounds to int8. */
  readonly llama2cVersion?: 0 | 1 | 2;
  /** Omit an output projection that equals the embedding (default false). */
  readonly tie?: boolean;
  /** A tokenizer file, if the source has none. */
  readonly tokenizer?: string;
  /** Adapters that are merged into the weights. A merged matrix keeps its type unless `dtype` is given. */
  readonly adapters?: readonly AdapterChoice[];
  /** Replace an existing output. */
  readonly overwrite?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** Checked before each tensor; an abort leaves no output behind. */
  readonly signal?: AbortSignal;
  readonly platform?: Platform;
}

export interface ConversionReport {
  readonly input: string;
  readonly output: string;
  readonly from: CheckpointFormat;
  readonly to: CheckpointFormat;
  /** A path for a single file, else names inside the output folder. */
  readonly files: readonly string[];
  readonly tensorCount: number;
  /** Of the written tensors, all shards together. */
  readonly byteLength: number;
  readonly changes: readonly DTypeChange[];
  /** Number of tensors whose rows were converted to the other order of rotary pairs. */
  readonly permuted: number;
  /** Parts of the source that the target cannot express. */
  readonly dropped: readonly string[];
  readonly notes: readonly string[];
  /** What was done with the vocabulary. */
  readonly tokenizer: string;
  /** Why the output has no vocabulary and cannot be used with text. Absent if it has one. */
  readonly tokenizerMissing?: string;
  /** Of reading the source. */
  readonly warnings: readonly string[];
}

interface Target {
  readonly scheme: NameScheme;
  readonly pairing: (config: ModelConfig) => RopePairing;
  /** Whether the format can express that the output projection is the embedding. */
  readonly mayTie: boolean;
  readonly write: (request: WriteRequest) => Written;
}

/** The writer of each format. */
export const TARGETS: Readonly<Record<CheckpointFormat, Target>> = {
  gguf: {
    scheme: "gguf",
    pairing: (config) => ggufArchitecture(config).pairing,
    mayTie: true,
    write: writeGgufTarget,
  },
  safetensors: { scheme: "hf", pairing: () => "halves", mayTie: true, write: writeSafetensorsTarget },
  pth: { scheme: "meta", pairing: () => "interleaved", mayTie: false, write: writePthTarget },
  llama2c: { scheme: "meta", pairing: () => "interleaved", mayTie: true, write: writeLlama2cTarget },
};

export const CONVERSION_TARGETS = Object.keys(TARGETS) as readonly CheckpointFormat[];

/**
 * Converts `input` (file or folder of any format) to `output`: a file for GGUF, a folder for safetensors and
 * .pth, a folder or a name ending in .bin for llama2.c.
 * @throws UnsupportedError if the target cannot express the model (biases in Meta's layout, …), ConfigError
 * for invalid options, and all errors of `openModel`. No output is left behind in these cases.
 */
export async function convertCheckpoint(
  input: string,
  output: string,
  options: ConvertOptions,
): Promise<ConversionReport> {
  const { to, dtype, platform = thePlatform, shards = 1, maxShardBytes, tokenizer } = options;
  options.signal?.throwIfAborted();
  checkOptions(input, output, options, platform);
  using model = openModel(input, { platform, ...(tokenizer === undefined ? {} : { tokenizer }) });
  const merged = mergedCheckpoint(model, options);
  const { checkpoint } = merged;
  const { scheme, pairing, mayTie, write } = TARGETS[to];
  const tiedInFact =
    !model.config.tied && (options.tie === true || checkpoint.format === "pth") && isTiedInFact(checkpoint);
  const config = tiedInFact && options.tie ? withConfig(model.config, { tied: true }) : model.config;
  const form = { format: to, scheme, pairing: pairing(config), dtype, mayTie };
  const target = targetTensors(checkpoint, config, form);
  const copies = to === "pth" ? shards : 1;
  const progress = { done: 0, total: 0 };
  const written = write({
    model,
    config,
    target,
    output,
    platform,
    write: { overwrite: options.overwrite ?? false, replaces: isConvertedFile },
    shards: copies,
    maxShardBytes,
    llama2cVersion: options.llama2cVersion ?? 0,
    track: (entries) => tracked(entries, options, progress),
  });
  const notes = [...merged.notes, ...target.notes, ...(written.notes ?? [])];
  if (tiedInFact && !options.tie) {
    notes.push("the output projection equals the embedding; with `tie` it would be omitted");
  }
  if (dtype === "Q4_0") notes.push("the output projection has eight bits, since four bits degrade it most");
  if (to === "llama2c" && options.llama2cVersion === 2) {
    notes.push("version 2 stores matrices as int8 in groups: values were rounded");
  }
  return {
    input,
    output,
    from: checkpoint.format,
    to,
    files: written.files,
    tensorCount: target.entries.length,
    byteLength: progress.total,
    changes: target.changes,
    permuted: target.permuted,
    dropped: written.dropped,
    notes,
    tokenizer: written.tokenizer,
    ...(written.tokenizerMissing === undefined ? {} : { tokenizerMissing: written.tokenizerMissing }),
    warnings: [...model.warnings, ...merged.warnings],
  };
}

function checkOptions(input: string, output: string, options: ConvertOptions, platform: Platform): void {
  const { to, shards = 1, maxShardBytes } = options;
  const refuse = (expected: string, found: string, fix?: string): never => {
    throw new ConfigError({
      doing: `convert "${input}"`,
      expected,
      found,
      ...(fix === undefined ? {} : { fix }),
    });
  };
  if (!Object.hasOwn(TARGETS, to)) refuse(`one of ${CONVERSION_TARGETS.join(", ")}`, String(to));
  checkOutputDType(options.dtype, to);
  if (!(Number.isInteger(shards) && shards >= 1 && shards <= 100)) refuse("1 to 100 shards", String(shards));
  if (shards > 1 && to !== "pth") {
    refuse("shards only for Meta's layout", `${shards} shards of ${to}`, "limit the bytes of a file instead");
  }
  if (maxShardBytes !== undefined && !(maxShardBytes > 0)) {
    refuse("maxShardBytes above 0", String(maxShardBytes));
  }
  // Replacing a folder that contains the source would delete it before it has been read.
  const from = platform.join(input);
  const target = platform.join(output);
  if (from === target || from.startsWith(`${target}/`)) {
    refuse("an output that does not contain the input", `"${output}"`, "choose another place");
  }
}
