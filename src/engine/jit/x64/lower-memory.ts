/** Loads, stores, atomics and hints in x86-64 code. */
import { type Address, ELEMENT_BYTES, type Instr, isVector, type MemoryType } from "../ir.ts";
import type { Context, Lowering } from "./context.ts";
import { lookup } from "./lower-lookup.ts";
import { tile } from "./lower-tile.ts";

const WIDENING: Readonly<Record<string, string>> = {
  raw: "vmovups",
  i8: "vpmovsxbd",
  u8: "vpmovzxbd",
  i16: "vpmovsxwd",
  u16: "vpmovzxwd",
  f16: "vcvtph2ps",
};
const NARROWING_512: Readonly<Record<string, string>> = {
  raw: "vmovups.st",
  i8: "vpmovsdb",
  i16: "vpmovsdw",
  u16: "vpmovdw",
  f16: "vcvtps2ph",
};
const LOADS: Readonly<Record<string, string>> = {
  i8: "movsx.b",
  u8: "movzx.b",
  i16: "movsx.w",
  u16: "movzx.w",
  i32: "movsxd",
  u32: "mov.d",
  i64: "mov",
  ptr: "mov",
};
const STORES: Readonly<Record<number, string>> = { 1: "mov.stb", 2: "mov.stw", 4: "mov.std", 8: "mov.st" };

/** Instruction for each hint of the builder. */
const PREFETCHES: readonly string[] = ["prefetcht0", "prefetchnta", "prefetcht1"];

/** Runs `body` for each active lane of the mask, for accesses that AVX2 cannot mask. */
function eachActiveLane(c: Context, mask: number, body: (lane: number) => void): void {
  const bits = c.temp("general");
  c.asm.vector("vmovmskps", 256, [bits, mask]);
  for (let lane = 0; lane < 8; lane++) {
    const skip = c.asm.label();
    c.asm.general("test.i", bits, 0, 1 << lane);
    c.asm.jump(skip, "e");
    body(lane);
    c.asm.bind(skip);
  }
}

function loadMasked(c: Context, instr: Instr, memory: MemoryType, mask: number): void {
  const dst = c.reg(instr.dst);
  const address = instr.address as Address;
  if (c.isa === "avx512") {
    c.asm.vector(WIDENING[memory], 512, [dst, c.mem(address)], 0, mask, true);
    return;
  }
  if (memory === "raw") {
    c.asm.vector("vmaskmovps", 256, [dst, mask, c.mem(address)]);
    return;
  }
  const narrow = c.temp("vector");
  const bytes = ELEMENT_BYTES[memory];
  c.asm.vector("vpxor", 128, [narrow, narrow, narrow]);
  eachActiveLane(c, mask, (lane) => {
    const name = bytes === 1 ? "vpinsrb" : "vpinsrw";
    c.asm.vector(name, 128, [narrow, narrow, c.mem(address, lane * bytes)], lane);
  });
  c.asm.vector(WIDENING[memory], 256, [dst, narrow]);
}

function loadScalar(c: Context, instr: Instr, memory: MemoryType): void {
  const dst = c.reg(instr.dst);
  const mem = c.mem(instr.address as Address);
  if (memory === "f32") {
    c.asm.vector("vmovss", 128, [dst, mem]);
    return;
  }
  if (memory !== "f16") {
    c.asm.general(LOADS[memory], mem, dst);
    return;
  }
  const bits = c.temp("general");
  c.asm.general("movzx.w", mem, bits);
  c.asm.vector("vmovd", 128, [dst, bits]);
  c.asm.vector("vcvtph2ps", 128, [dst, dst]);
}

const load: Lowering = (c, instr) => {
  const memory = instr.memory as MemoryType;
  if (!isVector(instr.kind)) return loadScalar(c, instr, memory);
  if (instr.mask !== undefined) return loadMasked(c, instr, memory, c.reg(instr.mask));
  c.asm.vector(WIDENING[memory], c.wide, [c.reg(instr.dst), c.mem(instr.address as Address)]);
};

/** AVX2 has no narrowing stores: packs elements to the low half or quarter of a scratch register. */
function narrow256(c: Context, memory: MemoryType, from: number): number {
  const packed = c.temp("vector");
  if (memory === "f16") {
    c.asm.vector("vcvtps2ph", 256, [packed, from], 0);
    return packed;
  }
  c.asm.vector("vextracti128", 256, [packed, from], 1);
  c.asm.vector(memory === "u16" ? "vpackusdw" : "vpackssdw", 128, [packed, from, packed]);
  if (memory === "i8") c.asm.vector("vpacksswb", 128, [packed, packed, packed]);
  return packed;
}

function storeNarrow256(c: Context, instr: Instr, memory: MemoryType): void {
  const address = instr.address as Address;
  const packed = narrow256(c, memory, c.reg(instr.args[0]));
  const bytes = ELEMENT_BYTES[memory];
  if (instr.mask === undefined) {
    if (bytes === 1) c.asm.vector("vmovq.st", 128, [c.mem(address), packed]);
    else c.asm.vector("vmovups.st", 128, [c.mem(address), packed]);
    return;
  }
  eachActiveLane(c, c.reg(instr.mask), (lane) => {
    const name = bytes === 1 ? "vpextrb" : "vpextrw";
    c.asm.vector(name, 128, [c.mem(address, lane * bytes), packed], lane);
  });
}

const store: Lowering = (c, instr) => {
  const memory = instr.memory as MemoryType;
  const from = c.reg(instr.args[0]);
  const mem = c.mem(instr.address as Address);
  if (!isVector(instr.kind)) {
    if (memory === "f32") return c.asm.vector("vmovss.st", 128, [mem, from]);
    return c.asm.general(STORES[ELEMENT_BYTES[memory]], mem, from);
  }
  if (c.isa === "avx512") {
    const mask = instr.mask === undefined ? 0 : c.reg(instr.mask);
    return c.asm.vector(NARROWING_512[memory], 512, [mem, from], 0, mask);
  }
  if (memory !== "raw") return storeNarrow256(c, instr, memory);
  if (instr.mask === undefined) c.asm.vector("vmovups.st", 256, [mem, from]);
  else c.asm.vector("vmaskmovps.st", 256, [mem, c.reg(instr.mask), from]);
};

const quad: Lowering = (c, { dst, args, imm, address }) => {
  const mem = c.mem(address as Address);
  if (args.length === 0) return c.asm.vector("vmovups", 128, [c.reg(dst), mem]);
  const name = c.isa === "avx512" ? "vinserti32x4" : "vinserti128";
  c.asm.vector(name, c.wide, [c.reg(dst), c.reg(args[0]), mem], imm);
};

const joinQuad: Lowering = (c, { dst, args, imm }) => {
  const name = c.isa === "avx512" ? "vinserti32x4" : "vinserti128";
  c.asm.vector(name, c.wide, [c.reg(dst), c.reg(args[0]), c.reg(args[1])], imm);
};

const widen: Lowering = (c, { dst, args, memory }) =>
  c.asm.vector(WIDENING[memory as MemoryType], c.wide, [c.reg(dst), c.reg(args[0])]);

const narrow: Lowering = (c, { dst, args }) => c.asm.vector("vpmovdw", 512, [c.reg(dst), c.reg(args[0])]);

const storeQuad: Lowering = (c, { args, imm, address }) => {
  const [mem, from] = [c.mem(address as Address), c.reg(args[0])];
  if (imm === 0) return c.asm.vector("vmovups.st", 128, [mem, from]);
  c.asm.vector(c.isa === "avx512" ? "vextracti32x4" : "vextracti128", c.wide, [mem, from], imm);
};

const atomicAdd: Lowering = (c, instr) => {
  const sum = c.temp("general");
  c.moveGeneral(sum, c.reg(instr.args[0]));
  c.asm.general("lock.xadd", c.mem(instr.address as Address), sum);
  c.asm.general("movsxd", sum, c.reg(instr.dst));
};

export const MEMORY_LOWERINGS: Readonly<Record<string, Lowering>> = {
  tile,
  lookup,
  load,
  quad,
  loadHalf: (c, { dst, args, imm, address }) =>
    c.asm.vector("vpinsrw", 128, [c.reg(dst), c.reg(args[0]), c.mem(address as Address)], imm),
  joinQuad,
  widen,
  narrow,
  store,
  storeQuad,
  broadcast: (c, instr) =>
    c.asm.vector("vbroadcastss", c.wide, [c.reg(instr.dst), c.mem(instr.address as Address)]),
  prefetch: (c, instr) => c.asm.general(PREFETCHES[instr.imm as number], c.mem(instr.address as Address)),
  atomicAdd,
  // On x86 every load has acquire order and every store release order.
  atomicLoad: (c, instr) => c.asm.general("movsxd", c.mem(instr.address as Address), c.reg(instr.dst)),
  atomicStore: (c, instr) => c.asm.general("mov.std", c.mem(instr.address as Address), c.reg(instr.args[0])),
  fence: (c) => c.asm.mfence(),
  pause: (c) => c.asm.pause(),
};
