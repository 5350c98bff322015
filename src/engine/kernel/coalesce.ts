/**
 * Joins chains of accumulations into their variable: `a = dot4(sum, …); b = dot4(a, …); sum.set(b)` becomes two
 * accumulations in `sum` itself. Without this each chain would move its sum to a scratch register and back.
 */
import { type Instr, type Op, type Program, readsOf } from "./ir.ts";

/** Ops that add to their first operand in place. */
export const ACCUMULATES: ReadonlySet<Op> = new Set<Op>(["dot4", "dotBf16"]);
const CONTROL: ReadonlySet<Op> = new Set<Op>(["if", "else", "endif", "loop", "endloop", "call"]);

function touches(instr: Instr, register: number): boolean {
  return instr.dst === register || readsOf(instr).includes(register);
}

/** Index of the instruction before `user` that writes `register`, if `variable` is untouched in between. */
function definitionBefore(code: readonly Instr[], user: number, register: number, variable: number) {
  for (let i = user - 1; i >= 0; i--) {
    const instr = code[i];
    if (CONTROL.has(instr.op)) return undefined;
    if (instr.dst === register) return ACCUMULATES.has(instr.op) ? instr : undefined;
    if (touches(instr, variable)) return undefined;
  }
  return undefined;
}

export function coalesceChains(program: Program): Program {
  const uses = new Array<number>(program.registers.length).fill(0);
  for (const instr of program.code) for (const id of readsOf(instr)) uses[id]++;
  const code = program.code.map((instr) => ({ ...instr, args: [...instr.args] }));
  for (let i = code.length - 1; i >= 0; i--) {
    const { op, dst, args } = code[i];
    if (!ACCUMULATES.has(op) || !program.registers[dst].variable) continue;
    const [link] = args;
    if (program.registers[link].variable || uses[link] !== 1) continue;
    const before = definitionBefore(code, i, link, dst);
    if (before === undefined || before.args.slice(1).includes(dst)) continue;
    before.dst = dst;
    args[0] = dst;
  }
  return { ...program, code };
}
