export type { GgufTensorInput } from "./encode.ts";
export * from "./file-name.ts";
export * from "./metadata.ts";
export * from "./open.ts";
export { type GgufHeader, type GgufTensorInfo, readGgufHeader } from "./read-header.ts";
export * from "./shard-name.ts";
export * from "./value.ts";
export * from "./write.ts";
