/** Vector arithmetic, conversion and movement between lanes in AVX-512 and AVX2 code. */
import type { Instr } from "../ir.ts";
import type { VectorBits } from "./assembler.ts";
import type { Context, Lowering } from "./context.ts";

type Names = Readonly<Record<string, string>>;

/** Instruction of each op by kind: dst ← a op b. */
const BINARY: Readonly<Record<string, Names>> = {
  add: { f32v: "vaddps", f32: "vaddss", i32v: "vpaddd", i16v: "vpaddw", i8v: "vpaddb", u8v: "vpaddb" },
  sub: { f32v: "vsubps", f32: "vsubss", i32v: "vpsubd", i16v: "vpsubw", i8v: "vpsubb", u8v: "vpsubb" },
  mul: { f32v: "vmulps", f32: "vmulss", i32v: "vpmulld", i16v: "vpmullw" },
  div: { f32v: "vdivps", f32: "vdivss" },
  min: { f32v: "vminps", f32: "vminss", i32v: "vpminsd" },
  max: { f32v: "vmaxps", f32: "vmaxss", i32v: "vpmaxsd" },
  madd: { i16v: "vpmaddwd" },
  maddubs: { i16v: "vpmaddubsw" },
  lookup16: { i8v: "vpshufb" },
};
const BITWISE: Readonly<Record<"avx512" | "avx2", Names>> = {
  avx512: { and: "vpandd", or: "vpord", xor: "vpxord", andnot: "vpandnd" },
  avx2: { and: "vpand", or: "vpor", xor: "vpxor", andnot: "vpandn" },
};
const SHIFTS: Readonly<Record<string, Names>> = {
  shl: { i32v: "vpslld", i16v: "vpsllw" },
  shr: { i32v: "vpsrld", i16v: "vpsrlw" },
  sar: { i32v: "vpsrad", i16v: "vpsraw" },
};
const FLOAT_PREDICATES: Readonly<Record<string, number>> = {
  "<": 17,
  "<=": 18,
  "==": 0,
  "!=": 4,
  ">=": 29,
  ">": 30,
};
const INTEGER_PREDICATES: Readonly<Record<string, number>> = {
  "<": 1,
  "<=": 2,
  "==": 0,
  "!=": 4,
  ">=": 5,
  ">": 6,
};

const binary: Lowering = (c, instr) => {
  const { op, kind, dst, args } = instr;
  const bits: VectorBits = kind === "f32" ? 128 : c.wide;
  c.asm.vector(BINARY[op][kind], bits, [c.reg(dst), c.reg(args[0]), c.source(instr, 1)]);
};

const bitwise: Lowering = (c, instr) => {
  const { op, kind, dst, args } = instr;
  const operands = [c.reg(dst), c.reg(args[0]), c.source(instr, 1)];
  if (kind === "mask" && c.isa === "avx512") c.asm.vector(op === "and" ? "kandw" : "korw", 128, operands);
  else c.asm.vector(BITWISE[c.isa][op], c.wide, operands);
};

const shift: Lowering = (c, { op, kind, dst, args, imm }) =>
  c.asm.vector(SHIFTS[op][kind], c.wide, [c.reg(dst), c.reg(args[0])], imm as number);

/** The three forms of fma differ in the operand that they overwrite and in the one that may be memory. */
const FMA_FORMS: Readonly<Record<string, Readonly<Record<string, Names>>>> = {
  fma: {
    f32v: { by132: "vfmadd132ps", by213: "vfmadd213ps", by231: "vfmadd231ps" },
    f32: { by132: "vfmadd132ss", by213: "vfmadd213ss", by231: "vfmadd231ss" },
  },
  fnma: {
    f32v: { by132: "vfnmadd132ps", by213: "vfnmadd213ps", by231: "vfnmadd231ps" },
    f32: { by132: "vfnmadd132ss", by213: "vfnmadd213ss", by231: "vfnmadd231ss" },
  },
};

const fma: Lowering = (c, instr) => {
  const { op, kind, args, folded } = instr;
  const { by132, by213, by231 } = FMA_FORMS[op][kind];
  const bits: VectorBits = kind === "f32" ? 128 : c.wide;
  const dst = c.reg(instr.dst);
  const inMemory = folded?.arg;
  const a = inMemory === 0 ? -1 : c.reg(args[0]);
  const b = inMemory === 1 ? -1 : c.reg(args[1]);
  const addend = inMemory === 2 ? -1 : c.reg(args[2]);
  const emit = (name: string, second: number, position: number): void =>
    c.asm.vector(name, bits, [dst, second, c.source(instr, position)]);
  if (dst === addend && a >= 0) return emit(by231, a, 1);
  if (dst === a && b >= 0) return emit(by213, b, 2);
  if (dst === b) return emit(by213, a, 2);
  if (dst === a) return emit(by132, addend, 1);
  if (addend >= 0) {
    c.moveVector(dst, addend, bits);
    return emit(by231, a, 1);
  }
  c.moveVector(dst, a, bits);
  emit(by213, b, 2);
};

/** Instructions that overwrite their first operand with the result. */
const IN_PLACE: Readonly<Record<string, string>> = {
  dot4: "vpdpbusd",
  dotBf16: "vdpbf16ps",
  pickHalves: "vpermt2w",
};
const inPlace: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  c.moveVector(dst, c.reg(instr.args[0]));
  c.asm.vector(IN_PLACE[instr.op], c.wide, [dst, c.reg(instr.args[1]), c.source(instr, 2)]);
};

/** Truth table for vpternlogd: bit 4a + 2b + c is the value for bits a (of the old result), b and c. */
const AND_OR = 0b11111000;

const andOr: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  c.moveVector(dst, c.reg(instr.args[0]));
  c.asm.vector("vpternlogd", 512, [dst, c.reg(instr.args[1]), c.source(instr, 2)], AND_OR);
};

const unary = (c: Context, instr: Instr, name: string): void =>
  c.asm.vector(name, c.wide, [c.reg(instr.dst), c.source(instr, 0)]);

const sqrt: Lowering = (c, instr) => {
  if (instr.kind !== "f32") return unary(c, instr, "vsqrtps");
  const a = c.reg(instr.args[0]);
  c.asm.vector("vsqrtss", 128, [c.reg(instr.dst), a, a]);
};
const round: Lowering = (c, instr) => {
  const stem = c.isa === "avx512" ? "vrndscale" : "vround";
  if (instr.kind !== "f32") return unary(c, instr, `${stem}ps`);
  const a = c.reg(instr.args[0]);
  c.asm.vector(`${stem}ss`, 128, [c.reg(instr.dst), a, a], 0);
};
const toF32: Lowering = (c, instr) => {
  if (instr.kind !== "f32") return unary(c, instr, "vcvtdq2ps");
  const dst = c.reg(instr.dst);
  c.asm.vector("vcvtsi2ss", 128, [dst, dst, c.reg(instr.args[0])]);
};
const toI32: Lowering = (c, instr) => {
  if (instr.kind !== "int") return unary(c, instr, "vcvtps2dq");
  c.asm.vector("vcvtss2si", 128, [c.reg(instr.dst), c.reg(instr.args[0])]);
};

/** Upper half, then lower half; the second operand may be memory. */
const joinBf16: Lowering = (c, instr) =>
  c.asm.vector("vcvtne2ps2bf16", 512, [c.reg(instr.dst), c.reg(instr.args[0]), c.source(instr, 1)]);

/** Permutation of words: 2l is word l of the lower half, 2l + 1 word l of the upper half. */
const IN_TURNS = Array.from({ length: 16 }, (_, lane) => lane | ((lane + 16) << 16));

const pairBf16: Lowering = (c, instr) => {
  joinBf16(c, instr);
  const [dst, indices] = [c.reg(instr.dst), c.temp("vector")];
  loadIndices(c, indices, IN_TURNS);
  c.asm.vector("vpermw", 512, [dst, indices, dst]);
};

const compare: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  const relation = instr.relation as string;
  if (instr.kind === "f32v") {
    const name = c.isa === "avx512" ? "vcmpps.k" : "vcmpps";
    return c.asm.vector(name, c.wide, [dst, a, c.source(instr, 1)], FLOAT_PREDICATES[relation]);
  }
  if (c.isa === "avx512")
    return c.asm.vector("vpcmpd", 512, [dst, a, c.source(instr, 1)], INTEGER_PREDICATES[relation]);
  const b = c.reg(instr.args[1]);
  const equality = relation === "==" || relation === "!=";
  const swap = relation === "<" || relation === ">=";
  c.asm.vector(equality ? "vpcmpeqd" : "vpcmpgtd", 256, swap ? [dst, b, a] : [dst, a, b]);
  if (["!=", ">=", "<="].includes(relation))
    c.asm.vector("vpxor", 256, [dst, dst, c.pool([0xffffffff], false)]);
};

const select: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  const mask = c.reg(instr.args[0]);
  const other = c.reg(instr.args[2]);
  const chosen = c.source(instr, 1);
  if (c.isa === "avx512") return c.asm.vector("vblendmps", 512, [dst, other, chosen], 0, mask);
  c.asm.vector("vblendvps", 256, [dst, other, chosen, mask]);
};

const firstLanes: Lowering = (c, instr) => {
  const lanes = Array.from({ length: c.target.lanes }, (_, lane) => lane);
  const dst = c.reg(instr.dst);
  const count = c.reg(instr.args[0]);
  const counts = c.temp("vector");
  splatInt(c, counts, count);
  const operands = [dst, counts, c.pool(lanes, false)];
  if (c.isa === "avx512") c.asm.vector("vpcmpd", 512, operands, 6);
  else c.asm.vector("vpcmpgtd", 256, operands);
};

function splatInt(c: Context, dst: number, from: number): void {
  if (c.isa === "avx512") {
    c.asm.vector("vpbroadcastd.r", 512, [dst, from]);
    return;
  }
  c.asm.vector("vmovd", 128, [dst, from]);
  c.asm.vector("vpbroadcastd", 256, [dst, dst]);
}
const splat: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  const from = c.reg(instr.args[0]);
  if (instr.kind === "f32v") c.asm.vector("vbroadcastss", c.wide, [dst, from]);
  else splatInt(c, dst, from);
};

/** Moves the low lane of a vector register to the register of a scalar. */
function lowLane(c: Context, instr: Instr, from: number): void {
  const dst = c.reg(instr.dst);
  if (instr.kind === "f32v") {
    c.moveVector(dst, from, 128);
    return;
  }
  c.asm.vector("vmovd.st", 128, [dst, from]);
  c.asm.general("movsxd", dst, dst);
}
const REDUCTIONS: Readonly<Record<string, Names>> = {
  reduceAdd: BINARY.add,
  reduceMax: BINARY.max,
  reduceMin: BINARY.min,
};
const reduce: Lowering = (c, instr) => {
  const name = REDUCTIONS[instr.op][instr.kind];
  const [upper, lower] = [c.temp("vector", 0), c.temp("vector", 1)];
  let from = c.reg(instr.args[0]);
  const step = (bits: VectorBits): void => {
    c.asm.vector(name, bits, [lower, from, upper]);
    from = lower;
  };
  if (c.isa === "avx512") {
    c.asm.vector("vextracti64x4", 512, [upper, from], 1);
    step(256);
  }
  c.asm.vector(c.isa === "avx512" ? "vextracti32x4" : "vextracti128", 256, [upper, from], 1);
  step(128);
  for (const lanes of [0b1110, 0b0001]) {
    c.asm.vector("vpshufd", 128, [upper, from], lanes);
    step(128);
  }
  lowLane(c, instr, lower);
};

function loadIndices(c: Context, to: number, indices: readonly number[]): void {
  c.asm.vector("vmovups", c.wide, [to, c.pool(indices, false)]);
}
const permute: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  loadIndices(c, dst, instr.words as number[]);
  c.asm.vector("vpermd", c.wide, [dst, dst, c.reg(instr.args[0])]);
};
/** Two words of a and two of b in every 128 bits, by the immediate of vshufps; or whole 128 bits, by that of vperm2i128. */
const SHUFFLES: ReadonlyMap<string, readonly ["vshufps" | "vperm2i128", number]> = new Map([
  ["0,1,8,9,4,5,12,13", ["vshufps", 0x44]],
  ["2,3,10,11,6,7,14,15", ["vshufps", 0xee]],
  ["0,1,2,3,8,9,10,11", ["vperm2i128", 0x20]],
  ["4,5,6,7,12,13,14,15", ["vperm2i128", 0x31]],
]);
/** Every second word of a and of b, by turns. */
const ZIPS: ReadonlyMap<string, "even" | "odd"> = new Map([
  ["0,8,2,10,4,12,6,14", "even"],
  ["1,9,3,11,5,13,7,15", "odd"],
]);

/** The immediate of vshufi32x4, if indices take two whole quarters of a and then two of b. */
function wholeQuarters(indices: readonly number[]): number | undefined {
  const quarters = [0, 4, 8, 12].map((first) => indices[first] / 4);
  const areWhole = indices.every((index, lane) => index === 4 * quarters[lane >> 2] + (lane & 3));
  const inOrder = quarters.every((quarter, i) => Number.isInteger(quarter) && quarter >> 2 === i >> 1);
  return areWhole && inOrder
    ? quarters.reduce((bits, quarter, i) => bits | ((quarter & 3) << (2 * i)), 0)
    : undefined;
}

/** The patterns of transpositions, in one or two instructions of AVX2 instead of three and two loads. */
function permutePattern(
  c: Context,
  dst: number,
  [a, b]: readonly [number, number],
  indices: string,
): boolean {
  const shuffle = SHUFFLES.get(indices);
  if (shuffle !== undefined) c.asm.vector(shuffle[0], 256, [dst, a, b], shuffle[1]);
  const zip = ZIPS.get(indices);
  const moved = c.temp("vector", 0);
  if (zip === "even") {
    c.asm.vector("vpshufd", 256, [moved, b], 0b10100000);
    c.asm.vector("vpblendd", 256, [dst, a, moved], 0b10101010);
  } else if (zip === "odd") {
    c.asm.vector("vpshufd", 256, [moved, a], 0b11110101);
    c.asm.vector("vpblendd", 256, [dst, moved, b], 0b10101010);
  }
  return shuffle !== undefined || zip !== undefined;
}

const permute2: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  const b = c.reg(instr.args[1]);
  const indices = instr.words as number[];
  if (c.isa === "avx512") {
    const quarters = wholeQuarters(indices);
    if (quarters !== undefined) return c.asm.vector("vshufi32x4", 512, [dst, a, b], quarters);
    loadIndices(c, dst, indices);
    return c.asm.vector("vpermi2d", 512, [dst, a, b]);
  }
  if (permutePattern(c, dst, [a, b], indices.join())) return;
  const [first, second] = [c.temp("vector", 0), c.temp("vector", 1)];
  loadIndices(
    c,
    first,
    indices.map((index) => index % 8),
  );
  c.asm.vector("vpermd", 256, [second, first, b]);
  c.asm.vector("vpermd", 256, [first, first, a]);
  const fromSecond = indices.reduce((bits, index, lane) => bits | (index >= 8 ? 1 << lane : 0), 0);
  c.asm.vector("vpblendd", 256, [dst, first, second], fromSecond);
};

/** Names by bytes of an element, for the lower and the upper half. */
const ZIP_NAMES: Readonly<Record<number, readonly [string, string]>> = {
  2: ["vpunpcklwd", "vpunpckhwd"],
  4: ["vpunpckldq", "vpunpckhdq"],
};
const zip: Lowering = (c, { dst, args, words }) => {
  const [bytes, half] = words as number[];
  c.asm.vector(ZIP_NAMES[bytes][half], c.wide, [c.reg(dst), c.reg(args[0]), c.reg(args[1])]);
};

const constant: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  const words = instr.words as number[];
  if (words.every((word) => word === 0)) c.zeroVector(dst);
  else if (instr.kind === "f32") c.asm.vector("vmovss", 128, [dst, c.asm.constant(words)]);
  else if (words.length === 1) c.asm.vector("vbroadcastss", c.wide, [dst, c.asm.constant(words)]);
  else c.asm.vector("vmovups", c.wide, [dst, c.asm.constant(words)]);
};

const mov: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  const from = c.reg(instr.args[0]);
  if (instr.kind === "mask" && c.isa === "avx512") c.asm.vector("kmovw.k", 128, [dst, from]);
  else c.moveVector(dst, from, instr.kind === "f32" ? 128 : c.wide);
};

export const VECTOR_LOWERINGS: Readonly<Record<string, Lowering>> = {
  ...Object.fromEntries("add sub mul div min max madd maddubs lookup16".split(" ").map((op) => [op, binary])),
  ...Object.fromEntries("and or xor andnot".split(" ").map((op) => [op, bitwise])),
  ...Object.fromEntries("shl shr sar".split(" ").map((op) => [op, shift])),
  ...Object.fromEntries(Object.keys(IN_PLACE).map((op) => [op, inPlace])),
  ...Object.fromEntries("reduceAdd reduceMax reduceMin".split(" ").map((op) => [op, reduce])),
  andOr,
  fma,
  fnma: fma,
  sqrt,
  round,
  toF32,
  toI32,
  joinBf16,
  pairBf16,
  compare,
  select,
  firstLanes,
  splat,
  lane0: (c, instr) => lowLane(c, instr, c.reg(instr.args[0])),
  permute,
  permute2,
  zip,
  const: constant,
  mov,
};
