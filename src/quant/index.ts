/**
 * Block layouts of every storage type: bit diagrams, decoding and encoding value by value. The reference for
 * all kernels.
 */
export type { Codec, DecodeBlocks, EncodeBlocks, Field, Floats } from "./codec.ts";
export { codecs } from "./codecs.ts";
export { canEncode, decode, decodeBlocks, encode } from "./convert.ts";
