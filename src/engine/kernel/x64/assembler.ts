/**
 * Turns instruction names and operands into x86-64 machine code: VEX and EVEX prefixes, ModRM, SIB, compressed
 * displacements, opmasks, embedded broadcasts; labels; and a pool of constants behind the code, reached relative
 * to RIP, so that the bytes run at any address.
 */
import { assert } from "../../../base/errors.ts";
import { BMI2_SHIFTS, GENERAL_FORMS, VECTOR_FORMS, type VectorForm } from "./instructions.ts";

export type Scale = 1 | 2 | 4 | 8;
export type VectorBits = 128 | 256 | 512;

/** [base + index × scale + disp]; registers by number, rsp (4) cannot be an index; gathers index by a vector. */
export interface Mem {
  readonly base: number;
  readonly index?: number;
  readonly scale?: Scale;
  readonly disp?: number;
}
/** A constant of the pool. */
export interface PoolRef {
  readonly pool: number;
}
/** A register number, memory, or a pooled constant. */
export type Rm = number | Mem | PoolRef;

export interface VectorOptions {
  readonly imm?: number;
  /** Opmask 1–7; 0 or absent is none. */
  readonly mask?: number;
  /** Inactive lanes become 0 rather than keep their old content. */
  readonly zero?: boolean;
  /** The memory operand is one 32-bit element, repeated. */
  readonly broadcast?: boolean;
  /** Prefers EVEX even where VEX would do (instructions whose VEX form is another CPU feature). */
  readonly evex?: boolean;
}

export type Label = { position: number; readonly uses: number[] };

/** Condition codes of jcc, as they follow "j". */
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

const isMem = (rm: Rm): rm is Mem => typeof rm === "object" && "base" in rm;
const fitsInt8 = (value: number): boolean => value >= -128 && value <= 127;

export class Assembler {
  readonly #bytes: number[] = [];
  readonly #labels: Label[] = [];
  readonly #pool: { readonly words: readonly number[] }[] = [];
  readonly #poolIndex = new Map<string, number>();
  readonly #poolUses: { readonly position: number; readonly end: () => number; readonly pool: number }[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  byte(...bytes: number[]): void {
    this.#bytes.push(...bytes);
  }
  int32(value: number): void {
    this.byte(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
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
    if (condition === undefined) this.byte(0xe9);
    else this.byte(0x0f, 0x80 | CONDITION_CODES[condition]);
    label.uses.push(this.length);
    this.int32(0);
  }
  /** Pads with nops to a multiple of `alignment`. */
  align(alignment: number): void {
    for (let left = -this.length & (alignment - 1); left > 0; left = -this.length & (alignment - 1))
      this.byte(...NOPS[Math.min(left, 8)]);
  }

  /** Reference to 32-bit words in the pool, aligned to their length. Equal constants are stored once. */
  constant(words: readonly number[]): PoolRef {
    const key = words.join();
    let pool = this.#poolIndex.get(key);
    if (pool === undefined) {
      pool = this.#pool.push({ words }) - 1;
      this.#poolIndex.set(key, pool);
    }
    return { pool };
  }

  /** A vector instruction of the table; `operands` in assembler order (destination first). */
  vector(name: string, bits: VectorBits, operands: readonly Rm[], options: VectorOptions = {}): void {
    const form = VECTOR_FORMS.get(name);
    assert(form !== undefined, `unknown instruction ${name}`);
    const { reg, vvvv, rm } = place(form, operands);
    const high = [reg, vvvv, rm].some((r) => typeof r === "number" && r >= 16);
    const needsEvex = bits === 512 || high || (options.mask ?? 0) > 0 || options.broadcast === true;
    const useEvex = form.evex && (needsEvex || !form.vex || options.evex === true);
    assert(useEvex || (form.vex && !needsEvex), `${name} has no such encoding`);
    if (useEvex) this.#evex(form, bits, reg, vvvv, rm, options);
    else this.#vex(form, bits, reg, vvvv, rm);
    this.byte(form.opcode);
    const tail = form.tail === "none" ? 0 : 1;
    assert(form.vsib || typeof rm === "number" || !isMem(rm) || rm.index !== 4, "rsp cannot be an index");
    this.#modrm(reg, rm, useEvex ? disp8Unit(form, bits, options.broadcast === true) : 1, tail);
    if (form.tail === "imm8") this.byte((options.imm ?? 0) & 255);
    if (form.tail === "register") this.byte((operands[3] as number) << 4);
  }

  vzeroupper(): void {
    this.byte(0xc5, 0xf8, 0x77);
  }

  #vex(form: VectorForm, bits: VectorBits, reg: number, vvvv: number, rm: Rm): void {
    const { r, x, b } = extensions(reg, rm);
    const l = bits === 256 || form.l1 ? 1 : 0;
    const last = ((~vvvv & 15) << 3) | (l << 2) | form.pp;
    if (x === 0 && b === 0 && form.map === 1 && form.w === 0) {
      this.byte(0xc5, ((r ^ 1) << 7) | last);
      return;
    }
    this.byte(0xc4, ((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | form.map, (form.w << 7) | last);
  }

  #evex(form: VectorForm, bits: VectorBits, reg: number, vvvv: number, rm: Rm, options: VectorOptions): void {
    const { r, x, b } = extensions(reg, rm);
    const x4 = typeof rm === "number" ? (rm >> 4) & 1 : x;
    const ll = bits === 512 ? 2 : bits === 256 ? 1 : 0;
    const high = ((r ^ 1) << 7) | ((x4 ^ 1) << 6) | ((b ^ 1) << 5) | ((((reg >> 4) & 1) ^ 1) << 4);
    const flags = (options.zero ? 0x80 : 0) | (ll << 5) | (options.broadcast ? 0x10 : 0);
    this.byte(
      0x62,
      high | form.map,
      (form.w << 7) | ((~vvvv & 15) << 3) | 4 | form.pp,
      flags | ((((vvvv >> 4) & 1) ^ 1) << 3) | (options.mask ?? 0),
    );
  }

  /** ModRM, SIB and displacement. `unit` scales 8-bit displacements; `tail` bytes follow before the next instruction. */
  #modrm(reg: number, rm: Rm, unit: number, tail: number): void {
    const field = (reg & 7) << 3;
    if (typeof rm === "number") {
      this.byte(0xc0 | field | (rm & 7));
      return;
    }
    if (!isMem(rm)) {
      this.byte(field | 5);
      const position = this.length;
      this.#poolUses.push({ position, end: () => position + 4 + tail, pool: rm.pool });
      this.int32(0);
      return;
    }
    const { base, index, scale = 1, disp = 0 } = rm;
    const short = disp % unit === 0 && fitsInt8(disp / unit);
    const mode = disp === 0 && (base & 7) !== 5 ? 0 : short ? 0x40 : 0x80;
    if (index === undefined && (base & 7) !== 4) this.byte(mode | field | (base & 7));
    else {
      const sib = (Math.log2(scale) << 6) | (((index ?? 4) & 7) << 3) | (base & 7);
      this.byte(mode | field | 4, sib);
    }
    if (mode === 0x40) this.byte((disp / unit) & 255);
    else if (mode === 0x80) this.int32(disp);
  }

  /** A general-register instruction of the table; `reg` is unused by forms with one operand. */
  general(name: string, rm: Rm, reg = 0, imm = 0): void {
    const form = GENERAL_FORMS.get(name);
    assert(form !== undefined, `unknown instruction ${name}`);
    const field = form.layout === "m" ? form.digit : reg;
    const { r, x, b } = extensions(field, rm);
    const prefixes = form.bytes.filter((byte) => byte === 0x66 || byte === 0xf0);
    this.byte(...prefixes);
    const rex = 0x40 | (form.width === 8 ? 8 : 0) | (r << 2) | (x << 1) | b;
    // Without REX, byte registers 4 to 7 would be ah … bh.
    const byteRegister = form.layout === "mr" && form.width === 1 && reg >= 4;
    const byteSource = form.rmWidth === 1 && typeof rm === "number" && rm >= 4;
    if (rex !== 0x40 || byteRegister || byteSource) this.byte(rex);
    this.byte(...form.bytes.slice(prefixes.length));
    assert(typeof rm === "number" || !isMem(rm) || rm.index !== 4, "rsp cannot be an index");
    this.#modrm(field, rm, 1, form.immediate);
    if (form.immediate === 1) this.byte(imm & 255);
    if (form.immediate === 4) this.int32(imm);
  }

  /** dst ← source shifted by the register `count`. */
  shift(op: keyof typeof BMI2_SHIFTS, dst: number, source: number, count: number): void {
    const { r, b } = extensions(dst, source);
    this.byte(0xc4, ((r ^ 1) << 7) | 0x40 | ((b ^ 1) << 5) | 2);
    this.byte(0x80 | ((~count & 15) << 3) | BMI2_SHIFTS[op], 0xf7);
    this.#modrm(dst, source, 1, 0);
  }

  movImm(dst: number, value: number): void {
    assert(Number.isSafeInteger(value), `${value} is no integer`);
    if (value === 0) this.general("xor", dst, dst);
    else if (value === (value | 0)) this.general("mov.i", dst, 0, value);
    else {
      const bits = BigInt.asUintN(64, BigInt(value));
      this.byte(0x48 | (dst >> 3), 0xb8 | (dst & 7));
      for (let i = 0n; i < 64n; i += 8n) this.byte(Number((bits >> i) & 255n));
    }
  }
  push(reg: number): void {
    if (reg >= 8) this.byte(0x41);
    this.byte(0x50 | (reg & 7));
  }
  pop(reg: number): void {
    if (reg >= 8) this.byte(0x41);
    this.byte(0x58 | (reg & 7));
  }
  ret(): void {
    this.byte(0xc3);
  }
  pause(): void {
    this.byte(0xf3, 0x90);
  }
  mfence(): void {
    this.byte(0x0f, 0xae, 0xf0);
  }

  /** The finished code, constants behind it at multiples of 64. */
  finish(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly codeLength: number } {
    const codeLength = this.length;
    const offsets: number[] = [];
    let end = Math.ceil(codeLength / 64) * 64;
    const order = this.#pool
      .map((_, i) => i)
      .sort((a, b) => this.#pool[b].words.length - this.#pool[a].words.length);
    for (const i of order) {
      offsets[i] = end;
      end += 4 * this.#pool[i].words.length;
    }
    const bytes = new Uint8Array(this.#pool.length === 0 ? codeLength : end);
    bytes.set(this.#bytes);
    const view = new DataView(bytes.buffer);
    for (const { position, uses } of this.#labels)
      for (const use of uses) view.setInt32(use, position - (use + 4), true);
    for (const use of this.#poolUses) view.setInt32(use.position, offsets[use.pool] - use.end(), true);
    this.#pool.forEach(({ words }, i) => {
      words.forEach((word, w) => {
        view.setUint32(offsets[i] + 4 * w, word >>> 0, true);
      });
    });
    return { bytes, codeLength };
  }
}

/** Which operand goes into which field. */
function place(form: VectorForm, operands: readonly Rm[]): { reg: number; vvvv: number; rm: Rm } {
  const [a, b, c] = operands;
  // EVEX keeps the fifth bit of a vector index with vvvv's.
  if (form.vsib)
    return { reg: a as number, vvvv: (c as number | undefined) ?? ((b as Mem).index ?? 0) & 16, rm: b };
  if (form.layout === "rvm") return { reg: a as number, vvvv: b as number, rm: c };
  if (form.layout === "rm") return { reg: a as number, vvvv: 0, rm: b };
  if (form.layout === "mr") return { reg: b as number, vvvv: 0, rm: a };
  if (form.layout === "mvr") return { reg: c as number, vvvv: b as number, rm: a };
  return { reg: form.digit, vvvv: a as number, rm: b };
}

/** Fourth bits of the register numbers. */
function extensions(reg: number, rm: Rm): { r: number; x: number; b: number } {
  const r = (reg >> 3) & 1;
  if (typeof rm === "number") return { r, x: 0, b: (rm >> 3) & 1 };
  if (!isMem(rm)) return { r, x: 0, b: 0 };
  return { r, x: ((rm.index ?? 0) >> 3) & 1, b: (rm.base >> 3) & 1 };
}

const TUPLE_SHARE: Readonly<Record<string, number>> = { full: 8, half: 16, quarter: 32, eighth: 64 };

function disp8Unit(form: VectorForm, bits: VectorBits, broadcast: boolean): number {
  if (broadcast) return 4;
  return typeof form.tuple === "number" ? form.tuple : bits / TUPLE_SHARE[form.tuple];
}
