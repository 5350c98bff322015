/** The base layer: errors, storage types, bounded reading of bytes, 16-bit floats, random numbers. */
export * from "./bytes.ts";
export * from "./dispose.ts";
export * from "./dtypes.ts";
export * from "./errors.ts";
export * from "./half.ts";
export { Random } from "./random.ts";
export { formatShape } from "./shapes.ts";
