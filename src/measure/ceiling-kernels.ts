/** Kernels that measure the limits of the machine, with which real kernels are compared. */
import { type KernelBuilder, kernel } from "../engine/jit/builder.ts";
import type { Value } from "../engine/jit/language/core.ts";
import type { Target } from "../engine/jit/target.ts";
import { usesMatrixTiles } from "../engine/kernels/matmul/dense/sizes.ts";
import { matrixShapes } from "../engine/kernels/matmul/dense/tile-matrix.ts";

/** Reads `lines` × 64 bytes and writes a sum of them, so that the reads cannot be optimised away. */
export const readMemory = kernel("read_memory", { from: "ptr", out: "ptr", lines: "int" }, (k, p) => {
  const at = k.variable(p.from);
  const sums = Array.from({ length: 4 }, () => k.variable(k.constant("i32v", 0)));
  const vector = 4 * k.lanes;
  const perTurn = 1024;
  k.loop(0, p.lines, perTurn / 64, () => {
    for (let line = 0; line < perTurn; line += 64) k.prefetch({ base: at, disp: 512 + line });
    for (let disp = 0; disp < perTurn; disp += vector) {
      const sum = sums[(disp / vector) % 4];
      sum.set(k.xor(sum, k.load("i32v", { base: at, disp })));
    }
    k.advance(at, perTurn);
  });
  k.store(p.out, k.xor(k.xor(sums[0], sums[1]), k.xor(sums[2], sums[3])));
});

/** Independent chains, enough to hide the latency of each. */
const CHAINS = 10;

/**
 * `turns` iterations × 10 chains × 4 dot4 of lanes × 8 integer operations. Each sum is also the signed operand of its
 * product, so that all products differ and none can be moved out of the loop.
 */
export const dotPeak = kernel("dot_peak", { out: "ptr", turns: "int" }, (k, p) => {
  const a = k.constant("u8v", 3);
  const sums = Array.from({ length: CHAINS }, (_, i) => k.variable(k.constant("i32v", i + 1)));
  k.loop(0, p.turns, 1, () => {
    for (let u = 0; u < 4; u++)
      for (const sum of sums) sum.set(k.dot4(sum, a, k.as("i8v", sum), { max: 127 }));
  });
  const out = k.variable(p.out);
  for (const sum of sums) {
    k.store(out, sum);
    k.advance(out, 4 * k.lanes);
  }
});

/** `turns` iterations × 10 chains × 4 fma of lanes × 2 float operations. */
export const fmaPeak = kernel("fma_peak", { out: "ptr", turns: "int" }, (k, p) => {
  const a = k.constant("f32v", 0.999);
  const b = k.constant("f32v", 0.001);
  const sums = Array.from({ length: CHAINS }, (_, i) => k.variable(k.constant("f32v", i)));
  k.loop(0, p.turns, 1, () => {
    for (let u = 0; u < 4; u++) for (const sum of sums) sum.set(k.fma(sum, a, b));
  });
  const out = k.variable(p.out);
  for (const sum of sums) {
    k.store(out, sum);
    k.advance(out, 4 * k.lanes);
  }
});

export const OPERATIONS_PER_TURN = (lanes: number, each: 8 | 2): number => CHAINS * 4 * lanes * each;

/** Matrix tiles of 16 × 16 sums, used alternately, and of the operands. Products have 32 terms. */
const TILE_SUMS = [0, 1, 2, 3];
const TILE_OPERANDS = [6, 7] as const;
const TILE_OPERATIONS = 2 * 16 * 16 * 32;

/** `turns` iterations of bf16 products, with matrix tiles or vectors, as dense products choose. */
export const bf16Peak = kernel("bf16_peak", { out: "ptr", turns: "int" }, (k, { out, turns }) => {
  if (usesMatrixTiles("bf16", k.target)) tilesPeak(k, out, turns);
  else pairsPeak(k, out, turns);
});

function tilesPeak(k: KernelBuilder, out: Value<"ptr">, turns: Value<"int">): void {
  const at = k.variable(out);
  const count = k.variable(turns);
  k.store(at, k.table(matrixShapes()));
  k.tileConfig(at);
  k.loop(0, count, 1, () => {
    for (const sum of TILE_SUMS) k.tileDotBf16(sum, ...TILE_OPERANDS);
  });
  k.tileRelease();
}

function pairsPeak(k: KernelBuilder, out: Value<"ptr">, turns: Value<"int">): void {
  const at = k.variable(out);
  const count = k.variable(turns);
  const a = k.as("i16v", k.constant("i32v", 0x3f803f80));
  const b = k.as("i16v", k.constant("i32v", 0x3c003c00));
  const sums = Array.from({ length: CHAINS }, (_, i) => k.variable(k.constant("f32v", i)));
  k.loop(0, count, 1, () => {
    for (let u = 0; u < 4; u++) for (const sum of sums) sum.set(k.dotBf16(sum, a, b));
  });
  for (const sum of sums) {
    k.store(at, sum);
    k.advance(at, 4 * k.lanes);
  }
}

/** Operations of an iteration of `bf16Peak`. */
export function bf16OperationsPerTurn(target: Target): number {
  return usesMatrixTiles("bf16", target)
    ? TILE_SUMS.length * TILE_OPERATIONS
    : 2 * OPERATIONS_PER_TURN(target.lanes, 2);
}
