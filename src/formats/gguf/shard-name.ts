/** Names of the shards of a split model: `prefix-00001-of-00003.gguf`, counted from one. */

export interface ShardPlace {
  /** Everything before "-00001-of-00003.gguf", including the folder. */
  readonly prefix: string;
  /** From zero, as `split.no` counts. */
  readonly index: number;
  readonly count: number;
  /** ".gguf", in the spelling of the name. */
  readonly extension: string;
}

const PATTERN = /^(?<prefix>.*)-(?<number>\d{5})-of-(?<count>\d{5})(?<extension>\.gguf)$/is;

/** The shard number and count in a path; undefined if it has none. */
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
