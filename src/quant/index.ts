export type { Codec, DecodeBlocks, EncodeBlocks, Field, Floats } from "./codec.ts";
export { codecs } from "./codecs.ts";
export { canEncode, decode, decodeBlocks, encode } from "./convert.ts";
