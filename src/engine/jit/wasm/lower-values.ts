/** Arithmetic, conversion and movement between lanes in WebAssembly: each function leaves its result on the stack. */
import { type Condition, type Instr, KernelError } from "../ir.ts";
import { LOCAL_TYPES, type WasmContext } from "./context.ts";
import type { ValueType } from "./encoder.ts";

/** Instruction for `op.kind`, if it takes the operands in order. */
const SIMPLE: Readonly<Record<string, string>> = {
  "add.int": "i64.add",
  "sub.int": "i64.sub",
  "mul.int": "i64.mul",
  "div.int": "i64.div_u",
  "rem.int": "i64.rem_u",
  "and.int": "i64.and",
  "or.int": "i64.or",
  "xor.int": "i64.xor",
  "shl.int": "i64.shl",
  "shr.int": "i64.shr_u",
  "sar.int": "i64.shr_s",
  "add.f32": "f32.add",
  "sub.f32": "f32.sub",
  "mul.f32": "f32.mul",
  "div.f32": "f32.div",
  "sqrt.f32": "f32.sqrt",
  "round.f32": "f32.nearest",
  "toF32.f32": "f32.convert_i64_s",
  "add.f32v": "f32x4.add",
  "sub.f32v": "f32x4.sub",
  "mul.f32v": "f32x4.mul",
  "div.f32v": "f32x4.div",
  "sqrt.f32v": "f32x4.sqrt",
  "round.f32v": "f32x4.nearest",
  "toF32.f32v": "f32x4.convert_i32x4_s",
  "add.i32v": "i32x4.add",
  "sub.i32v": "i32x4.sub",
  "mul.i32v": "i32x4.mul",
  "min.i32v": "i32x4.min_s",
  "max.i32v": "i32x4.max_s",
  "add.i16v": "i16x8.add",
  "sub.i16v": "i16x8.sub",
  "mul.i16v": "i16x8.mul",
  "add.i8v": "i8x16.add",
  "sub.i8v": "i8x16.sub",
  "add.u8v": "i8x16.add",
  "sub.u8v": "i8x16.sub",
  "madd.i16v": "i32x4.dot_i16x8_s",
  "lookup16.i8v": "i8x16.swizzle",
  "splat.f32v": "f32x4.splat",
};
const BITWISE: Readonly<Record<string, string>> = { and: "v128.and", or: "v128.or", xor: "v128.xor" };
const SHIFTS: Readonly<Record<string, string>> = {
  "shl.i32v": "i32x4.shl",
  "shr.i32v": "i32x4.shr_u",
  "sar.i32v": "i32x4.shr_s",
  "shl.i16v": "i16x8.shl",
  "shr.i16v": "i16x8.shr_u",
  "sar.i16v": "i16x8.shr_s",
};
const RELATION_NAMES: Readonly<Record<string, string>> = {
  "<": "lt",
  "<=": "le",
  "==": "eq",
  "!=": "ne",
  ">=": "ge",
  ">": "gt",
};
/** Vector ops with swapped operands: pmin(a, b) is b < a ? b : a. */
const SWAPPED: Readonly<Record<string, string>> = { "min.f32v": "f32x4.pmin", "max.f32v": "f32x4.pmax" };

function relationName(type: ValueType | "i32x4" | "f32x4", relation: string): string {
  const name = RELATION_NAMES[relation];
  if (relation === "==" || relation === "!=" || type.startsWith("f32")) return `${type}.${name}`;
  return `${type}.${name}_${type === "i32" ? "u" : "s"}`;
}

/** Pushes the truth value of the condition. */
export function pushCondition(c: WasmContext, condition: Condition): void {
  c.get(condition.a);
  if (condition.b !== undefined) c.get(condition.b);
  else if (condition.kind === "ptr") c.out.i32(condition.imm ?? 0);
  else c.out.i64(condition.imm ?? 0);
  c.out.op(relationName(LOCAL_TYPES[condition.kind], condition.relation));
}

const laneBytes = (lane: number): number[] => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3];

/** Combines upper and lower halves (sum, minimum or maximum) twice. */
function reduce(c: WasmContext, instr: Instr): void {
  const { out, scratch } = c;
  const float = instr.kind === "f32v";
  const names = {
    reduceAdd: "add",
    reduceMax: float ? "pmax" : "max_s",
    reduceMin: float ? "pmin" : "min_s",
  };
  const name = `${float ? "f32x4" : "i32x4"}.${names[instr.op as keyof typeof names]}`;
  c.get(instr.args[0]);
  for (const half of [2, 1]) {
    out.op("local.set", scratch.vector);
    const upper = [half, half === 2 ? 3 : 1, 0, 0].flatMap(laneBytes);
    // Upper half first, because pmin and pmax have swapped operands. For sums the order does not matter.
    out
      .op("local.get", scratch.vector)
      .op("local.get", scratch.vector)
      .op("i8x16.shuffle")
      .byte(...upper);
    out.op("local.get", scratch.vector).op(name);
  }
  extractLane0(c, float);
}

function extractLane0(c: WasmContext, float: boolean): void {
  c.out.op(float ? "f32x4.extract_lane" : "i32x4.extract_lane").byte(0);
  if (!float) c.out.op("i64.extend_i32_s");
}

export function constant(c: WasmContext, instr: Instr): void {
  const words = instr.words ?? [];
  if (instr.kind === "int") c.out.i64(instr.imm ?? 0);
  else if (instr.kind === "f32") c.out.f32(words[0]);
  else c.out.v128(words.length === 1 ? [words[0], words[0], words[0], words[0]] : words);
}

function pushScalarMinMax(c: WasmContext, instr: Instr): void {
  const push = (): void => {
    c.get(instr.args[0]);
    pushRight(c, instr);
  };
  push();
  push();
  c.out.op(relationName(LOCAL_TYPES[instr.kind], instr.op === "min" ? "<" : ">")).op("select");
}

function pushRight(c: WasmContext, instr: Instr): void {
  if (instr.args.length > 1) c.get(instr.args[1]);
  else if (instr.imm !== undefined) c.out.i64(instr.imm);
}

function param(c: WasmContext, instr: Instr): void {
  const load = { ptr: "i32.load", int: "i64.load", f32: "f32.load" }[instr.kind as "ptr" | "int" | "f32"];
  c.out.op("local.get", 0).op(load, 0, 8 * (instr.imm ?? 0));
}

/** Ops that are not a single instruction on their operands in order. */
const SPECIAL: Readonly<Record<string, (c: WasmContext, instr: Instr) => void>> = {
  param,
  const: constant,
  mov: (c, { args }) => c.get(args[0]),
  fma(c, { args, kind }) {
    const type = kind === "f32" ? "f32" : "f32x4";
    c.get(args[0]);
    c.get(args[1]);
    c.out.op(`${type}.mul`);
    c.get(args[2]);
    c.out.op(`${type}.add`);
  },
  fnma(c, { args, kind }) {
    const type = kind === "f32" ? "f32" : "f32x4";
    c.get(args[2]);
    c.get(args[0]);
    c.get(args[1]);
    c.out.op(`${type}.mul`).op(`${type}.sub`);
  },
  select(c, { args }) {
    c.get(args[1]);
    c.get(args[2]);
    c.get(args[0]);
    c.out.op("v128.bitselect");
  },
  andnot(c, { args }) {
    c.get(args[1]);
    c.get(args[0]);
    c.out.op("v128.andnot");
  },
  compare(c, { args, kind, relation }) {
    c.get(args[0]);
    c.get(args[1]);
    c.out.op(relationName(kind === "f32v" ? "f32x4" : "i32x4", relation as string));
  },
  firstLanes(c, { args }) {
    c.get(args[0]);
    c.out.op("i32.wrap_i64").op("i32x4.splat").v128([0, 1, 2, 3]).op("i32x4.gt_s");
  },
  maddubs(c, { args }) {
    c.get(args[1]);
    c.get(args[0]);
    c.out.op("i16x8.relaxed_dot_i8x16_i7x16_s");
  },
  lane0(c, { args, kind }) {
    c.get(args[0]);
    extractLane0(c, kind === "f32v");
  },
  permute(c, { args, words }) {
    c.get(args[0]);
    c.get(args[0]);
    c.out.op("i8x16.shuffle").byte(...(words as number[]).flatMap(laneBytes));
  },
  permute2(c, { args, words }) {
    c.get(args[0]);
    c.get(args[1]);
    c.out.op("i8x16.shuffle").byte(...(words as number[]).flatMap(laneBytes));
  },
  zip(c, { args, words }) {
    const [bytes, half] = words as number[];
    c.get(args[0]);
    c.get(args[1]);
    const from = Array.from({ length: 16 }, (_, i) => {
      const element = Math.floor(i / bytes);
      return 16 * (element % 2) + 8 * half + (element >> 1) * bytes + (i % bytes);
    });
    c.out.op("i8x16.shuffle").byte(...from);
  },
  widen(c, { args }) {
    c.get(args[0]);
    c.out.op("i32x4.extend_low_i16x8_u");
  },
  joinQuad: (c, { args }) => c.get(args[1]),
  reduceAdd: reduce,
  reduceMax: reduce,
  reduceMin: reduce,
  "splat.i32v"(c, { args }) {
    c.get(args[0]);
    c.out.op("i32.wrap_i64").op("i32x4.splat");
  },
  "toI32.i32v"(c, { args }) {
    c.get(args[0]);
    c.out.op("f32x4.nearest").op("i32x4.trunc_sat_f32x4_s");
  },
  "toI32.int"(c, { args }) {
    c.get(args[0]);
    c.out.op("f32.nearest").op("i64.trunc_sat_f32_s");
  },
  "add.ptr"(c, instr) {
    c.get(instr.args[0]);
    pushRight(c, instr);
    c.out.op("i32.wrap_i64").op("i32.add");
  },
  "min.int": pushScalarMinMax,
  "max.int": pushScalarMinMax,
  "min.f32": pushScalarMinMax,
  "max.f32": pushScalarMinMax,
};

/** Pushes the value of an instruction that is neither a memory access nor control. */
export function pushValue(c: WasmContext, instr: Instr): void {
  const { op, kind, args } = instr;
  const key = `${op}.${kind}`;
  const special = SPECIAL[key] ?? SPECIAL[op];
  if (special !== undefined) special(c, instr);
  else if (SWAPPED[key] !== undefined) {
    c.get(args[1]);
    c.get(args[0]);
    c.out.op(SWAPPED[key]);
  } else if (SHIFTS[key] !== undefined) {
    c.get(args[0]);
    c.out.i32(instr.imm ?? 0).op(SHIFTS[key]);
  } else {
    const name = SIMPLE[key] ?? BITWISE[op];
    if (name === undefined) throw new KernelError(c.program.name, `wasm does not support ${op} of ${kind}`);
    c.get(args[0]);
    pushRight(c, instr);
    c.out.op(name);
  }
}
