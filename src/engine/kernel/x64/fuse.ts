/**
 * AVX-512 computes any function of three bits in one instruction (vpternlogd). Of those, kernels that unpack codes need
 * one over and over: a & b | c. This pass joins an `and` into the `or` that alone reads it.
 */
import { type Instr, isVector, type Program, readsOf } from "../ir.ts";

const CONTROL: ReadonlySet<string> = new Set("if else endif loop endloop call".split(" "));

export function fuseBits(program: Program): Program {
  const { registers } = program;
  const uses = new Array<number>(registers.length).fill(0);
  for (const instr of program.code) for (const id of readsOf(instr)) uses[id]++;
  const code: (Instr | undefined)[] = [...program.code];
  /** Where each `and` of this straight run of code is that may be computed later: what it reads does not change. */
  let ands = new Map<number, number>();
  program.code.forEach((instr, i) => {
    const { op, kind, dst, args } = instr;
    if (CONTROL.has(op)) ands = new Map();
    if (!isVector(kind)) return;
    if (op === "and" && [dst, ...args].every((id) => !registers[id].variable) && uses[dst] === 1)
      ands.set(dst, i);
    if (op !== "or") return;
    const joined = args.findLastIndex((id) => ands.has(id));
    if (joined < 0) return;
    const at = ands.get(args[joined]) as number;
    code[i] = { ...instr, op: "andOr", args: [args[1 - joined], ...program.code[at].args] };
    code[at] = undefined;
  });
  return { ...program, code: code.filter((instr) => instr !== undefined) };
}
