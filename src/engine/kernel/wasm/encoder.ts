/** Bytes of a WebAssembly module: LEB128 numbers, sections, function bodies. */
import { assert } from "../../../base/errors.ts";
import { OPCODES } from "./opcodes.ts";

export type ValueType = "i32" | "i64" | "f32" | "v128";
const TYPE_BYTES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b };

export class WasmWriter {
  readonly bytes: number[] = [];

  byte(...bytes: readonly number[]): this {
    return this.append(bytes);
  }
  /** For what may be long: arguments have to fit the stack. */
  append(bytes: readonly number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }
  /** Unsigned LEB128. */
  u32(value: number): this {
    let left = value >>> 0;
    while (left >= 0x80) {
      this.bytes.push((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    this.bytes.push(left);
    return this;
  }
  /** Signed LEB128 of up to 64 bits. */
  signed(value: bigint): this {
    let left = value;
    for (;;) {
      const low = Number(left & 0x7fn);
      left >>= 7n;
      const done = (left === 0n && (low & 0x40) === 0) || (left === -1n && (low & 0x40) !== 0);
      this.bytes.push(done ? low : low | 0x80);
      if (done) return this;
    }
  }
  name(text: string): this {
    const encoded = new TextEncoder().encode(text);
    return this.u32(encoded.length).byte(...encoded);
  }
  /** Items with their count in front. */
  list(items: readonly (readonly number[])[]): this {
    this.u32(items.length);
    for (const item of items) this.append(item);
    return this;
  }

  /** An instruction by name, with unsigned immediates. */
  op(name: string, ...immediates: readonly number[]): this {
    const coding = OPCODES.get(name);
    assert(coding !== undefined, `unknown WebAssembly instruction ${name}`);
    const [prefix, code] = coding;
    if (prefix === undefined) this.byte(code);
    else this.byte(prefix).u32(code);
    for (const immediate of immediates) this.u32(immediate);
    return this;
  }
  i32(value: number): this {
    return this.op("i32.const").signed(BigInt(value | 0));
  }
  i64(value: number): this {
    return this.op("i64.const").signed(BigInt(value));
  }
  f32(bits: number): this {
    return this.op("f32.const").byte(...words([bits]));
  }
  v128(fourWords: readonly number[]): this {
    return this.op("v128.const").byte(...words(fourWords));
  }
}

function words(values: readonly number[]): number[] {
  return values.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]);
}

export interface WasmFunction {
  readonly name: string;
  /** Types of the locals behind the one i32 parameter. */
  readonly locals: readonly ValueType[];
  readonly body: readonly number[];
  readonly callsTable: boolean;
}

function section(id: number, content: readonly number[]): number[] {
  return new WasmWriter().byte(id).u32(content.length).append(content).bytes;
}

function functionBody({ locals, body }: WasmFunction): number[] {
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
  return Uint8Array.from(module.bytes);
}
