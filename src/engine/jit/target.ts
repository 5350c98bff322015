/**
 * What a kernel's source may know of the machine it is built for: how wide vectors are, how many registers it
 * may count on, and which ops are one instruction. Everything else is the back end's business.
 */

/**
 * Ops that some targets have in hardware; elsewhere the builder writes them out in simpler ops. Only tiles (AMX:
 * products of whole tiles) have no such form: kernels ask before they use them.
 */
export type NativeOp =
  /** Four products of bytes added to an i32, exactly. */
  | "dot4"
  /** WebAssembly: sums of two products where the unsigned bytes are at most 127 (relaxed SIMD). */
  | "dot7"
  /** Products of bf16 numbers, and rounding to them. */
  | "bf16"
  | "f16"
  /** Tiles of bytes. */
  | "tiles"
  /** Tiles of bf16 numbers; never without `tiles`. */
  | "tilesBf16";

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
  /** AMX-BF16 beside `tiles`. */
  readonly tilesBf16?: boolean;
  readonly convention?: X64Convention;
}

/** AVX-512 F, BW, DQ, VL, and what comes on top of them. */
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
    convention: features.convention ?? "sysv",
  };
}

/** AVX2, FMA, F16C and BMI2; `vnni` is AVX-VNNI (the VEX form of vpdpbusd). */
export function avx2(features: { vnni?: boolean; convention?: X64Convention } = {}): Target {
  return {
    name: "avx2",
    isa: "avx2",
    lanes: 8,
    vectorRegisters: 16,
    scalarRegisters: 14,
    fused: true,
    native: new Set<NativeOp>(features.vnni ? ["f16", "dot4"] : ["f16"]),
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
    convention: "sysv",
  };
}

/** The interpreter with the lanes and the rounding of another target: what that target must agree with. */
export function interpreted(target: Target): Target {
  return {
    ...target,
    name: `interpreter(${target.name})`,
    isa: "interpreter",
    native: new Set<NativeOp>(["dot4", "bf16", "f16"]),
  };
}
