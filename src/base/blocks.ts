/** Blocks of memory. */

/** Bytes of the largest block that kernels can use: views of native memory and WebAssembly's memories end at 4 GiB. */
export const LARGEST_BLOCK_BYTES = 2 ** 32 - 4096;
