/** Every instruction form, checked with the disassembler of binutils: it must show the instruction that was written. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../../base/random.ts";
import {
  Assembler,
  CONDITION_CODES,
  type ConditionCode,
  type Mem,
  NO_INDEX,
  type Rm,
  type VectorBits,
} from "./assembler.ts";
import {
  BMI2_SHIFTS,
  GENERAL_FORMS,
  type OperandClass,
  VECTOR_FORMS,
  type VectorForm,
} from "./instructions.ts";

const R64 = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");
const R32 = "eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d".split(" ");
const R16 = "ax cx dx bx sp bp si di r8w r9w r10w r11w r12w r13w r14w r15w".split(" ");
const R8 = "al cl dl bl spl bpl sil dil r8b r9b r10b r11b r12b r13b r14b r15b".split(" ");
const SIZES: Readonly<Record<number, string>> = {
  1: "BYTE",
  2: "WORD",
  4: "DWORD",
  8: "QWORD",
  16: "XMMWORD",
  32: "YMMWORD",
  64: "ZMMWORD",
};

interface Sample {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const hex = (value: number): string => `0x${value.toString(16)}`;

function memText({ base, index, scale, disp, broadcast }: Mem, bytes: number): string {
  const inner = [R64[base]];
  if (index !== NO_INDEX) inner.push(`${R64[index]}*${scale}`);
  const offset = disp === 0 ? "" : disp < 0 ? `-${hex(-disp)}` : `+${hex(disp)}`;
  return `${SIZES[bytes]} ${broadcast ? "BCST" : "PTR"} [${inner.join("+")}${offset}]`;
}

function vectorName(bits: number, register: number): string {
  return `${bits <= 128 ? "xmm" : bits === 256 ? "ymm" : "zmm"}${register}`;
}

function registerText(kind: OperandClass, register: number, bits: VectorBits): string {
  if (kind === "K") return `k${register}`;
  if (kind === "D") return R32[register];
  if (kind === "G") return R64[register];
  const share = { V: bits, H: bits / 2, Q: bits / 4, E: bits / 8, X: 128, Y: 256 }[kind];
  return vectorName(share, register);
}

function assemble(write: (asm: Assembler) => void): Uint8Array {
  const asm = new Assembler();
  write(asm);
  return asm.finish().bytes;
}

/** Pseudo-ops that objdump shows for the predicates of comparisons. */
const PREDICATES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  vcmpps: {
    0: "vcmpeqps",
    4: "vcmpneqps",
    17: "vcmplt_oqps",
    18: "vcmple_oqps",
    29: "vcmpge_oqps",
    30: "vcmpgt_oqps",
  },
  vpcmpd: { 0: "vpcmpeqd", 1: "vpcmpltd", 2: "vpcmpled", 4: "vpcmpneqd", 5: "vpcmpnltd", 6: "vpcmpnled" },
};

/** Widths of the form. */
function widths(form: VectorForm): VectorBits[] {
  if (form.vsib) return form.evex ? [128, 256, 512] : [128, 256];
  if (form.name === "vextracti64x4") return [512];
  if (form.name === "vextracti128" || form.name === "vinserti128") return [256];
  if (!form.operands.some((kind) => "VHQE".includes(kind))) return [128];
  const crossing = [
    "vpermd",
    "vpermps",
    "vperm2i128",
    "vextracti32x4",
    "vinserti128",
    "vinserti32x4",
    "vshufi32x4",
  ].includes(form.name);
  const narrow: VectorBits[] = crossing ? [256] : [128, 256];
  return form.evex ? [...narrow, 512] : narrow;
}

const BASES = [0, 3, 4, 5, 7, 8, 12, 13, 15];
const INDICES = [NO_INDEX, 0, 1, 5, 8, 12, 13, 15];
const SCALES = [1, 2, 4, 8] as const;
const DISPLACEMENTS = [
  0, 1, 4, 8, -8, 32, 64, -64, 100, 127, -128, 128, 508, 512, 2032, 4096, 8128, -8192, 8192, 100000,
];

function randomMem(random: Random): Mem {
  const index = INDICES[random.below(INDICES.length)];
  return {
    base: BASES[random.below(BASES.length)],
    disp: DISPLACEMENTS[random.below(DISPLACEMENTS.length)],
    index,
    scale: index === NO_INDEX ? 1 : SCALES[random.below(4)],
    broadcast: false,
  };
}

function memoryBytes(form: VectorForm, bits: VectorBits): number {
  if (typeof form.tuple === "number") return form.tuple;
  return bits / { full: 8, half: 16, quarter: 32, eighth: 64 }[form.tuple];
}

/** Position of the operand that may be memory. */
const rmPosition = (form: VectorForm): number =>
  form.layout === "mr" || form.layout === "mvr" ? 0 : form.layout === "rvm" ? 2 : 1;

interface Choice {
  readonly bits: VectorBits;
  readonly memory: boolean;
  readonly high: boolean;
  readonly masked: boolean;
  readonly broadcast: boolean;
}

function vectorSample(form: VectorForm, choice: Choice, random: Random): Sample {
  const { bits, memory, high, masked, broadcast } = choice;
  const at = rmPosition(form);
  const mem = { ...randomMem(random), broadcast };
  const pick = (kind: OperandClass): number => {
    if (kind === "K") return 1 + random.below(7);
    return random.below(kind === "D" || kind === "G" || !high ? 16 : 32);
  };
  const operands: Rm[] = form.operands.map((kind, i) => (memory && i === at ? mem : pick(kind)));
  const texts = form.operands.map((kind, i) =>
    memory && i === at
      ? memText(mem, broadcast ? 4 : memoryBytes(form, bits))
      : registerText(kind, operands[i] as number, bits),
  );
  const stem = form.name.split(".")[0];
  const imm = form.tail === "imm8" ? predicateOr(stem, random) : 0;
  const mask = masked ? 1 + random.below(7) : 0;
  const zero = masked && form.operands[0] !== "K" && !(memory && at === 0) && random.below(2) === 0;
  if (masked) texts[0] += `{k${mask}}${zero ? "{z}" : ""}`;
  if (form.tail === "register") {
    operands.push(random.below(16));
    texts.push(vectorName(bits, operands[3] as number));
  }
  const pseudo = PREDICATES[stem]?.[imm];
  if (form.tail === "imm8" && pseudo === undefined) texts.push(hex(imm));
  const bytes = assemble((asm) => asm.vector(form.name, bits, operands, imm, mask, zero));
  return { text: `${pseudo ?? stem} ${texts.join(",")}`, bytes };
}

function predicateOr(stem: string, random: Random): number {
  const predicates = Object.keys(PREDICATES[stem] ?? {}).map(Number);
  return predicates.length > 0 ? predicates[random.below(predicates.length)] : random.below(2);
}

/** A gather: its index is a vector; result, index and mask are three registers. */
function gatherSample(form: VectorForm, bits: VectorBits, random: Random): Sample {
  const limit = form.evex ? 32 : 16;
  const to = random.below(limit);
  const index = (to + 1 + random.below(limit - 2)) % limit;
  const scale = SCALES[random.below(4)];
  const mem: Mem = { ...randomMem(random), index, scale };
  const named = `${vectorName(bits, index)}*${scale}`;
  const place = memText({ ...mem, index: 0 }, 4).replace(`rax*${scale}`, named);
  if (form.evex) {
    const mask = 1 + random.below(7);
    const bytes = assemble((asm) => asm.vector(form.name, bits, [to, mem], 0, mask));
    return { text: `vpgatherdd ${vectorName(bits, to)}{k${mask}},${place}`, bytes };
  }
  const mask = [to + 1, to + 2, to + 3].map((r) => r % limit).find((r) => r !== index) as number;
  const bytes = assemble((asm) => asm.vector(form.name, bits, [to, mem, mask]));
  return { text: `vpgatherdd ${vectorName(bits, to)},${place},${vectorName(bits, mask)}`, bytes };
}

function vectorSamples(form: VectorForm): Sample[] {
  const random = new Random(form.opcode * 7 + form.map);
  const samples: Sample[] = [];
  if (form.vsib)
    return widths(form).flatMap((bits) =>
      Array.from({ length: 100 }, () => gatherSample(form, bits, random)),
    );
  if (form.layout === "-") return [{ text: "vzeroupper", bytes: assemble((asm) => asm.vzeroupper()) }];
  const onlyRegisters = /^(kandw|korw|kxnorw|kmovw\.r|vmovmskps|vpbroadcastd\.r|vmovaps|kmovw)$/.test(
    form.name,
  );
  const onlyMemory = /^(vmaskmovps.*|vmovss)$/.test(form.name) || form.name.endsWith(".st");
  // VEX shifts take no memory; EVEX ones do, with any register.
  const noVexMemory = form.layout === "vm";
  for (const bits of widths(form)) {
    for (let n = 0; n < 40; n++) {
      const high = form.evex && (bits === 512 || !form.vex || n % 2 === 1);
      const memory = !onlyRegisters && (onlyMemory || random.below(2) === 0) && !(noVexMemory && bits < 512);
      const broadcast = memory && form.broadcast && form.evex && random.below(3) === 0;
      const vectors = form.operands.every((kind) => "VHQEXY".includes(kind)) || form.operands[0] === "K";
      const maskable =
        form.evex && vectors && form.tuple !== 8 && !/^(vmovd|vmovq|vucomiss|vpinsr|vpextr)/.test(form.name);
      const masked = maskable && random.below(4) === 0;
      samples.push(vectorSample(form, { bits, memory, high, masked, broadcast }, random));
    }
  }
  return samples;
}

const registersOfWidth = (width: number): string[] => ({ 1: R8, 2: R16, 4: R32, 8: R64 })[width] as string[];
const GENERAL_NAMES: Readonly<Record<string, string>> = { "lock.xadd": "lock xadd" };

function generalSamples(name: string): Sample[] {
  const form = GENERAL_FORMS.get(name)!;
  const random = new Random(form.opcode[0]);
  const onlyMemory = /^(lea|prefetch|lock|mov\.st|xchg)/.test(name);
  const stem = GENERAL_NAMES[name] ?? name.split(".")[0];
  return Array.from({ length: 60 }, () => {
    const mem = onlyMemory || random.below(2) === 0 ? randomMem(random) : undefined;
    const rm: Rm = mem ?? random.below(16);
    const reg = random.below(16);
    const imm = form.immediate === 1 ? random.below(128) : random.below(1 << 30);
    const rmWidth =
      name === "movsxd" ? 4 : stem === "call" ? 8 : stem.startsWith("prefetch") ? 1 : form.rmWidth;
    const rmText = typeof rm === "number" ? registersOfWidth(rmWidth)[rm] : memText(rm, rmWidth);
    const shown = stem === "lea" ? rmText.replace("QWORD PTR ", "") : rmText;
    const regText = registersOfWidth(form.width)[reg];
    const texts = { rm: [regText, shown], mr: [shown, regText], m: [shown] }[form.layout];
    if (form.immediate > 0) texts.push(hex(imm));
    return { text: `${stem} ${texts.join(",")}`, bytes: assemble((asm) => asm.general(name, rm, reg, imm)) };
  });
}

function otherSamples(): Sample[] {
  const samples: Sample[] = [
    { text: "ret", bytes: assemble((asm) => asm.ret()) },
    { text: "pause", bytes: assemble((asm) => asm.pause()) },
    { text: "mfence", bytes: assemble((asm) => asm.mfence()) },
  ];
  for (let reg = 0; reg < 16; reg++) {
    samples.push({ text: `push ${R64[reg]}`, bytes: assemble((asm) => asm.push(reg)) });
    samples.push({ text: `pop ${R64[reg]}`, bytes: assemble((asm) => asm.pop(reg)) });
    samples.push({ text: `xor ${R64[reg]},${R64[reg]}`, bytes: assemble((asm) => asm.movImm(reg, 0)) });
    samples.push({ text: `mov ${R64[reg]},0x7b`, bytes: assemble((asm) => asm.movImm(reg, 123)) });
    const wide = `movabs ${R64[reg]},0x100000000007`;
    samples.push({ text: wide, bytes: assemble((asm) => asm.movImm(reg, 2 ** 44 + 7)) });
    for (const op of Object.keys(BMI2_SHIFTS) as (keyof typeof BMI2_SHIFTS)[]) {
      const [source, count] = [(reg + 5) % 16, (reg + 11) % 16];
      const text = `${op}x ${R64[reg]},${R64[source]},${R64[count]}`;
      samples.push({ text, bytes: assemble((asm) => asm.shift(op, reg, source, count)) });
    }
  }
  return samples;
}

/** Text of each instruction, in one run of objdump over all samples, each padded to 16 bytes with nops. */
function disassemble(samples: readonly Sample[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "cria-asm-"));
  try {
    const all = new Uint8Array(samples.length * 16).fill(0x90);
    samples.forEach(({ bytes }, i) => {
      all.set(bytes, 16 * i);
    });
    const file = join(folder, "code.bin");
    writeFileSync(file, all);
    const arguments_ = [
      "-D",
      "-b",
      "binary",
      "-m",
      "i386:x86-64",
      "-M",
      "intel",
      "-w",
      "--no-show-raw-insn",
      file,
    ];
    const text = execFileSync("objdump", arguments_, { encoding: "utf8", maxBuffer: 1 << 28 });
    const byAddress = new Map<number, string>();
    for (const line of text.split("\n")) {
      const match = /^\s*([0-9a-f]+):\s*(.*?)\s*(?:#.*)?$/.exec(line);
      if (match !== null) byAddress.set(Number.parseInt(match[1], 16), match[2].replace(/\s+/g, " "));
    }
    return samples.map((_, i) => byAddress.get(16 * i) ?? "(nothing)");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function objdumpVersion(): string | undefined {
  try {
    return execFileSync("objdump", ["--version"], { encoding: "utf8" }).split("\n", 1)[0];
  } catch {
    return undefined;
  }
}

/** Normalises objdump's additions and alternative spellings that do not change the meaning. */
function plain(text: string): string {
  return text
    .replace(/^\{vex\} /, "")
    .replace(/^rex(\.\w+)? /, "")
    .replace("+0x0]", "]");
}

const version = objdumpVersion();
if (version === undefined)
  console.info("assembler: objdump (binutils) is not installed, encodings are not compared");

describe.skipIf(version === undefined)("encodings against objdump", () => {
  const check = (samples: readonly Sample[]): void => {
    const found = disassemble(samples);
    expect(samples.every(({ bytes }) => bytes.length <= 15)).toBe(true);
    const wrong = samples
      .map(({ text }, i) => ({ expected: text, found: plain(found[i]) }))
      .filter((pair) => pair.expected !== pair.found);
    expect(wrong.slice(0, 20)).toEqual([]);
  };
  it("vector instructions", () => check([...VECTOR_FORMS.values()].flatMap(vectorSamples)));
  it("general instructions", () => check([...GENERAL_FORMS.keys()].flatMap(generalSamples)));
  it("the rest", () => check(otherSamples()));
});

describe("Assembler", () => {
  it("binds labels before and after their jumps", () => {
    for (const condition of [undefined, ...(Object.keys(CONDITION_CODES) as ConditionCode[])]) {
      const bytes = assemble((asm) => {
        const [back, ahead] = [asm.label(), asm.label()];
        asm.bind(back);
        asm.jump(ahead, condition);
        asm.jump(back, condition);
        asm.bind(ahead);
      });
      const view = new DataView(bytes.buffer);
      const half = bytes.length / 2;
      expect(view.getInt32(half - 4, true)).toBe(half);
      expect(view.getInt32(bytes.length - 4, true)).toBe(-bytes.length);
    }
  });

  it("places constants after the code, once each and aligned, and points at them", () => {
    const asm = new Assembler();
    const wide = Array.from({ length: 16 }, (_, i) => i);
    asm.vector("vmovups", 512, [1, asm.constant([7])]);
    asm.vector("vpcmpd", 512, [1, 2, asm.constant(wide)], 6);
    asm.vector("vmovups", 512, [1, asm.constant([7])]);
    const { bytes, codeLength } = asm.finish();
    expect(bytes.length).toBe(64 + 64 + 4);
    const view = new DataView(bytes.buffer);
    // Each vmovups takes 10 bytes, the comparison 11 with its immediate.
    expect(codeLength).toBe(31);
    expect(10 + view.getInt32(6, true)).toBe(128);
    expect(21 + view.getInt32(16, true)).toBe(64);
    expect(31 + view.getInt32(27, true)).toBe(128);
    expect(view.getUint32(64 + 4 * 9, true)).toBe(9);
    expect(view.getUint32(128, true)).toBe(7);
  });

  it("pads with nops to the alignment", () => {
    for (let used = 0; used < 32; used++) {
      const bytes = assemble((asm) => {
        for (let i = 0; i < used; i++) asm.ret();
        asm.align(32);
      });
      expect(bytes.length).toBe(used === 0 ? 0 : 32);
    }
  });
});
