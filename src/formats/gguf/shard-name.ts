/** Names of the shards of a split model: `prefix-00001-of-00003.gguf`, counted from one. */

export interface ShardPlace {
  /** All before "-00001-of-00003.gguf", folder included. */
  readonly prefix: string;
  /** From zero, as `split.no` counts. */
  readonly index: number;
  readonly count: number;
  /** ".gguf", as the name writes it. */
  readonly extension: string;
}

const PATTERN = /^(?<prefix>.*)-(?<number>\d{5})-of-(?<count>\d{5})(?<extension>\.gguf)$/is;

/** What a path says about its place among shards; undefined if it says nothing. */
export function parseShardName(path: string): ShardPlace | undefined {
  const groups = PATTERN.exec(path)?.groups;
  if (groups === undefined) return undefined;
  const index = Number(groups.number) - 1;
  const count = Number(groups.count);
  return index >= 0 && index < count
    ? { prefix: groups.prefix, index, count, extension: groups.extension }
    : undefined;
}

/** @param index from zero. */
export function shardName(prefix: string, index: number, count: number, extension = ".gguf"): string {
  const digits = (value: number) => String(value).padStart(5, "0");
  return `${prefix}-${digits(index + 1)}-of-${digits(count)}${extension}`;
}
