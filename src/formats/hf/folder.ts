/** Describes the content of a folder in Hugging Face's layout, from file names alone. */
import { FormatError } from "../../base/errors.ts";

export interface HfFolder {
  /** Format of the weights. Safetensors are preferred if both exist. */
  readonly weights: "safetensors" | "pth";
  /** The weight files, sorted. */
  readonly files: readonly string[];
  /** The index that names them; absent for a single file. */
  readonly index?: string;
  /** True if the weights are a PEFT adapter: adapter_config.json names its base model. */
  readonly isAdapter: boolean;
  readonly config?: string;
  readonly generationConfig?: string;
  /** The files that exist of tokenizer.json, tokenizer.model, vocab.json … */
  readonly tokenizerFiles: readonly string[];
  /** Of a chat template in a separate file. */
  readonly chatTemplate?: string;
}

interface WeightLayout {
  readonly weights: HfFolder["weights"];
  readonly isAdapter: boolean;
  readonly single: string;
  readonly index?: string;
  readonly shard?: RegExp;
}

/** In the order of preference. */
const LAYOUTS: readonly WeightLayout[] = [
  {
    weights: "safetensors",
    isAdapter: false,
    single: "model.safetensors",
    index: "model.safetensors.index.json",
    shard: /^model-(\d+)-of-(\d+)\.safetensors$/,
  },
  {
    weights: "pth",
    isAdapter: false,
    single: "pytorch_model.bin",
    index: "pytorch_model.bin.index.json",
    shard: /^pytorch_model-(\d+)-of-(\d+)\.bin$/,
  },
  { weights: "safetensors", isAdapter: true, single: "adapter_model.safetensors" },
  { weights: "pth", isAdapter: true, single: "adapter_model.bin" },
];

const TOKENIZER_FILES = [
  "tokenizer.json",
  "tokenizer.model",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
];

/** The existing shards of a layout. Throws FormatError if their names imply that others are missing. */
function shardsOf(names: readonly string[], pattern: RegExp): string[] {
  const shards = names.filter((name) => pattern.test(name)).sort();
  const total = Number(shards.map((name) => pattern.exec(name)?.[2]).at(0) ?? 0);
  if (shards.length === total) return shards;
  throw new FormatError({
    doing: "open a Hugging Face folder",
    expected: `${total} shards like "${shards[0]}"`,
    found: `${shards.length}`,
    fix: "the download is incomplete; download the missing files",
  });
}

function findWeights(names: readonly string[]): Pick<HfFolder, "weights" | "isAdapter" | "files" | "index"> {
  const present = new Set(names);
  for (const { weights, isAdapter, single, index, shard } of LAYOUTS) {
    if (present.has(single)) return { weights, isAdapter, files: [single] };
    if (index === undefined || shard === undefined || !present.has(index)) continue;
    return { weights, isAdapter, index, files: shardsOf(names, shard) };
  }
  throw new FormatError({
    doing: "open a Hugging Face folder",
    expected:
      LAYOUTS.map(({ single, index }) => index ?? single).join(", ") + " or a single-file form of them",
    found: `${names.length} other files`,
  });
}

/**
 * Describes the folder's content.
 * @param listing the names in the folder, in any order.
 * @throws FormatError if there are no weights, or shards are missing.
 */
export function describeHfFolder(listing: readonly string[]): HfFolder {
  const present = new Set(listing);
  const optional = (key: "config" | "generationConfig" | "chatTemplate", name: string) =>
    present.has(name) ? { [key]: name } : {};
  return {
    ...findWeights(listing),
    ...optional("config", "config.json"),
    ...optional("generationConfig", "generation_config.json"),
    ...optional("chatTemplate", "chat_template.jinja"),
    tokenizerFiles: TOKENIZER_FILES.filter((name) => present.has(name)),
  };
}
