export { openSafetensors, openShardedSafetensors, type SafetensorsFile } from "./read.ts";
export {
  type SafetensorsWriteOptions,
  type ShardedWriteOptions,
  writeSafetensors,
  writeShardedSafetensors,
} from "./write.ts";
