/**
 * Turns instruction names and operands into x86-64 machine code: VEX and EVEX prefixes, ModRM, SIB, compressed
 * displacements, opmasks, embedded broadcasts; labels; and a pool of constants after the code, addressed relative to
 * RIP, so that the code is position-independent.
 */
import { assert } from "../../../base/errors.ts";
import { ConstantPool } from "./constant-pool.ts";
import { BMI2_SHIFTS, GENERAL_FORMS, VECTOR_FORMS, type VectorForm } from "./instructions.ts";

export type Scale = 1 | 2 | 4 | 8;
export type VectorBits = 128 | 256 | 512;

/** [base + index × scale + disp]; registers by number; gathers index by a vector. */
export interface Mem {
  /** `POOL`: constant number `disp` of the pool. */
  readonly base: number;
  readonly index: number;
  readonly scale: Scale;
  readonly disp: number;
  /** The memory is one 32-bit element, repeated in every lane. */
  readonly broadcast: boolean;
}
/** The base of constants. */
const POOL = -1;
/** The number of rsp, which cannot be an index: machine code also uses it for "no index". */
export const NO_INDEX = 4;

export function mem(base: number, disp = 0, index = NO_INDEX, scale: Scale = 1, broadcast = false): Mem {
  return { base, index, scale, disp, broadcast };
}

/** A register number or memory. */
export type Rm = number | Mem;

export type Label = { position: number; readonly uses: number[] };

/** Condition codes of jcc, by the letters after "j". */
export const CONDITION_CODES = {
  b: 2,
  ae: 3,
  e: 4,
  ne: 5,
  be: 6,
  a: 7,
  p: 10,
  l: 12,
  ge: 13,
  le: 14,
  g: 15,
} as const;
export type ConditionCode = keyof typeof CONDITION_CODES;

/** The recommended multi-byte nops, by length. */
const NOPS = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/** Bit 3 of the register numbers in the second operand: of the register itself or the base, and of the index. */
const baseBit = (rm: Rm): number => {
  if (typeof rm === "number") return (rm >> 3) & 1;
  return rm.base === POOL ? 0 : (rm.base >> 3) & 1;
};
const indexBit = (rm: Rm): number => (typeof rm === "number" ? 0 : (rm.index >> 3) & 1);

/** For internal errors; unlike `assert` it builds the message only if there is one. */
function fail(message: string): never {
  throw new Error(`Internal error: ${message}`);
}

/** Longest sequence of bytes that is written at once; no instruction is longer. */
const LONGEST = 16;
/** Initial capacity, enough for most kernels. */
const FIRST_CAPACITY = 1 << 15;

export class Assembler {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;
  readonly #labels: Label[] = [];
  readonly #pool = new ConstantPool();

  get length(): number {
    return this.#length;
  }

  /** Makes room for an instruction. */
  #reserve(): void {
    if (this.#length + LONGEST <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
  /** Writes a byte; room must be reserved. */
  #put(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }
  #put32(value: number): void {
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = value;
    bytes[at + 1] = value >> 8;
    bytes[at + 2] = value >> 16;
    bytes[at + 3] = value >> 24;
    this.#length = at + 4;
  }
  /** Writes an instruction that is given as bytes. */
  encoded(bytes: readonly number[]): void {
    this.#reserve();
    for (let i = 0; i < bytes.length; i++) this.#put(bytes[i]);
  }

  label(): Label {
    const label: Label = { position: -1, uses: [] };
    this.#labels.push(label);
    return label;
  }
  bind(label: Label): void {
    label.position = this.length;
  }
  jump(label: Label, condition?: ConditionCode): void {
    this.#reserve();
    if (condition === undefined) this.#put(0xe9);
    else {
      this.#put(0x0f);
      this.#put(0x80 | CONDITION_CODES[condition]);
    }
    label.uses.push(this.#length);
    this.#put32(0);
  }
  /** Pads with nops to a multiple of `alignment`. */
  align(alignment: number): void {
    for (let left = -this.#length & (alignment - 1); left > 0; left = -this.#length & (alignment - 1))
      this.encoded(NOPS[Math.min(left, 8)]);
  }

  /** 32-bit words in the pool, aligned to their length. Equal constants are stored once. */
  constant(words: readonly number[], broadcast = false): Mem {
    return mem(POOL, this.#pool.indexOf(words), NO_INDEX, 1, broadcast);
  }

  /**
   * A vector instruction of the table; `operands` in assembler order (destination first).
   * @param mask opmask 1–7, 0: none. @param zero inactive lanes become 0 instead of keeping their old content.
   */
  vector(name: string, bits: VectorBits, operands: readonly Rm[], imm = 0, mask = 0, zero = false): void {
    const form = VECTOR_FORMS.get(name) ?? fail(`unknown instruction ${name}`);
    const reg = form.reg < 0 ? form.digit : (operands[form.reg] as number);
    const rm = operands[form.rm];
    const vvvv = form.vvvv >= 0 ? (operands[form.vvvv] as number) : form.vsib ? upperIndexBit(rm as Mem) : 0;
    const broadcast = typeof rm !== "number" && rm.broadcast;
    const high = reg >= 16 || vvvv >= 16 || (typeof rm === "number" && rm >= 16);
    const needsEvex = bits === 512 || high || broadcast || mask > 0;
    const useEvex = form.evex && (needsEvex || !form.vex);
    if (!useEvex && (needsEvex || !form.vex)) fail(`${name} has no such encoding`);
    this.#reserve();
    if (useEvex) this.#evex(form, bits, reg, vvvv, rm, (zero ? 0x80 : 0) | mask);
    else this.#vex(form, bits, reg, vvvv, rm);
    this.#put(form.opcode);
    const unit = !useEvex ? 1 : broadcast ? 4 : disp8Unit(form, bits);
    this.#modrm(reg, rm, unit, form.tail === "none" ? 0 : 1, form.vsib);
    if (form.tail === "imm8") this.#put(imm);
    else if (form.tail === "register") this.#put((operands[3] as number) << 4);
  }

  vzeroupper(): void {
    this.encoded([0xc5, 0xf8, 0x77]);
  }

  #vex(form: VectorForm, bits: VectorBits, reg: number, vvvv: number, rm: Rm): void {
    const r = (~reg & 8) << 4;
    const x = indexBit(rm);
    const b = baseBit(rm);
    const last = ((~vvvv & 15) << 3) | (bits === 256 || form.l1 ? 4 : 0) | form.pp;
    if (x === 0 && b === 0 && form.map === 1 && form.w === 0) {
      this.#put(0xc5);
      this.#put(r | last);
      return;
    }
    this.#put(0xc4);
    this.#put(r | ((x ^ 1) << 6) | ((b ^ 1) << 5) | form.map);
    this.#put((form.w << 7) | last);
  }

  /** @param masking opmask, with bit 7 set if inactive lanes become 0. */
  #evex(form: VectorForm, bits: VectorBits, reg: number, vvvv: number, rm: Rm, masking: number): void {
    const isRegister = typeof rm === "number";
    const x = isRegister ? (rm >> 4) & 1 : indexBit(rm);
    const high = ((~reg & 8) << 4) | ((x ^ 1) << 6) | ((baseBit(rm) ^ 1) << 5) | (~reg & 16);
    const length = bits === 512 ? 0x40 : bits === 256 ? 0x20 : 0;
    const flags = masking | length | (!isRegister && rm.broadcast ? 0x10 : 0);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = 0x62;
    bytes[at + 1] = high | form.map;
    bytes[at + 2] = (form.w << 7) | ((~vvvv & 15) << 3) | 4 | form.pp;
    bytes[at + 3] = flags | ((~vvvv & 16) >> 1);
    this.#length = at + 4;
  }

  /**
   * ModRM, SIB and displacement. `unit` scales 8-bit displacements; `tail` bytes follow before the next instruction;
   * `vsib`: the index is a vector register.
   */
  #modrm(reg: number, rm: Rm, unit: number, tail: number, vsib = false): void {
    const field = (reg & 7) << 3;
    if (typeof rm === "number") {
      this.#put(0xc0 | field | (rm & 7));
      return;
    }
    const { base, index, scale, disp } = rm;
    if (base === POOL) {
      this.#put(field | 5);
      this.#pool.use(disp, this.#length, tail);
      this.#put32(0);
      return;
    }
    const low = base & 7;
    const mode = displacementMode(low, disp, unit);
    if (index === NO_INDEX && low !== 4 && !vsib) this.#put(mode | field | low);
    else {
      this.#put(mode | field | 4);
      this.#put((SCALE_BITS[scale] << 6) | ((index & 7) << 3) | low);
    }
    if (mode === 0x40) this.#put(disp / unit);
    else if (mode === 0x80) this.#put32(disp);
  }

  /** A general-register instruction of the table; `reg` is unused by forms with one operand. */
  general(name: string, rm: Rm, reg = 0, imm = 0): void {
    const form = GENERAL_FORMS.get(name) ?? fail(`unknown instruction ${name}`);
    const field = form.layout === "m" ? form.digit : reg;
    this.#reserve();
    if (form.prefix !== 0) this.#put(form.prefix);
    const rex = 0x40 | (form.width === 8 ? 8 : 0) | ((field & 8) >> 1) | (indexBit(rm) << 1) | baseBit(rm);
    // Without REX, byte registers 4 to 7 would be ah … bh.
    const byteRegister = form.layout === "mr" && form.width === 1 && reg >= 4;
    const byteSource = form.rmWidth === 1 && typeof rm === "number" && rm >= 4;
    if (rex !== 0x40 || byteRegister || byteSource) this.#put(rex);
    for (let i = 0; i < form.opcode.length; i++) this.#put(form.opcode[i]);
    this.#modrm(field, rm, 1, form.immediate);
    if (form.immediate === 1) this.#put(imm);
    else if (form.immediate === 4) this.#put32(imm);
  }

  /** dst ← source shifted by the register `count`. */
  shift(op: keyof typeof BMI2_SHIFTS, dst: number, source: number, count: number): void {
    this.#reserve();
    this.#put(0xc4);
    this.#put(((~dst & 8) << 4) | 0x40 | ((~source & 8) << 2) | 2);
    this.#put(0x80 | ((~count & 15) << 3) | BMI2_SHIFTS[op]);
    this.#put(0xf7);
    this.#modrm(dst, source, 1, 0);
  }

  movImm(dst: number, value: number): void {
    assert(Number.isSafeInteger(value), `${value} is not an integer`);
    if (value === 0) this.general("xor", dst, dst);
    else if (value === (value | 0)) this.general("mov.i", dst, 0, value);
    else {
      const bits = BigInt.asUintN(64, BigInt(value));
      this.#reserve();
      this.#put(0x48 | (dst >> 3));
      this.#put(0xb8 | (dst & 7));
      this.#put32(Number(bits & 0xffffffffn));
      this.#put32(Number(bits >> 32n));
    }
  }
  push(reg: number): void {
    this.#reserve();
    if (reg >= 8) this.#put(0x41);
    this.#put(0x50 | (reg & 7));
  }
  pop(reg: number): void {
    this.#reserve();
    if (reg >= 8) this.#put(0x41);
    this.#put(0x58 | (reg & 7));
  }
  ret(): void {
    this.encoded([0xc3]);
  }
  pause(): void {
    this.encoded([0xf3, 0x90]);
  }
  mfence(): void {
    this.encoded([0x0f, 0xae, 0xf0]);
  }

  /** The finished code, followed by constants from a multiple of 64 on. */
  finish(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly codeLength: number } {
    const codeLength = this.#length;
    const bytes = new Uint8Array(this.#pool.endBehind(codeLength));
    bytes.set(this.#bytes.subarray(0, codeLength));
    const view = new DataView(bytes.buffer);
    for (const { position, uses } of this.#labels)
      for (const use of uses) view.setInt32(use, position - (use + 4), true);
    this.#pool.write(view, codeLength);
    return { bytes, codeLength };
  }
}

/** Bit 4 of a vector index, which EVEX stores in the place of vvvv's. */
const upperIndexBit = ({ index }: Mem): number => index & 16;

const SCALE_BITS: Readonly<Record<Scale, number>> = { 1: 0, 2: 1, 4: 2, 8: 3 };

/** ModRM's upper field: no displacement, 8 bits of units (a power of two), or 32 bits. */
function displacementMode(base: number, disp: number, unit: number): number {
  if (disp === 0 && base !== 5) return 0;
  const isWhole = (disp & (unit - 1)) === 0;
  return isWhole && disp >= -128 * unit && disp <= 127 * unit ? 0x40 : 0x80;
}

const TUPLE_SHARE: Readonly<Record<string, number>> = { full: 8, half: 16, quarter: 32, eighth: 64 };

function disp8Unit({ tuple }: VectorForm, bits: VectorBits): number {
  return typeof tuple === "number" ? tuple : bits / TUPLE_SHARE[tuple];
}
