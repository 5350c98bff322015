/**
 * Joins chains of accumulations into their variable: `a = dot4(sum, …); b = dot4(a, …); sum.set(b)` becomes two
 * accumulations in `sum` itself. Without this each chain would move its sum to a scratch register and back.
 */
import { countReads, type Instr, type Op, type Program } from "./ir.ts";

/** Ops that add to their first operand in place. */
export const ACCUMULATES: ReadonlySet<Op> = new Set<Op>(["dot4", "dotBf16"]);
const CONTROL: ReadonlySet<Op> = new Set<Op>(["if", "else", "endif", "loop", "endloop", "call"]);

/** The instruction before `user` that writes `register`, if it accumulates and nothing between uses `variable`. */
function linkBefore(
  code: readonly Instr[],
  user: number,
  register: number,
  variable: number,
): Instr | undefined {
  for (let i = user - 1; i >= 0; i--) {
    const instr = code[i];
    if (instr.dst === register) return ACCUMULATES.has(instr.op) ? instr : undefined;
    if (CONTROL.has(instr.op) || instr.dst === variable || instr.reads.includes(variable)) return undefined;
  }
  return undefined;
}

/** Changes the instructions of the program in place, so nothing else may hold them yet. */
export function coalesceChains(program: Program): Program {
  const { code, registers } = program;
  const uses = countReads(program);
  for (let i = code.length - 1; i >= 0; i--) {
    const { op, dst, args } = code[i];
    if (!ACCUMULATES.has(op) || !registers[dst].variable) continue;
    const link = args[0];
    if (registers[link].variable || uses[link] !== 1) continue;
    const before = linkBefore(code, i, link, dst);
    if (before === undefined || before.args.includes(dst, 1)) continue;
    before.dst = dst;
    args[0] = dst;
  }
  return program;
}
