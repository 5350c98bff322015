/**
 * AVX-512 computes any function of three bits in one instruction (vpternlogd). Kernels that unpack codes often need one
 * of these functions: a & b | c. This pass fuses an `and` with the only `or` that reads it.
 */
import { countReads, type Instr, instruction, isVector, type Program, withCode } from "../ir.ts";

const CONTROL: ReadonlySet<string> = new Set("if else endif loop endloop call".split(" "));

/** Position of the `and` of the second operand, else of the first, if it is after the last branch; -1 if neither is. */
function joinable(args: readonly number[], ands: Int32Array, branch: number): number {
  if (ands[args[1]] > branch) return ands[args[1]];
  return ands[args[0]] > branch ? ands[args[0]] : -1;
}

function join(or: Instr, and: Instr): Instr {
  const other = or.args[1] === and.dst ? or.args[0] : or.args[1];
  const joined = instruction("andOr", or.kind, [other, and.args[0], and.args[1]]);
  joined.dst = or.dst;
  return joined;
}

export function fuseBits(program: Program): Program {
  const { code, registers } = program;
  const uses = countReads(program);
  const fused: (Instr | undefined)[] = code.slice();
  /** Position of each register's `and`, if it may be computed later because its operands do not change. */
  const ands = new Int32Array(registers.length).fill(-1);
  let branch = -1;
  code.forEach((instr, i) => {
    const { op, dst, args } = instr;
    if (op === "and") {
      const steady = !(registers[dst].variable || args.some((id) => registers[id].variable));
      if (isVector(instr.kind) && uses[dst] === 1 && steady) ands[dst] = i;
    } else if (op === "or") {
      if (!isVector(instr.kind)) return;
      const at = joinable(args, ands, branch);
      if (at < 0) return;
      fused[i] = join(instr, code[at]);
      fused[at] = undefined;
    } else if (CONTROL.has(op)) branch = i;
  });
  return withCode(
    program,
    fused.filter((instr) => instr !== undefined),
  );
}
