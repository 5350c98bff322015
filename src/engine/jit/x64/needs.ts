/** Requirements of x86-64 instructions for the register allocator. */
import { type Instr, isVector, type Op } from "../ir.ts";
import type { Needs } from "../regalloc.ts";
import { lookupNeeds } from "./lower-lookup.ts";

type Isa = "avx512" | "avx2";

const NONE: Needs = { temps: undefined, early: false, tied: -1 };
const EARLY: Needs = { temps: undefined, early: true, tied: -1 };
const TIED: Needs = { temps: undefined, early: false, tied: 0 };
const scratch = (general: number, vector: number): Needs => ({
  temps: { general, vector, mask: 0 },
  early: false,
  tied: -1,
});
const GENERAL = scratch(1, 0);
const VECTOR = scratch(0, 1);
const TWO_VECTORS = scratch(0, 2);
const BOTH = scratch(1, 1);

/** AVX2 needs a scratch register to narrow, and handles masks lane by lane. */
function narrowAccess({ op, mask }: Instr): Needs {
  if (mask !== undefined) return BOTH;
  return op === "store" ? VECTOR : NONE;
}

function accessNeeds(instr: Instr, isa: Isa): Needs {
  const { op, kind, memory } = instr;
  if (isVector(kind)) return isa === "avx2" && memory !== "raw" ? narrowAccess(instr) : NONE;
  return op === "load" && kind === "f32" && memory === "f16" ? GENERAL : NONE;
}

const minMaxNeeds = ({ kind, imm }: Instr): Needs => (kind === "int" && imm !== undefined ? GENERAL : NONE);

/** Ops with requirements. */
const NEEDS: ReadonlyMap<Op, Needs | ((instr: Instr, isa: Isa) => Needs)> = new Map<
  Op,
  Needs | ((instr: Instr, isa: Isa) => Needs)
>([
  ["dot4", TIED],
  ["dotBf16", TIED],
  ["andOr", TIED],
  ["pickHalves", TIED],
  ["reduceAdd", TWO_VECTORS],
  ["reduceMax", TWO_VECTORS],
  ["reduceMin", TWO_VECTORS],
  ["firstLanes", VECTOR],
  ["pairBf16", VECTOR],
  ["permute", EARLY],
  ["permute2", (_, isa) => (isa === "avx512" ? EARLY : TWO_VECTORS)],
  ["lookup", lookupNeeds],
  ["atomicAdd", GENERAL],
  ["param", ({ kind }) => (kind === "f32" ? GENERAL : NONE)],
  ["load", accessNeeds],
  ["store", accessNeeds],
  ["min", minMaxNeeds],
  ["max", minMaxNeeds],
]);

export function needsOf(instr: Instr, isa: Isa): Needs {
  const needs = NEEDS.get(instr.op);
  if (needs === undefined) return NONE;
  return typeof needs === "function" ? needs(instr, isa) : needs;
}
