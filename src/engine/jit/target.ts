/**
 * What the source of a kernel may know about the machine for which it is built: the width of vectors, the number of
 * registers, and the ops that are single instructions. Only the back end knows the rest.
 */

/**
 * Ops that some targets have in hardware. The builder expands those that a target lacks to simpler ops. Only tiles
 * (AMX: products of whole tiles) have no expansion: kernels check for them first.
 */
export type NativeOp =
  /** Four products of bytes added to an i32, exactly. */
  | "dot4"
  /** WebAssembly: sums of two products with unsigned bytes of at most 127 (relaxed SIMD). */
  | "dot7"
  /** Products of bf16 numbers, and rounding to bf16. */
  | "bf16"
  | "f16"
  /** Tiles of bytes. */
  | "tiles"
  /** Tiles of bf16 numbers; never without `tiles`. */
  | "tilesBf16";

/** What suits a processor's core best, where cores with the same instructions differ. */
export interface Tuning {
  /**
   * How weights are prefetched that a kernel reads once: into the second-level cache, which can have more outstanding lines
   * than the first (Zen 4), or past the caches (`prefetchnta`; Zen 5).
   */
  readonly prefetchOnce: "second" | "stream";
  /** Whether 16 bytes of several blocks are better picked out of whole vectors than loaded one by one. */
  readonly picksBlocks: boolean;
}

/** Measured in docs/lessons.md. `zen5`: AMD's family 26, whose units have 512 bits. */
export const TUNINGS = {
  common: { prefetchOnce: "second", picksBlocks: false },
  zen5: { prefetchOnce: "stream", picksBlocks: true },
} as const satisfies Readonly<Record<string, Tuning>>;

export interface Target {
  readonly name: string;
  readonly isa: "avx512" | "avx2" | "wasm" | "interpreter";
  /** 32-bit lanes of a vector. */
  readonly lanes: number;
  /** Vector registers a kernel may keep alive at once. */
  readonly vectorRegisters: number;
  /** General registers (pointers and integers) a kernel may keep alive at once. */
  readonly scalarRegisters: number;
  /** True if `fma` rounds once; else it is a multiplication and an addition. */
  readonly fused: boolean;
  readonly native: ReadonlySet<NativeOp>;
  readonly tuning: Tuning;
  /** Calling convention of native code. */
  readonly convention: "sysv" | "win64";
}

export type X64Convention = Target["convention"];

export interface Avx512Features {
  /** Dot products of bytes (default true). */
  readonly vnni?: boolean;
  /** AVX512-BF16. */
  readonly bf16?: boolean;
  /** AMX-TILE with AMX-INT8. */
  readonly tiles?: boolean;
  /** AMX-BF16 in addition to `tiles`. */
  readonly tilesBf16?: boolean;
  readonly tuning?: Tuning;
  readonly convention?: X64Convention;
}

/** AVX-512 F, BW, DQ, VL, and optional extensions. */
export function avx512(features: Avx512Features = {}): Target {
  const native = new Set<NativeOp>(["f16"]);
  if (features.vnni ?? true) native.add("dot4");
  if (features.bf16) native.add("bf16");
  if (features.tiles) native.add("tiles");
  if (features.tiles && features.tilesBf16) native.add("tilesBf16");
  return {
    name: "avx512",
    isa: "avx512",
    lanes: 16,
    vectorRegisters: 32,
    scalarRegisters: 14,
    fused: true,
    native,
    tuning: features.tuning ?? TUNINGS.common,
    convention: features.convention ?? "sysv",
  };
}

/** AVX2, FMA, F16C and BMI2; `vnni` is AVX-VNNI (the VEX form of vpdpbusd). */
export function avx2(features: { vnni?: boolean; tuning?: Tuning; convention?: X64Convention } = {}): Target {
  return {
    name: "avx2",
    isa: "avx2",
    lanes: 8,
    vectorRegisters: 16,
    scalarRegisters: 14,
    fused: true,
    native: new Set<NativeOp>(features.vnni ? ["f16", "dot4"] : ["f16"]),
    tuning: features.tuning ?? TUNINGS.common,
    convention: features.convention ?? "sysv",
  };
}

/** WebAssembly SIMD128; `relaxed` adds the relaxed dot product (exact for operands up to 127). */
export function wasm(features: { relaxed?: boolean } = {}): Target {
  return {
    name: "wasm",
    isa: "wasm",
    lanes: 4,
    vectorRegisters: 16,
    scalarRegisters: 14,
    fused: false,
    native: new Set<NativeOp>(features.relaxed ? ["dot7"] : []),
    tuning: TUNINGS.common,
    convention: "sysv",
  };
}

/** The interpreter with the lanes and the rounding of another target, which must agree with it. */
export function interpreted(target: Target): Target {
  return {
    ...target,
    name: `interpreter(${target.name})`,
    isa: "interpreter",
    native: new Set<NativeOp>(["dot4", "bf16", "f16"]),
  };
}
