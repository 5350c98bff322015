/** Integers and pointers in x86-64 code. */
import type { Instr } from "../ir.ts";
import { mem } from "./assembler.ts";
import type { Context, Lowering } from "./context.ts";

const isInt8 = (value: number): boolean => value >= -128 && value <= 127;
const RAX = 0;
const RDX = 2;
const RSP = 4;

/** dst = a op b, for an op that commutes, or if `dst` is not b. */
function twoOperand(c: Context, name: string, dst: number, a: number, b: number, commutes: boolean): void {
  if (dst === b && dst !== a && commutes) {
    c.asm.general(name, a, dst);
    return;
  }
  c.moveGeneral(dst, a);
  c.asm.general(name, b, dst);
}

export function withImmediate(c: Context, name: string, dst: number, imm: number): void {
  c.asm.general(isInt8(imm) ? `${name}.i8` : `${name}.i`, dst, 0, imm);
}

function add(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  if (instr.imm !== undefined) {
    if (dst === a) withImmediate(c, "add", dst, instr.imm);
    else c.asm.general("lea", mem(a, instr.imm), dst);
    return;
  }
  const b = c.reg(instr.args[1]);
  if (dst === a) c.asm.general("add", b, dst);
  else if (dst === b) c.asm.general("add", a, dst);
  else c.asm.general("lea", mem(a, 0, b), dst);
}

function sub(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  if (instr.imm !== undefined) {
    c.moveGeneral(dst, a);
    withImmediate(c, "sub", dst, instr.imm);
    return;
  }
  const b = c.reg(instr.args[1]);
  if (dst === b && dst !== a) {
    c.asm.general("neg", dst);
    c.asm.general("add", a, dst);
  } else twoOperand(c, "sub", dst, a, b, false);
}

function multiply(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  if (instr.imm !== undefined) c.asm.general("imul.i", a, dst, instr.imm);
  else twoOperand(c, "imul", dst, a, c.reg(instr.args[1]), true);
}

function bitwise(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  if (instr.imm === undefined) {
    twoOperand(c, instr.op, dst, a, c.reg(instr.args[1]), true);
    return;
  }
  c.moveGeneral(dst, a);
  withImmediate(c, instr.op, dst, instr.imm);
}

function shift(c: Context, instr: Instr): void {
  const op = instr.op as "shl" | "shr" | "sar";
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  if (instr.imm === undefined) {
    c.asm.shift(op, dst, a, c.reg(instr.args[1]));
    return;
  }
  c.moveGeneral(dst, a);
  c.asm.general(`${op}.i`, dst, 0, instr.imm);
}

function minMax(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  let b = instr.args.length > 1 ? c.reg(instr.args[1]) : -1;
  if (instr.imm !== undefined) {
    b = c.temp("general");
    c.asm.movImm(b, instr.imm);
  }
  const other = dst === b ? a : b;
  if (dst !== b) c.moveGeneral(dst, a);
  c.asm.general("cmp", other, dst);
  c.asm.general(instr.op === "min" ? "cmovg" : "cmovl", other, dst);
}

/** Unsigned division. The instruction uses rdx:rax, so both are saved around it, together with the divisor. */
function divide(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const a = c.reg(instr.args[0]);
  const b = c.reg(instr.args[1]);
  const { asm } = c;
  asm.push(RAX);
  asm.push(RDX);
  asm.push(b);
  c.moveGeneral(RAX, a);
  asm.general("xor", RDX, RDX);
  asm.general("div", mem(RSP));
  const result = instr.op === "div" ? RAX : RDX;
  asm.general("mov.st", mem(RSP), result);
  // The result stays on the stack until rdx and rax are restored, so that restoring them cannot overwrite dst.
  asm.general("mov", mem(RSP, 8), RDX);
  asm.general("mov", mem(RSP, 16), RAX);
  asm.general("mov", mem(RSP), dst);
  asm.general("lea", mem(RSP, 24), RSP);
}

export const SCALAR_LOWERINGS: Readonly<Record<string, Lowering>> = {
  add,
  sub,
  mul: multiply,
  and: bitwise,
  or: bitwise,
  xor: bitwise,
  shl: shift,
  shr: shift,
  sar: shift,
  min: minMax,
  max: minMax,
  div: divide,
  rem: divide,
  const: (c, instr) => c.asm.movImm(c.reg(instr.dst), instr.imm ?? 0),
  mov: (c, instr) => c.moveGeneral(c.reg(instr.dst), c.reg(instr.args[0])),
};
