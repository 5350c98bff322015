/** Low-rank adapters: their layers, their nodes in a graph, and their files. */
export {
  type Adapter,
  type AdapterInfo,
  type AdapterLayer,
  checkAdapter,
  countAdapter,
  linearLayers,
  scaleOf,
} from "./adapter.ts";
export { type BaseModel, fingerprint, otherBase } from "./base-model.ts";
export { ADAPTER_DTYPES, type AdapterDType } from "./files/dtypes.ts";
export { bindAdapter, readAdapter } from "./files/open.ts";
export { ADAPTER_FORMATS, type AdapterFormat, type RawAdapter } from "./files/raw.ts";
export {
  type WriteAdapterOptions,
  writeGgufAdapter,
  writePeft,
} from "./files/write.ts";
export { initialiseAdapter } from "./initial.ts";
export { nameOfA, nameOfB, type TrainedLayer, trainedLowRank } from "./low-rank.ts";
export { changesAnything, mergedTensors, type ScaledAdapter } from "./merge.ts";
export { baseModelOf } from "./opened-base.ts";
export { namesOf, targetLayers } from "./targets.ts";
