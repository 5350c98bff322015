/**
 * The WebAssembly instructions that kernels use, by their names in the specification. One hex byte is a plain
 * opcode. `FD n`, `FE n` and `FC n` are opcodes of SIMD (and relaxed SIMD), threads, and saturating conversions.
 */
const TABLE = `
block 02 | loop 03 | if 04 | else 05 | end 0B | br_if 0D | call_indirect 11 | select 1B
local.get 20 | local.set 21 | local.tee 22
i32.load 28 | i64.load 29 | f32.load 2A | i64.load8_s 30 | i64.load8_u 31 | i64.load16_s 32 | i64.load16_u 33
i64.load32_s 34 | i64.load32_u 35 | i32.store 36 | f32.store 38 | i64.store 37 | i64.store8 3C | i64.store16 3D | i64.store32 3E
i32.const 41 | i64.const 42 | f32.const 43
i32.eqz 45 | i32.eq 46 | i32.ne 47 | i32.lt_u 49 | i32.gt_u 4B | i32.le_u 4D | i32.ge_u 4F
i64.eq 51 | i64.ne 52 | i64.lt_s 53 | i64.gt_s 55 | i64.le_s 57 | i64.ge_s 59
f32.eq 5B | f32.ne 5C | f32.lt 5D | f32.gt 5E | f32.le 5F | f32.ge 60
i32.add 6A | i32.and 71 | i32.shl 74
i64.add 7C | i64.sub 7D | i64.mul 7E | i64.div_u 80 | i64.rem_u 82 | i64.and 83 | i64.or 84 | i64.xor 85
i64.shl 86 | i64.shr_s 87 | i64.shr_u 88
f32.nearest 90 | f32.sqrt 91 | f32.add 92 | f32.sub 93 | f32.mul 94 | f32.div 95
i32.wrap_i64 A7 | i64.extend_i32_s AC | i64.extend_i32_u AD | f32.convert_i64_s B4 | i64.trunc_sat_f32_s FC 04
v128.load FD 00 | v128.load16x4_s FD 03 | v128.load16x4_u FD 04 | v128.load32_splat FD 09 | v128.store FD 0B
v128.const FD 0C | i8x16.shuffle FD 0D | i8x16.swizzle FD 0E | i16x8.extract_lane_u FD 19 | i32x4.splat FD 11 | f32x4.splat FD 13
i32x4.extract_lane FD 1B | f32x4.extract_lane FD 1F
i32x4.eq FD 37 | i32x4.ne FD 38 | i32x4.lt_s FD 39 | i32x4.gt_s FD 3B | i32x4.le_s FD 3D | i32x4.ge_s FD 3F
f32x4.eq FD 41 | f32x4.ne FD 42 | f32x4.lt FD 43 | f32x4.gt FD 44 | f32x4.le FD 45 | f32x4.ge FD 46
v128.and FD 4E | v128.andnot FD 4F | v128.or FD 50 | v128.xor FD 51 | v128.bitselect FD 52
v128.load8_lane FD 54 | v128.load16_lane FD 55 | v128.load32_lane FD 56
v128.store8_lane FD 58 | v128.store16_lane FD 59 | v128.store32_lane FD 5A | v128.store64_lane FD 5B
v128.load32_zero FD 5C | i8x16.narrow_i16x8_s FD 65 | f32x4.nearest FD 6A | i8x16.add FD 6E | i8x16.sub FD 71
i16x8.narrow_i32x4_s FD 85 | i16x8.narrow_i32x4_u FD 86
i16x8.extend_low_i8x16_s FD 87 | i16x8.extend_low_i8x16_u FD 89
i16x8.shl FD 8B | i16x8.shr_s FD 8C | i16x8.shr_u FD 8D | i16x8.add FD 8E | i16x8.sub FD 91 | i16x8.mul FD 95
i32x4.bitmask FD A4 | i32x4.extend_low_i16x8_s FD A7 | i32x4.extend_low_i16x8_u FD A9
i32x4.shl FD AB | i32x4.shr_s FD AC | i32x4.shr_u FD AD | i32x4.add FD AE | i32x4.sub FD B1 | i32x4.mul FD B5
i32x4.min_s FD B6 | i32x4.max_s FD B8 | i32x4.dot_i16x8_s FD BA
f32x4.sqrt FD E3 | f32x4.add FD E4 | f32x4.sub FD E5 | f32x4.mul FD E6 | f32x4.div FD E7
f32x4.pmin FD EA | f32x4.pmax FD EB | i32x4.trunc_sat_f32x4_s FD F8 | f32x4.convert_i32x4_s FD FA
i16x8.relaxed_dot_i8x16_i7x16_s FD 112
atomic.fence FE 03 | i32.atomic.load FE 10 | i32.atomic.store FE 17 | i32.atomic.rmw.add FE 1E
`;

interface Opcode {
  readonly prefix: number | undefined;
  readonly code: number;
}

export const OPCODES: ReadonlyMap<string, Opcode> = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => {
      const [name, first, second] = entry.trim().split(/\s+/);
      const head = Number.parseInt(first, 16);
      const hasPrefix = second !== undefined;
      const coding = {
        prefix: hasPrefix ? head : undefined,
        code: hasPrefix ? Number.parseInt(second, 16) : head,
      };
      return [name, coding] as const;
    }),
);
