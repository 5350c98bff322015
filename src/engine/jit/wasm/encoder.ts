/** Bytes of a WebAssembly module: LEB128 numbers, sections, function bodies. */
import { OPCODES } from "./opcodes.ts";

export type ValueType = "i32" | "i64" | "f32" | "v128";
const TYPE_BYTES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b };

const FIRST_CAPACITY = 64;

export class WasmWriter {
  #buffer = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
  #put(byte: number): void {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  byte(...bytes: readonly number[]): this {
    return this.append(bytes);
  }
  append(bytes: ArrayLike<number>): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
  /** Unsigned LEB128. */
  u32(value: number): this {
    let left = value >>> 0;
    while (left >= 0x80) {
      this.#put((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    this.#put(left);
    return this;
  }
  /** Signed LEB128 of up to 64 bits. */
  signed(value: number): this {
    if (value !== (value | 0)) return this.#signed64(BigInt(value));
    let left = value;
    for (;;) {
      const low = left & 0x7f;
      left >>= 7;
      const done = left === ((low & 0x40) === 0 ? 0 : -1);
      this.#put(done ? low : low | 0x80);
      if (done) return this;
    }
  }
  #signed64(value: bigint): this {
    let left = value;
    for (;;) {
      const low = Number(left & 0x7fn);
      left >>= 7n;
      const done = left === ((low & 0x40) === 0 ? 0n : -1n);
      this.#put(done ? low : low | 0x80);
      if (done) return this;
    }
  }
  name(text: string): this {
    const encoded = new TextEncoder().encode(text);
    return this.u32(encoded.length).append(encoded);
  }
  /** Items, preceded by their count. */
  list(items: readonly ArrayLike<number>[]): this {
    this.u32(items.length);
    for (const item of items) this.append(item);
    return this;
  }

  /** An instruction by name, with unsigned immediates. */
  op(name: string, ...immediates: readonly number[]): this {
    const coding = OPCODES.get(name);
    if (coding === undefined) throw new Error(`Internal error: unknown WebAssembly instruction ${name}`);
    if (coding.prefix === undefined) this.#put(coding.code);
    else {
      this.#put(coding.prefix);
      this.u32(coding.code);
    }
    for (let i = 0; i < immediates.length; i++) this.u32(immediates[i]);
    return this;
  }
  i32(value: number): this {
    return this.op("i32.const").signed(value | 0);
  }
  i64(value: number): this {
    return this.op("i64.const").signed(value);
  }
  f32(bits: number): this {
    return this.op("f32.const").#word(bits);
  }
  v128(fourWords: readonly number[]): this {
    this.op("v128.const");
    for (const word of fourWords) this.#word(word);
    return this;
  }
  #word(word: number): this {
    this.#put(word);
    this.#put(word >> 8);
    this.#put(word >> 16);
    this.#put(word >> 24);
    return this;
  }
}

export interface WasmFunction {
  readonly name: string;
  /** Types of the locals after the single i32 parameter. */
  readonly locals: readonly ValueType[];
  readonly body: ArrayLike<number>;
  readonly callsTable: boolean;
}

function section(id: number, content: ArrayLike<number>): Uint8Array {
  return new WasmWriter().byte(id).u32(content.length).append(content).bytes;
}

function functionBody({ locals, body }: WasmFunction): Uint8Array {
  const runs: [number, ValueType][] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.[1] === type) last[0]++;
    else runs.push([1, type]);
  }
  const code = new WasmWriter()
    .list(runs.map(([count, type]) => new WasmWriter().u32(count).byte(TYPE_BYTES[type]).bytes))
    .append(body).bytes;
  return new WasmWriter().u32(code.length).append(code).bytes;
}

/** Most pages a memory can have: 4 GiB. */
const MAX_PAGES = 65536;

/**
 * A module that imports `env.memory` (shared or not) and, if a kernel calls others, `env.table`; it exports every
 * function, `(block: i32) => void`, by name.
 */
export function encodeModule(
  functions: readonly WasmFunction[],
  options: { shared: boolean },
): Uint8Array<ArrayBuffer> {
  const memory = new WasmWriter().name("env").name("memory").byte(2);
  if (options.shared) memory.byte(3).u32(0).u32(MAX_PAGES);
  else memory.byte(0).u32(0);
  const imports = [memory.bytes];
  if (functions.some(({ callsTable }) => callsTable))
    imports.push(new WasmWriter().name("env").name("table").byte(1, 0x70, 0).u32(0).bytes);
  const module = new WasmWriter()
    .byte(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
    .append(section(1, new WasmWriter().list([[0x60, 1, TYPE_BYTES.i32, 0]]).bytes))
    .append(section(2, new WasmWriter().list(imports).bytes))
    .append(section(3, new WasmWriter().list(functions.map(() => [0])).bytes));
  const exports = functions.map(({ name }, i) => new WasmWriter().name(name).byte(0).u32(i).bytes);
  module.append(section(7, new WasmWriter().list(exports).bytes));
  module.append(section(10, new WasmWriter().list(functions.map(functionBody)).bytes));
  return module.bytes.slice();
}
