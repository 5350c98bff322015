/**
 * Benchmarks: the ceilings of the machine, a workload, and an engine's rates as shares of ceilings and ratios to
 * peers.
 */
export * from "./ceilings.ts";
export * from "./engine.ts";
export * from "./figures.ts";
export { nativeCeilings } from "./native-ceilings.ts";
export * from "./result.ts";
export * from "./workload.ts";
