/** Loads, stores, atomics and calls in WebAssembly. */
import { type Address, ELEMENT_BYTES, type Instr, isVector, type MemoryType } from "../ir.ts";
import type { WasmContext } from "./context.ts";

const SCALAR_LOADS: Readonly<Record<string, string>> = {
  f32: "f32.load",
  i8: "i64.load8_s",
  u8: "i64.load8_u",
  i16: "i64.load16_s",
  u16: "i64.load16_u",
  i32: "i64.load32_s",
  u32: "i64.load32_u",
  i64: "i64.load",
  ptr: "i32.load",
};
const SCALAR_STORES: Readonly<Record<string, string>> = {
  f32: "f32.store",
  i8: "i64.store8",
  i16: "i64.store16",
  i32: "i64.store32",
  i64: "i64.store",
  ptr: "i32.store",
};

/** Pushes the address without its displacement and returns the rest, for the offset of the instruction. */
function pushAddress(c: WasmContext, { base, index, scale, disp }: Address): number {
  const { out } = c;
  c.get(base);
  if (index !== undefined) {
    c.get(index);
    out.op("i32.wrap_i64");
    if (scale > 1) out.i32(Math.log2(scale)).op("i32.shl");
    out.op("i32.add");
  }
  // Offsets are unsigned and do not wrap.
  if (disp < 0) out.i32(disp).op("i32.add");
  return Math.max(disp, 0);
}

/** Widens the low four i8 or i16 of the vector on the stack. */
function widen(c: WasmContext, memory: MemoryType): void {
  const sign = memory.startsWith("u") ? "u" : "s";
  if (ELEMENT_BYTES[memory] === 1) c.out.op(`i16x8.extend_low_i8x16_${sign}`);
  if (memory !== "raw") c.out.op(`i32x4.extend_low_i16x8_${sign}`);
}

/** Narrows the i32 lanes of the vector on the stack into its low bytes. `u16` values must fit already. */
function narrow(c: WasmContext, memory: MemoryType): void {
  const { out, scratch } = c;
  if (memory === "raw") return;
  const twice = (name: string): void => {
    out.op("local.tee", scratch.vector).op("local.get", scratch.vector).op(name);
  };
  twice(memory === "u16" ? "i16x8.narrow_i32x4_u" : "i16x8.narrow_i32x4_s");
  if (memory === "i8") twice("i8x16.narrow_i16x8_s");
}

/** Stores the address and the mask's bits in scratch locals, then runs `body` for each active lane. */
function eachActiveLane(c: WasmContext, instr: Instr, body: (lane: number, offset: number) => void): void {
  const { out, scratch } = c;
  const offset = pushAddress(c, instr.address as Address);
  out.op("local.set", scratch.address);
  c.get(instr.mask as number);
  out.op("i32x4.bitmask").op("local.set", scratch.bits);
  const bytes = ELEMENT_BYTES[instr.memory as MemoryType];
  for (let lane = 0; lane < 4; lane++) {
    out
      .op("local.get", scratch.bits)
      .i32(1 << lane)
      .op("i32.and")
      .op("if")
      .byte(0x40);
    out.op("local.get", scratch.address);
    body(lane, offset + lane * bytes);
    out.op("end");
  }
}

function loadMasked(c: WasmContext, instr: Instr): void {
  const { out, scratch } = c;
  const memory = instr.memory as MemoryType;
  out.v128([0, 0, 0, 0]).op("local.set", scratch.vector);
  eachActiveLane(c, instr, (lane, offset) => {
    const name = `v128.load${8 * ELEMENT_BYTES[memory]}_lane`;
    out.op("local.get", scratch.vector).op(name, 0, offset).byte(lane).op("local.set", scratch.vector);
  });
  out.op("local.get", scratch.vector);
  widen(c, memory);
}

function load(c: WasmContext, instr: Instr): void {
  const memory = instr.memory as MemoryType;
  if (instr.mask !== undefined) {
    loadMasked(c, instr);
    return;
  }
  const offset = pushAddress(c, instr.address as Address);
  if (!isVector(instr.kind)) c.out.op(SCALAR_LOADS[memory], 0, offset);
  else if (memory === "raw") c.out.op("v128.load", 0, offset);
  else if (ELEMENT_BYTES[memory] === 2)
    c.out.op(memory === "u16" ? "v128.load16x4_u" : "v128.load16x4_s", 0, offset);
  else {
    c.out.op("v128.load32_zero", 0, offset);
    widen(c, memory);
  }
}

function storeMasked(c: WasmContext, instr: Instr): void {
  const { out, scratch } = c;
  const memory = instr.memory as MemoryType;
  c.get(instr.args[0]);
  narrow(c, memory);
  out.op("local.set", scratch.vector);
  eachActiveLane(c, instr, (lane, offset) => {
    const name = `v128.store${8 * ELEMENT_BYTES[memory]}_lane`;
    out.op("local.get", scratch.vector).op(name, 0, offset).byte(lane);
  });
}

function store(c: WasmContext, instr: Instr): void {
  const memory = instr.memory as MemoryType;
  if (instr.mask !== undefined) {
    storeMasked(c, instr);
    return;
  }
  const offset = pushAddress(c, instr.address as Address);
  c.get(instr.args[0]);
  if (!isVector(instr.kind)) return void c.out.op(SCALAR_STORES[memory], 0, offset);
  narrow(c, memory);
  if (memory === "raw") c.out.op("v128.store", 0, offset);
  else c.out.op(memory === "i8" ? "v128.store32_lane" : "v128.store64_lane", 0, offset).byte(0);
}

/** Replaces the indices in a vector, one after another, by their words. */
function lookup(c: WasmContext, instr: Instr): void {
  const { out, scratch } = c;
  const [index] = instr.args;
  c.get(index);
  out.op("local.set", scratch.vector);
  for (let lane = 0; lane < 8; lane++) {
    const offset = pushAddress(c, instr.address as Address);
    c.get(index);
    out.op("i16x8.extract_lane_u").byte(lane).i32(1).op("i32.shl").op("i32.add");
    out.op("local.get", scratch.vector).op("v128.load16_lane", 0, offset).byte(lane);
    out.op("local.set", scratch.vector);
  }
  out.op("local.get", scratch.vector);
}

/** log2 of the alignment that atomics require. */
const ALIGNED_4 = 2;

function atomic(c: WasmContext, instr: Instr): void {
  const offset = pushAddress(c, instr.address as Address);
  if (instr.op === "atomicLoad") c.out.op("i32.atomic.load", ALIGNED_4, offset);
  else {
    c.get(instr.args[0]);
    c.out.op("i32.wrap_i64");
    c.out.op(instr.op === "atomicAdd" ? "i32.atomic.rmw.add" : "i32.atomic.store", ALIGNED_4, offset);
  }
  if (instr.op !== "atomicStore") c.out.op("i64.extend_i32_s");
}

/** Lowers an instruction that accesses memory; returns false for other instructions. */
export function lowerMemory(c: WasmContext, instr: Instr): boolean {
  const { op } = instr;
  if (op === "load") load(c, instr);
  else if (op === "loadHalf") {
    const offset = pushAddress(c, instr.address as Address);
    c.get(instr.args[0]);
    c.out.op("v128.load16_lane", 0, offset).byte(instr.imm as number);
  } else if (op === "store") store(c, instr);
  else if (op === "broadcast") {
    const offset = pushAddress(c, instr.address as Address);
    c.out.op("v128.load32_splat", 0, offset);
  } else if (op === "lookup") lookup(c, instr);
  else if (op.startsWith("atomic")) atomic(c, instr);
  else if (op === "fence") c.out.op("atomic.fence").byte(0);
  else if (op === "call") {
    c.get(instr.args[1]);
    c.get(instr.args[0]);
    c.out.op("call_indirect", 0, 0);
  } else if (op !== "prefetch" && op !== "pause") return false;
  if (instr.dst >= 0) c.set(instr.dst);
  return true;
}
