export { decodeGroups, encodeGroups } from "./groups.ts";
export type { Llama2cHeader } from "./layout.ts";
export * from "./read.ts";
export * from "./write.ts";
