/**
 * The naming convention of GGUF files (ggml docs/gguf.md, "GGUF Naming Convention"):
 *
 *     [Sidecar-]BaseName-SizeLabel[-FineTune]-Version[-Encoding][-Type][-Shard].gguf
 *     Mixtral-8x7B-v0.1-Q4_0-00001-of-00003.gguf
 *
 * A name without base name, size and version cannot be distinguished from other names and is not parsed.
 */

export interface GgufFileName {
  /** "mmproj" or "mtp": the file accompanies a model. */
  readonly sidecar?: string;
  readonly baseName: string;
  /** "8x7B", "3.8B-ContextLength4k". */
  readonly sizeLabel: string;
  readonly fineTune?: string;
  /** "v1.0". */
  readonly version: string;
  /** "Q4_K_M", "F16". */
  readonly encoding?: string;
  readonly type?: "LoRA" | "vocab";
  /** Counted from one, as in the name. */
  readonly shard?: { readonly number: number; readonly count: number };
}

const SIDECARS = new Set(["mmproj", "mtp"]);
const SHARD = /-(\d{5})-of-(\d{5})$/;
const VERSION = /^v\d+(\.\d+)*$/;
const ENCODING = /^(?!LoRA|vocab)\w+$/;
const WORD = /^[A-Za-z0-9\s]*$/;
const SIZE = /^(\d+x)?(\d+\.)?\d+[A-Za-z]$/;
/** An attribute that qualifies a size: "ContextLength4k". */
const ATTRIBUTE = /^[A-Za-z]+(\d+\.)?\d+[A-Za-z]+$/;
/** A word of a base name starts with a letter or has only digits: "3" but not "3B", which is a size. */
const BASE_WORD = /^([A-Za-z\s][A-Za-z0-9\s]*|[0-9\s]*)$/;
const MAX_NAME_LENGTH = 1024;

/** The parts of a file name (no folder), or undefined if it does not follow the convention. */
export function parseGgufFileName(name: string): GgufFileName | undefined {
  if (!name.endsWith(".gguf") || name.length > MAX_NAME_LENGTH) return undefined;
  const { stem, shard } = takeShard(name.slice(0, -".gguf".length));
  const words = stem.split("-");
  const sidecar = words.length > 1 && SIDECARS.has(words[0]) ? words.shift() : undefined;
  const tail = takeTail(words);
  if (tail === undefined) return undefined;
  const { at, ...rest } = tail;
  const model = splitModel(words.slice(0, at));
  if (model === undefined) return undefined;
  return {
    ...(sidecar === undefined ? {} : { sidecar }),
    ...model,
    ...rest,
    ...(shard === undefined ? {} : { shard }),
  };
}

function takeShard(stem: string): { stem: string; shard?: { number: number; count: number } } {
  const match = SHARD.exec(stem);
  if (match === null) return { stem };
  return { stem: stem.slice(0, match.index), shard: { number: Number(match[1]), count: Number(match[2]) } };
}

interface Tail {
  /** Index of the version among the words. */
  readonly at: number;
  readonly version: string;
  readonly encoding?: string;
  readonly type?: "LoRA" | "vocab";
}

/**
 * Version, encoding and type, from the end: the last word in the form of a version that is followed by a
 * valid tail.
 */
function takeTail(words: readonly string[]): Tail | undefined {
  let end = words.length;
  const last = words[end - 1];
  let withType: Pick<Tail, "type"> = {};
  if (last === "LoRA" || last === "vocab") {
    withType = { type: last };
    end--;
  }
  if (end >= 2 && VERSION.test(words[end - 1])) return { at: end - 1, version: words[end - 1], ...withType };
  const encoding = words[end - 1] ?? "";
  if (end >= 3 && ENCODING.test(encoding) && VERSION.test(words[end - 2])) {
    return { at: end - 2, version: words[end - 2], encoding, ...withType };
  }
  return undefined;
}

/**
 * Base name, size and fine-tune: the size is the last word in the form of a size with only base words before
 * it.
 */
function splitModel(
  words: readonly string[],
): Pick<GgufFileName, "baseName" | "sizeLabel" | "fineTune"> | undefined {
  for (let at = words.length - 1; at >= 1; at--) {
    if (!SIZE.test(words[at]) || !isBase(words.slice(0, at))) continue;
    const hasAttribute = at + 1 < words.length && ATTRIBUTE.test(words[at + 1]);
    const sizeEnd = hasAttribute ? at + 2 : at + 1;
    const fineTune = words.slice(sizeEnd).join("-");
    if (!words.slice(sizeEnd).every((word) => WORD.test(word))) continue;
    return {
      baseName: words.slice(0, at).join("-"),
      sizeLabel: words.slice(at, sizeEnd).join("-"),
      ...(fineTune === "" ? {} : { fineTune }),
    };
  }
  return undefined;
}

function isBase(words: readonly string[]): boolean {
  return words.length > 0 && WORD.test(words[0]) && words.slice(1).every((word) => BASE_WORD.test(word));
}

/**
 * The name for these parts: the inverse of `parseGgufFileName`. Spaces become dashes, as the convention
 * requires.
 */
export function formatGgufFileName(parts: GgufFileName): string {
  const digits = (value: number) => String(value).padStart(5, "0");
  const { shard } = parts;
  const words = [
    parts.sidecar,
    parts.baseName,
    parts.sizeLabel,
    parts.fineTune,
    parts.version,
    parts.encoding,
    parts.type,
    shard === undefined ? undefined : `${digits(shard.number)}-of-${digits(shard.count)}`,
  ];
  return `${words
    .filter((word) => word !== undefined && word !== "")
    .join("-")
    .replaceAll(" ", "-")}.gguf`;
}
