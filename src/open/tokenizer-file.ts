/** Opens a tokenizer file together with the settings files that transformers stores next to it. */
import { CriaError, TokenizerError } from "../base/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { type OpenTokenizerOptions, openTokenizer, tokenizerFormat } from "../tokenizer/open.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** Tokenizer files are at most some tens of MB. */
const MAX_TOKENIZER_BYTES = 256 * 1024 * 1024;

type Companion = "config" | "specialsMap" | "addedTokens" | "merges";
const COMPANIONS: readonly (readonly [Companion, name: string])[] = [
  ["config", "tokenizer_config.json"],
  ["specialsMap", "special_tokens_map.json"],
  ["addedTokens", "added_tokens.json"],
];

function readWhole(path: string, platform: Platform): Uint8Array {
  using file = platform.open(path);
  if (file.byteLength <= MAX_TOKENIZER_BYTES) return file.bytes(0, file.byteLength).slice();
  throw new TokenizerError({
    doing: `open the tokenizer "${path}"`,
    expected: `at most ${MAX_TOKENIZER_BYTES} bytes`,
    found: String(file.byteLength),
  });
}

/** Files next to a tokenizer that affect it. vocab.json requires merges.txt. */
function companionsOf(path: string, bytes: Uint8Array, platform: Platform): [Companion, string][] {
  const format = tokenizerFormat(bytes);
  if (format !== "huggingface" && format !== "sentencepiece") return [];
  const needsMerges = platform.baseName(path) === "vocab.json";
  const names = needsMerges ? [...COMPANIONS, ["merges", "merges.txt"] as const] : COMPANIONS;
  return names
    .map(([key, name]): [Companion, string] => [key, platform.join(platform.folderOf(path), name)])
    .filter(([, companion]) => platform.status(companion)?.kind === "file");
}

/**
 * Reads the file at `path`, and tokenizer_config.json, special_tokens_map.json, added_tokens.json and
 * merges.txt next to it, if they affect it. If one of these is broken, a warning is added and all of them are
 * ignored.
 * @throws FileError, FormatError, TokenizerError, UnsupportedError.
 */
export function openTokenizerFile(
  path: string,
  platform: Platform,
  options: Pick<OpenTokenizerOptions, "vocabSize" | "specials"> = {},
  warnings: string[] = [],
): Tokenizer {
  const bytes = readWhole(path, platform);
  const companions = companionsOf(path, bytes, platform);
  const open = (used: readonly [Companion, string][]): Tokenizer => {
    const files = Object.fromEntries(used.map(([key, file]) => [key, readWhole(file, platform)]));
    return openTokenizer(path, bytes, { ...options, ...files });
  };
  try {
    return open(companions);
  } catch (error) {
    if (!(error instanceof CriaError) || companions.length === 0) throw error;
    const plain = withoutSettings(() => open(companions.filter(([key]) => key === "merges")));
    if (plain === undefined) throw error;
    warnings.push(`The settings next to "${path}" are not used: ${error.message}`);
    return plain;
  }
}

function withoutSettings(open: () => Tokenizer): Tokenizer | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof CriaError) return undefined;
    throw error;
  }
}
