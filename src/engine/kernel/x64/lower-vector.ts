/** Vector arithmetic, conversion and movement between lanes in AVX-512 and AVX2 code. */
import { type Instr, isVector } from "../ir.ts";
import type { VectorBits } from "./assembler.ts";
import type { Context, Lowering } from "./context.ts";

/** `op.kind` to instruction: dst ← a op b. Two names: AVX-512, AVX2. */
const BINARY: Readonly<Record<string, string>> = {
  "add.f32v": "vaddps",
  "sub.f32v": "vsubps",
  "mul.f32v": "vmulps",
  "div.f32v": "vdivps",
  "min.f32v": "vminps",
  "max.f32v": "vmaxps",
  "add.f32": "vaddss",
  "sub.f32": "vsubss",
  "mul.f32": "vmulss",
  "div.f32": "vdivss",
  "min.f32": "vminss",
  "max.f32": "vmaxss",
  "add.i32v": "vpaddd",
  "sub.i32v": "vpsubd",
  "mul.i32v": "vpmulld",
  "min.i32v": "vpminsd",
  "max.i32v": "vpmaxsd",
  "add.i16v": "vpaddw",
  "sub.i16v": "vpsubw",
  "mul.i16v": "vpmullw",
  "add.i8v": "vpaddb",
  "sub.i8v": "vpsubb",
  "add.u8v": "vpaddb",
  "sub.u8v": "vpsubb",
  "madd.i16v": "vpmaddwd",
  "maddubs.i16v": "vpmaddubsw",
  "lookup16.i8v": "vpshufb",
};
const BITWISE: Readonly<Record<string, string>> = {
  and: "vpand",
  or: "vpor",
  xor: "vpxor",
  andnot: "vpandn",
};
const SHIFTS: Readonly<Record<string, string>> = {
  "shl.i32v": "vpslld",
  "shr.i32v": "vpsrld",
  "sar.i32v": "vpsrad",
  "shl.i16v": "vpsllw",
  "shr.i16v": "vpsrlw",
  "sar.i16v": "vpsraw",
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
  const name = BINARY[`${instr.op}.${instr.kind}`];
  const source = c.source(instr, 1);
  const bits: VectorBits = isVector(instr.kind) ? c.wide : 128;
  c.asm.vector(name, bits, [c.reg(instr.dst), c.reg(instr.args[0]), source.rm], {
    broadcast: source.broadcast,
  });
};

const bitwise: Lowering = (c, instr) => {
  if (instr.kind === "mask" && c.isa === "avx512") {
    const name = instr.op === "and" ? "kandw" : "korw";
    return c.asm.vector(name, 128, [c.reg(instr.dst), c.reg(instr.args[0]), c.reg(instr.args[1])]);
  }
  const name = BITWISE[instr.op] + (c.isa === "avx512" ? "d" : "");
  c.wideOp(name, [c.reg(instr.dst), c.reg(instr.args[0])], c.source(instr, 1));
};

const shift: Lowering = (c, instr) => {
  const name = SHIFTS[`${instr.op}.${instr.kind}`];
  c.asm.vector(name, c.wide, [c.reg(instr.dst), c.reg(instr.args[0])], { imm: instr.imm ?? 0 });
};

/** The three forms of fma differ in which operand they overwrite and which may be memory. */
const fma: Lowering = (c, instr) => {
  const stem = instr.op === "fma" ? "vfmadd" : "vfnmadd";
  const suffix = instr.kind === "f32" ? "ss" : "ps";
  const bits: VectorBits = instr.kind === "f32" ? 128 : c.wide;
  const dst = c.reg(instr.dst);
  const form = (digits: string, second: number, position: number): void => {
    const { rm, broadcast } = c.source(instr, position);
    c.asm.vector(stem + digits + suffix, bits, [dst, second, rm], { broadcast });
  };
  const [a, b, addend] = instr.args.map((id, i) => (instr.folded?.arg === i ? -1 : c.reg(id)));
  if (dst === addend && a >= 0) return form("231", a, 1);
  if (dst === a && b >= 0) return form("213", b, 2);
  if (dst === b) return form("213", a, 2);
  if (dst === a) return form("132", addend, 1);
  if (addend >= 0) {
    c.moveVector(dst, addend, bits);
    return form("231", a, 1);
  }
  c.moveVector(dst, a, bits);
  form("213", b, 2);
};

/** Adds products to `dst` in place. */
const dot: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  c.moveVector(dst, c.reg(instr.args[0]));
  const name = instr.op === "dotBf16" ? "vdpbf16ps" : "vpdpbusd";
  c.wideOp(name, [dst, c.reg(instr.args[1])], c.source(instr, 2), { evex: c.isa === "avx512" });
};

/** The function's bit number 4a + 2b + c is its value for bits a of the result's old content, b and c. */
const andOr: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  c.moveVector(dst, c.reg(instr.args[0]));
  c.wideOp("vpternlogd", [dst, c.reg(instr.args[1])], c.source(instr, 2), { imm: 0b11111000 });
};

const unary =
  (name: string): Lowering =>
  (c, instr) =>
    c.wideOp(name, [c.reg(instr.dst)], c.source(instr, 0), { imm: 0 });

const sqrt: Lowering = (c, instr) => {
  if (instr.kind !== "f32") return unary("vsqrtps")(c, instr);
  const a = c.reg(instr.args[0]);
  c.asm.vector("vsqrtss", 128, [c.reg(instr.dst), a, a]);
};
const round: Lowering = (c, instr) => {
  const stem = c.isa === "avx512" ? "vrndscale" : "vround";
  if (instr.kind !== "f32") return unary(`${stem}ps`)(c, instr);
  const a = c.reg(instr.args[0]);
  c.asm.vector(`${stem}ss`, 128, [c.reg(instr.dst), a, a], { imm: 0 });
};
const toF32: Lowering = (c, instr) => {
  if (instr.kind !== "f32") return unary("vcvtdq2ps")(c, instr);
  const dst = c.reg(instr.dst);
  c.asm.vector("vcvtsi2ss", 128, [dst, dst, c.reg(instr.args[0])]);
};
const toI32: Lowering = (c, instr) => {
  if (instr.kind !== "int") return unary("vcvtps2dq")(c, instr);
  c.asm.vector("vcvtss2si", 128, [c.reg(instr.dst), c.reg(instr.args[0])]);
};

const compare: Lowering = (c, instr) => {
  const [dst, a] = [c.reg(instr.dst), c.reg(instr.args[0])];
  const relation = instr.relation as string;
  if (instr.kind === "f32v") {
    const name = c.isa === "avx512" ? "vcmpps.k" : "vcmpps";
    return c.wideOp(name, [dst, a], c.source(instr, 1), { imm: FLOAT_PREDICATES[relation] });
  }
  if (c.isa === "avx512")
    return c.wideOp("vpcmpd", [dst, a], c.source(instr, 1), { imm: INTEGER_PREDICATES[relation] });
  const b = c.reg(instr.args[1]);
  const equality = relation === "==" || relation === "!=";
  const swap = relation === "<" || relation === ">=";
  c.asm.vector(equality ? "vpcmpeqd" : "vpcmpgtd", 256, swap ? [dst, b, a] : [dst, a, b]);
  if (["!=", ">=", "<="].includes(relation)) c.wideOp("vpxor", [dst, dst], c.pool([0xffffffff], false));
};

const select: Lowering = (c, instr) => {
  const [dst, mask, other] = [c.reg(instr.dst), c.reg(instr.args[0]), c.reg(instr.args[2])];
  const chosen = c.source(instr, 1);
  if (c.isa === "avx512") return c.wideOp("vblendmps", [dst, other], chosen, { mask });
  c.asm.vector("vblendvps", 256, [dst, other, chosen.rm, mask]);
};

const firstLanes: Lowering = (c, instr) => {
  const lanes = Array.from({ length: c.target.lanes }, (_, lane) => lane);
  const [dst, count, counts] = [c.reg(instr.dst), c.reg(instr.args[0]), c.temp("vector")];
  splatInt(c, counts, count);
  if (c.isa === "avx512") c.wideOp("vpcmpd", [dst, counts], c.pool(lanes, false), { imm: 6 });
  else c.wideOp("vpcmpgtd", [dst, counts], c.pool(lanes, false));
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
  const [dst, from] = [c.reg(instr.dst), c.reg(instr.args[0])];
  if (instr.kind === "f32v") c.asm.vector("vbroadcastss", c.wide, [dst, from]);
  else splatInt(c, dst, from);
};

/** Low lane of a vector register to where a scalar lives. */
function lowLane(c: Context, instr: Instr, from: number): void {
  const dst = c.reg(instr.dst);
  if (instr.kind === "f32v") {
    c.moveVector(dst, from, 128);
    return;
  }
  c.asm.vector("vmovd.st", 128, [dst, from]);
  c.asm.general("movsxd", dst, dst);
}
const REDUCTIONS: Readonly<Record<string, string>> = {
  "reduceAdd.f32v": "vaddps",
  "reduceMax.f32v": "vmaxps",
  "reduceMin.f32v": "vminps",
  "reduceAdd.i32v": "vpaddd",
  "reduceMax.i32v": "vpmaxsd",
  "reduceMin.i32v": "vpminsd",
};
const reduce: Lowering = (c, instr) => {
  const name = REDUCTIONS[`${instr.op}.${instr.kind}`];
  const [upper, lower] = [c.temp("vector", 0), c.temp("vector", 1)];
  let from = c.reg(instr.args[0]);
  const step = (bits: VectorBits): void => {
    c.asm.vector(name, bits, [lower, from, upper]);
    from = lower;
  };
  if (c.isa === "avx512") {
    c.asm.vector("vextracti64x4", 512, [upper, from], { imm: 1 });
    step(256);
  }
  c.asm.vector(c.isa === "avx512" ? "vextracti32x4" : "vextracti128", 256, [upper, from], { imm: 1 });
  step(128);
  for (const lanes of [0b1110, 0b0001]) {
    c.asm.vector("vpshufd", 128, [upper, from], { imm: lanes });
    step(128);
  }
  lowLane(c, instr, lower);
};

function loadIndices(c: Context, to: number, indices: readonly number[]): void {
  c.asm.vector("vmovups", c.wide, [to, c.pool(indices, false).rm]);
}
const permute: Lowering = (c, instr) => {
  const dst = c.reg(instr.dst);
  loadIndices(c, dst, instr.words as number[]);
  c.asm.vector("vpermd", c.wide, [dst, dst, c.reg(instr.args[0])]);
};
const permute2: Lowering = (c, instr) => {
  const [dst, a, b] = [c.reg(instr.dst), c.reg(instr.args[0]), c.reg(instr.args[1])];
  const indices = instr.words as number[];
  if (c.isa === "avx512") {
    loadIndices(c, dst, indices);
    return c.asm.vector("vpermi2d", 512, [dst, a, b]);
  }
  const [first, second] = [c.temp("vector", 0), c.temp("vector", 1)];
  loadIndices(
    c,
    first,
    indices.map((index) => index % 8),
  );
  c.asm.vector("vpermd", 256, [second, first, b]);
  c.asm.vector("vpermd", 256, [first, first, a]);
  const fromSecond = indices.reduce((bits, index, lane) => bits | (index >= 8 ? 1 << lane : 0), 0);
  c.asm.vector("vpblendd", 256, [dst, first, second], { imm: fromSecond });
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
  const [dst, from] = [c.reg(instr.dst), c.reg(instr.args[0])];
  if (instr.kind === "mask" && c.isa === "avx512") c.asm.vector("kmovw.k", 128, [dst, from]);
  else c.moveVector(dst, from, instr.kind === "f32" ? 128 : c.wide);
};

export const VECTOR_LOWERINGS: Readonly<Record<string, Lowering>> = {
  ...Object.fromEntries("add sub mul div min max madd maddubs lookup16".split(" ").map((op) => [op, binary])),
  ...Object.fromEntries("and or xor andnot".split(" ").map((op) => [op, bitwise])),
  ...Object.fromEntries("shl shr sar".split(" ").map((op) => [op, shift])),
  ...Object.fromEntries("dot4 dotBf16".split(" ").map((op) => [op, dot])),
  ...Object.fromEntries("reduceAdd reduceMax reduceMin".split(" ").map((op) => [op, reduce])),
  andOr,
  fma,
  fnma: fma,
  sqrt,
  round,
  toF32,
  toI32,
  compare,
  select,
  firstLanes,
  splat,
  lane0: (c, instr) => lowLane(c, instr, c.reg(instr.args[0])),
  permute,
  permute2,
  const: constant,
  mov,
};
