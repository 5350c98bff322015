export { type MetaParams, openMetaFolder } from "./meta-folder.ts";
export { mergeTensor, type ShardAxis, type ShardOptions, shardAxis, shardTensor } from "./model-parallel.ts";
export { PICKLE_LIMITS } from "./pickle-machine.ts";
export { type PickleResult, readPickle } from "./pickle-reader.ts";
export {
  isKind,
  type PickleDict,
  type PickleList,
  type PickleTuple,
  type PickleValue,
  type TensorRef,
} from "./pickle-values.ts";
export { openPth, openShardedPth, type PthFile } from "./read.ts";
export { writePth } from "./write.ts";
