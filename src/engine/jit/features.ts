/** Detects the instructions that this processor and its operating system support, with cpuid and xgetbv. */
import type { NativeMachine } from "../../platform/native.ts";
import { avx2, avx512, type Target, TUNINGS } from "./target.ts";

export interface CpuFeatures {
  /** The processor's brand string, such as "AMD EPYC 9B45 128-Core Processor". */
  readonly name: string;
  /** The family of a processor of AMD, such as 26 for Zen 5. */
  readonly amdFamily: number | undefined;
  /** AVX2, FMA, F16C and BMI2, with the system saving 256-bit registers. */
  readonly avx2: boolean;
  readonly avxVnni: boolean;
  /** AVX-512 F, BW, DQ and VL, with the system saving 512-bit registers and opmasks. */
  readonly avx512: boolean;
  readonly avx512Vnni: boolean;
  readonly avx512Bf16: boolean;
  /** AMX-TILE and AMX-INT8, with the system saving tiles (for processes that request it). */
  readonly amxInt8: boolean;
  /** AMX-BF16 in addition to them. */
  readonly amxBf16: boolean;
}

/** mov r8, rdi | mov r8, rcx: the block's address. */
const BLOCK_TO_R8 = { sysv: [0x49, 0x89, 0xf8], win64: [0x49, 0x89, 0xc8] } as const;

/** Reads eax and ecx from the block, runs cpuid, writes eax ebx ecx edx after them. */
const CPUID = [
  0x53, // push rbx
  ...[0x41, 0x8b, 0x00], // mov eax, [r8]
  ...[0x41, 0x8b, 0x48, 0x04], // mov ecx, [r8 + 4]
  ...[0x0f, 0xa2], // cpuid
  ...[0x41, 0x89, 0x40, 0x08], // mov [r8 + 8], eax
  ...[0x41, 0x89, 0x58, 0x0c], // mov [r8 + 12], ebx
  ...[0x41, 0x89, 0x48, 0x10], // mov [r8 + 16], ecx
  ...[0x41, 0x89, 0x50, 0x14], // mov [r8 + 20], edx
  0x5b, // pop rbx
  0xc3, // ret
];

/** Writes the low half of extended control register 0 after the first two words. */
const XGETBV = [
  ...[0x31, 0xc9], // xor ecx, ecx
  ...[0x0f, 0x01, 0xd0], // xgetbv
  ...[0x41, 0x89, 0x40, 0x08], // mov [r8 + 8], eax
  0xc3, // ret
];

type CpuidResult = readonly [eax: number, ebx: number, ecx: number, edx: number];
const bit = (word: number, index: number): boolean => ((word >>> index) & 1) === 1;

function readName(cpuid: (leaf: number) => CpuidResult): string {
  if (cpuid(0x80000000)[0] < 0x80000004) return "unknown";
  const words = [0x80000002, 0x80000003, 0x80000004].flatMap((leaf) => [...cpuid(leaf)]);
  const bytes = new Uint8Array(Uint32Array.from(words).buffer);
  return new TextDecoder().decode(bytes).split("\0", 1)[0].trim();
}

/** "AuthenticAMD", as leaf 0 has it in ebx, edx and ecx. */
const AMD = [0x68747541, 0x69746e65, 0x444d4163];

function readAmdFamily(cpuid: (leaf: number) => CpuidResult): number | undefined {
  const [, ebx, ecx, edx] = cpuid(0);
  if (![ebx, edx, ecx].every((word, i) => word === AMD[i])) return undefined;
  const [eax] = cpuid(1);
  const base = (eax >>> 8) & 0xf;
  return base === 0xf ? base + ((eax >>> 20) & 0xff) : base;
}

function decode(cpuid: (leaf: number, subleaf?: number) => CpuidResult, xcr0: () => number): CpuFeatures {
  const highest = cpuid(0)[0];
  const [, , ecx1] = cpuid(1);
  const none = [0, 0, 0, 0] as const;
  const [highest7, ebx7, ecx7, edx7] = highest >= 7 ? cpuid(7) : none;
  const [eax71] = highest7 >= 1 ? cpuid(7, 1) : none;
  // xgetbv faults if the system has not enabled it.
  const saved = bit(ecx1, 27) ? xcr0() : 0;
  const vectors = (saved & 0x06) === 0x06;
  const wide = vectors && (saved & 0xe0) === 0xe0;
  const base = vectors && [12, 28, 29].every((i) => bit(ecx1, i)) && bit(ebx7, 5) && bit(ebx7, 8);
  const full = base && wide && [16, 17, 30, 31].every((i) => bit(ebx7, i));
  const amxInt8 = full && (saved & 0x60000) === 0x60000 && bit(edx7, 24) && bit(edx7, 25);
  return {
    name: readName(cpuid),
    amdFamily: readAmdFamily(cpuid),
    avx2: base,
    avxVnni: base && bit(eax71, 4),
    avx512: full,
    avx512Vnni: full && bit(ecx7, 11),
    avx512Bf16: full && bit(eax71, 5),
    amxInt8,
    amxBf16: amxInt8 && bit(edx7, 22),
  };
}

/** Detects the features of this processor by running cpuid and xgetbv. */
export function detectFeatures(machine: NativeMachine): CpuFeatures {
  using code = machine.code(Uint8Array.from([...BLOCK_TO_R8[machine.convention], ...CPUID]));
  using control = machine.code(Uint8Array.from([...BLOCK_TO_R8[machine.convention], ...XGETBV]));
  using block = machine.allocate(24);
  const words = new Uint32Array(block.buffer);
  const runCpuid = machine.callable(code.address);
  const runXgetbv = machine.callable(control.address);
  const cpuid = (leaf: number, subleaf = 0): CpuidResult => {
    words[0] = leaf;
    words[1] = subleaf;
    runCpuid(block.address);
    return [words[2], words[3], words[4], words[5]];
  };
  return decode(cpuid, () => {
    runXgetbv(block.address);
    return words[2];
  });
}

const ZEN_5 = 26;

/** The native targets that this machine can run, best first. */
export function nativeTargets(machine: NativeMachine, features = detectFeatures(machine)): Target[] {
  const { convention } = machine;
  const tuning = features.amdFamily === ZEN_5 ? TUNINGS.zen5 : TUNINGS.common;
  const targets: Target[] = [];
  if (features.avx512) {
    const { avx512Vnni: vnni, avx512Bf16: bf16, amxInt8, amxBf16 } = features;
    const tiles = amxInt8 && vnni && machine.enableTiles();
    targets.push(avx512({ vnni, bf16, tiles, tilesBf16: amxBf16 && bf16, tuning, convention }));
  }
  if (features.avx2) targets.push(avx2({ vnni: features.avxVnni, tuning, convention }));
  return targets;
}

/** True if the WebAssembly engine has relaxed SIMD: a function with one of its instructions validates. */
export function hasRelaxedSimd(): boolean {
  const body = [0x00, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x93, 0x02, 0x1a, 0x0b];
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 7, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 0],
    ...[3, 2, 1, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ];
  return WebAssembly.validate(Uint8Array.from(bytes));
}
