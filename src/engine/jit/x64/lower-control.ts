/** Branches, loops, parameters and calls in x86-64 code. */
import type { Condition, Instr } from "../ir.ts";
import { type ConditionCode, type Label, mem } from "./assembler.ts";
import type { Block, Context, Lowering } from "./context.ts";
import { withImmediate } from "./lower-scalar.ts";

const RSP = 4;
/** Registers that carry the first argument of a C call. */
const C_ARGUMENT = { sysv: 7, win64: 1 } as const;

const SIGNED: Readonly<Record<string, ConditionCode>> = {
  "<": "l",
  "<=": "le",
  "==": "e",
  "!=": "ne",
  ">=": "ge",
  ">": "g",
};
const UNSIGNED: Readonly<Record<string, ConditionCode>> = {
  "<": "b",
  "<=": "be",
  "==": "e",
  "!=": "ne",
  ">=": "ae",
  ">": "a",
};
const OPPOSITE: Readonly<Record<ConditionCode, ConditionCode>> = {
  b: "ae",
  ae: "b",
  be: "a",
  a: "be",
  e: "ne",
  ne: "e",
  l: "ge",
  ge: "l",
  le: "g",
  g: "le",
  p: "p",
};

/** ucomiss sets the carry flag for NaN, so "above" is false; == and != also test the parity flag. */
function jumpOnFloats(c: Context, condition: Condition, label: Label, when: boolean): void {
  const { relation } = condition;
  const swap = relation === "<" || relation === "<=";
  const [a, b] = [c.reg(condition.a), c.reg(condition.b as number)];
  c.asm.vector("vucomiss", 128, swap ? [b, a] : [a, b]);
  if (relation !== "==" && relation !== "!=") {
    const code = relation === "<" || relation === ">" ? "a" : "ae";
    c.asm.jump(label, when ? code : OPPOSITE[code]);
    return;
  }
  if ((relation === "==") !== when) {
    c.asm.jump(label, "p");
    c.asm.jump(label, "ne");
    return;
  }
  const unordered = c.asm.label();
  c.asm.jump(unordered, "p");
  c.asm.jump(label, "e");
  c.asm.bind(unordered);
}

/** Jumps to `label` if the truth value of the condition is `when`. */
function jumpIf(c: Context, condition: Condition, label: Label, when: boolean): void {
  if (condition.kind === "f32") {
    jumpOnFloats(c, condition, label, when);
    return;
  }
  const a = c.reg(condition.a);
  if (condition.imm === 0) c.asm.general("test", a, a);
  else if (condition.imm !== undefined) withImmediate(c, "cmp", a, condition.imm);
  else c.asm.general("cmp", c.reg(condition.b as number), a);
  const code = (condition.kind === "ptr" ? UNSIGNED : SIGNED)[condition.relation];
  c.asm.jump(label, when ? code : OPPOSITE[code]);
}

/** Loads a parameter. The block's address is on top of the stack. */
function parameter(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const pointer = instr.kind === "f32" ? c.temp("general") : dst;
  c.asm.general("mov", mem(RSP), pointer);
  const slot = mem(pointer, 8 * (instr.imm ?? 0));
  if (instr.kind === "f32") c.asm.vector("vmovss", 128, [dst, slot]);
  else c.asm.general("mov", slot, dst);
}

/** Saves the live registers that the call may overwrite, passes the block's address, and keeps the stack aligned. */
function call(c: Context, instr: Instr): void {
  const { asm } = c;
  const live = c.liveAcross();
  const [kernel, args] = [c.reg(instr.args[0]), c.reg(instr.args[1])];
  const shadow = c.target.convention === "win64" ? 32 : 0;
  for (const reg of live) asm.push(reg);
  const padding = (c.pushed + live.length) % 2 === 0 ? 8 : 0;
  asm.general("lea", mem(RSP, -(shadow + padding + 16)), RSP);
  // The kernel's address is passed on the stack, because it may be in the register of the argument.
  asm.general("mov.st", mem(RSP, shadow), kernel);
  c.moveGeneral(C_ARGUMENT[c.target.convention], args);
  asm.vzeroupper();
  asm.general("call", mem(RSP, shadow));
  asm.general("lea", mem(RSP, shadow + padding + 16), RSP);
  for (const reg of [...live].reverse()) asm.pop(reg);
}

export const CONTROL_LOWERINGS: Readonly<Record<string, Lowering>> = {
  param: parameter,
  call,
  if(c, instr) {
    const end = c.asm.label();
    jumpIf(c, instr.condition as Condition, end, false);
    c.open.push({ top: end, end });
  },
  else(c) {
    const block = c.open[c.open.length - 1];
    const end = c.asm.label();
    c.asm.jump(end);
    c.asm.bind(block.end);
    block.end = end;
  },
  endif(c) {
    c.asm.bind((c.open.pop() as Block).end);
  },
  loop(c) {
    c.asm.align(32);
    const top = c.asm.label();
    c.asm.bind(top);
    c.open.push({ top, end: top });
  },
  endloop(c, instr) {
    jumpIf(c, instr.condition as Condition, (c.open.pop() as Block).top, true);
  },
};
