/** What a benchmark measures: the machine's ceilings, a workload, and an engine's rates as shares and ratios of both. */
export * from "./ceilings.ts";
export * from "./engine.ts";
export * from "./figures.ts";
export { nativeCeilings } from "./native-ceilings.ts";
export * from "./result.ts";
export * from "./workload.ts";
