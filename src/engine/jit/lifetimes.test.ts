import { describe, expect, it } from "vitest";
import { type KernelBuilder, kernel } from "./builder.ts";
import type { Instr, Program } from "./ir.ts";
import { lifetimesOf } from "./lifetimes.ts";
import { avx512 } from "./target.ts";

const anywhere = (_: Instr) => ({ early: false, tied: -1 });
const PARAMETERS = { x: "ptr", n: "int" } as const;

/** Lifetimes of the results of the instructions of one op, as [position of the definition, position of the end]. */
function lifetimes(program: Program, op: string, writing = anywhere) {
  const { start, end } = lifetimesOf(program, writing);
  return program.code.filter((instr) => instr.op === op).map(({ dst }) => [start[dst], end[dst]]);
}
const where = ({ code }: Program, op: string): number => code.findIndex((instr) => instr.op === op);

describe("lifetimesOf", () => {
  const nested = (body: (k: KernelBuilder, x: Parameters<KernelBuilder["load"]>[1]) => void): Program =>
    kernel("nested", PARAMETERS, (k, p) => {
      const [x, n] = [p.x, p.n];
      k.loop(0, n, 1, () => {
        const scale = k.load("f32v", x);
        k.loop(0, n, 1, () => k.store(x, scale));
        body(k, x);
      });
    }).build(avx512());

  it("end with the outermost loop that began after the definition", () => {
    const program = nested(() => {});
    const [inner, outer] = program.code.flatMap(({ op }, i) => (op === "endloop" ? [i] : []));
    const load = where(program, "load");
    expect(lifetimes(program, "load")).toEqual([[2 * load + 1, 2 * inner + 1]]);
    // The pointer and the bound are defined before both loops.
    expect(lifetimes(program, "param").map(([, end]) => end)).toEqual([2 * outer + 1, 2 * outer + 1]);
  });

  it("end with the last use if no loop began in between", () => {
    const program = nested((k, x) => k.store(x, k.sqrt(k.load("f32v", x))));
    const sqrt = where(program, "sqrt");
    expect(lifetimes(program, "sqrt")).toEqual([[2 * sqrt + 1, 2 * sqrt + 2]]);
  });

  const tied = (instr: Instr) => ({
    early: false,
    tied: instr.op === "sqrt" || instr.op === "round" ? 0 : -1,
  });

  it("begin before the operands are read if the result needs a register different from theirs", () => {
    const program = kernel("starts", PARAMETERS, (k, p) => {
      const a = k.load("f32v", p.x);
      k.store(p.x, k.sqrt(a));
      k.store(p.x, k.round(a));
    }).build(avx512());
    const [sqrt, round] = [where(program, "sqrt"), where(program, "round")];
    const starts = (writing: typeof anywhere) =>
      ["sqrt", "round"].map((op) => lifetimes(program, op, writing)[0][0]);
    expect(starts(anywhere)).toEqual([2 * sqrt + 1, 2 * round + 1]);
    expect(starts(() => ({ early: true, tied: -1 }))).toEqual([2 * sqrt, 2 * round]);
    // The last reader may write to the register that it reads.
    expect(starts(tied)).toEqual([2 * sqrt, 2 * round + 1]);
  });

  it("do not exist for values that are read but never set", () => {
    const program = kernel("unset", PARAMETERS, (k, p) => k.store(p.x, k.load("f32v", p.x))).build(avx512());
    const code = program.code.filter(({ op }) => op !== "load");
    expect(() => lifetimesOf({ ...program, code }, anywhere)).toThrow(/a f32v value is read but never set/);
  });
});
