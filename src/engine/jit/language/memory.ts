/** Fourth layer of the builder: loads and stores (whole, converting, masked), atomics and hints. */
import {
  type Address,
  accessing,
  instruction,
  isVector,
  type Kind,
  type MemoryType,
  TILE_OPS,
  type VectorKind,
} from "../ir.ts";
import type { AddressOperand, Operand, Value } from "./core.ts";
import { LaneBuilder } from "./lanes.ts";

/** Types that a vector load or store can convert: `lanes` narrow elements from and to 32-bit lanes. */
export type NarrowFloat = "f16" | "bf16";
export type NarrowInteger = "i8" | "u8" | "i16" | "u16";
export type ScalarInteger = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64";

/** A masked access touches no byte of an inactive lane; loads set inactive lanes to 0. */
export interface AccessOptions {
  readonly mask?: Operand<"mask"> | undefined;
}

/** Bytes of a cache line. */
const CACHE_LINE = 64;
const PREFETCH_HINTS = { near: 0, stream: 1, second: 2 } as const;
export type PrefetchHint = keyof typeof PREFETCH_HINTS | "once";

export class MemoryBuilder extends LaneBuilder {
  #load<K extends Kind>(kind: K, memory: MemoryType, at: AddressOperand, options?: AccessOptions): Value<K> {
    const mask = options?.mask && this.use(options.mask);
    const instr = accessing("load", kind, this.address(at), [], mask);
    instr.memory = memory;
    return this.result(kind, instr);
  }
  #store(kind: Kind, memory: MemoryType, at: AddressOperand, id: number, options?: AccessOptions): void {
    const mask = options?.mask && this.use(options.mask);
    const instr = accessing("store", kind, this.address(at), [id], mask);
    instr.memory = memory;
    this.effect(instr);
  }

  /** A whole vector of lanes × 4 bytes, from any alignment. A mask counts 32-bit lanes. */
  load<K extends VectorKind>(kind: K, at: AddressOperand, options?: AccessOptions): Value<K> {
    return this.#load(kind, "raw", at, options);
  }
  /**
   * 16 bytes, from any alignment, into lanes 4 · quarter … 4 · quarter + 3 of a vector. The first quarter begins a vector
   * with zeros in the other lanes.
   */
  loadQuad<K extends VectorKind>(
    kind: K,
    at: AddressOperand,
    quarter: number,
    before: Operand<K> | undefined,
  ): Value<K> {
    if (before === undefined && quarter > 0) this.fail("only the first quarter begins a vector");
    if (before !== undefined && (quarter < 1 || 4 * quarter >= this.lanes))
      this.fail(`a vector of ${this.lanes} lanes has no quarter ${quarter} to add`);
    if (this.lanes === 4) return this.load(kind, at);
    const instr = accessing("quad", kind, this.address(at), before === undefined ? [] : [this.use(before)]);
    instr.imm = quarter;
    return this.result(kind, instr);
  }
  /** Up to eight 2-byte values in the first elements of a vector; the other elements are 0. */
  loadHalves(places: readonly AddressOperand[]): Value<"i16v"> {
    if (places.length > 8) this.fail(`the first 128 bits of a vector hold 8 halves, got ${places.length}`);
    let vector = this.constant("i16v", 0);
    places.forEach((at, i) => {
      const instr = accessing("loadHalf", "i16v", this.address(at), [this.use(vector)]);
      instr.imm = i;
      vector = this.result("i16v", instr);
    });
    return vector;
  }
  /** `lanes` 16-bit floats as f32, exactly. */
  loadFloats(from: NarrowFloat, at: AddressOperand, options?: AccessOptions): Value<"f32v"> {
    if (from === "f16" && this.target.native.has("f16")) return this.#load("f32v", "f16", at, options);
    const bits = this.#load("i32v", "u16", at, options);
    return from === "f16" ? this.f16BitsToF32(bits) : this.as("f32v", this.shl(bits, 16));
  }
  /** A vector with the lowest 16 bytes of another in lanes 4 · quarter … 4 · quarter + 3. */
  joinQuad<K extends VectorKind>(vector: Operand<K>, other: Operand<K>, quarter: number): Value<K> {
    if (4 * quarter >= this.lanes) this.fail(`a vector of ${this.lanes} lanes has no quarter ${quarter}`);
    const instr = instruction("joinQuad", vector.kind, [this.use(vector), this.use(other)]);
    instr.imm = quarter;
    return this.result(vector.kind, instr);
  }
  /** The first `lanes` 16-bit floats of a vector as f32, exactly. */
  floatsOf(vector: Operand<"i16v">): Value<"f32v"> {
    if (this.target.native.has("f16")) return this.#widen("f32v", "f16", vector);
    return this.f16BitsToF32(this.integersOf(vector));
  }
  /** The first `lanes` unsigned 16-bit numbers of a vector as i32. */
  integersOf(vector: Operand<"i16v">): Value<"i32v"> {
    return this.#widen("i32v", "u16", vector);
  }
  /** The low 16 bits of every lane, in the first `lanes` elements of a vector. For targets with AVX-512. */
  lowHalves(vector: Operand<"i32v">): Value<"i16v"> {
    if (this.lanes < 16) this.fail("only AVX-512 narrows lanes in a register");
    return this.result("i16v", instruction("narrow", "i32v", [this.use(vector)]));
  }
  #widen<K extends "f32v" | "i32v">(kind: K, from: MemoryType, vector: Operand<"i16v">): Value<K> {
    const instr = instruction("widen", kind, [this.use(vector)]);
    instr.memory = from;
    return this.result(kind, instr);
  }
  /** `lanes` narrow integers as i32, sign-extended or zero-extended. */
  loadIntegers(from: NarrowInteger, at: AddressOperand, options?: AccessOptions): Value<"i32v"> {
    return this.#load("i32v", from, at, options);
  }
  /** One f32 from memory in every lane. */
  broadcastF32(at: AddressOperand): Value<"f32v"> {
    return this.broadcast4("f32v", at);
  }
  /** The same 4 bytes in every lane, as a vector of this kind (a group for `dot4`). */
  broadcast4<K extends VectorKind>(kind: K, at: AddressOperand): Value<K> {
    return this.result(kind, accessing("broadcast", kind, this.address(at), []));
  }

  /**
   * Looks up each 16-bit element of `index` in a table of 16-bit words in memory. `entries` is a power of two from 64
   * to 32768; indices are unsigned and must be less than `entries`. Two bytes after the table may be read.
   */
  lookup(table: Operand<"ptr">, index: Operand<"i16v">, entries: number): Value<"i16v"> {
    if (!Number.isInteger(Math.log2(entries)) || entries < 64 || entries > 32768)
      this.fail(`lookup needs a power of two from 64 to 32768 entries, got ${entries}`);
    const instr = accessing("lookup", "i16v", this.address(table), [this.use(index)]);
    instr.imm = entries;
    return this.result("i16v", instr);
  }

  /** A whole vector of lanes × 4 bytes, to any alignment. */
  store(at: AddressOperand, vector: Operand<VectorKind>, options?: AccessOptions): void {
    this.#store(vector.kind, "raw", at, this.use(vector), options);
  }
  /** Lanes 4 · quarter … 4 · quarter + 3 of a vector: 16 bytes, to any alignment. */
  storeQuad(at: AddressOperand, vector: Operand<VectorKind>, quarter: number): void {
    if (4 * quarter >= this.lanes) this.fail(`a vector of ${this.lanes} lanes has no quarter ${quarter}`);
    if (this.lanes === 4) {
      this.store(at, vector);
      return;
    }
    const instr = accessing("storeQuad", vector.kind, this.address(at), [this.use(vector)]);
    instr.imm = quarter;
    this.effect(instr);
  }
  /** `lanes` f32 as 16-bit floats, rounding to nearest even. */
  storeFloats(to: NarrowFloat, at: AddressOperand, vector: Operand<"f32v">, options?: AccessOptions): void {
    if (to === "f16" && this.target.native.has("f16")) {
      this.#store("f32v", "f16", at, this.use(vector), options);
      return;
    }
    const bits = to === "f16" ? this.f32ToF16Bits(vector) : this.f32ToBf16Bits(vector);
    this.#store("i32v", "u16", at, this.use(bits), options);
  }
  /** `lanes` i32 as narrow integers, saturated. */
  storeIntegers(
    to: "i8" | "i16",
    at: AddressOperand,
    vector: Operand<"i32v">,
    options?: AccessOptions,
  ): void {
    this.#store("i32v", to, at, this.use(vector), options);
  }

  /** One float. */
  loadF32(at: AddressOperand, from: "f32" | NarrowFloat = "f32"): Value<"f32"> {
    if (from === "f32") return this.#load("f32", "f32", at);
    const bits = this.splat(this.loadInt("u16", at));
    if (from === "bf16") return this.lane0(this.as("f32v", this.shl(bits, 16)));
    return this.target.native.has("f16") ? this.#load("f32", "f16", at) : this.lane0(this.f16BitsToF32(bits));
  }
  storeF32(at: AddressOperand, value: Operand<"f32">): void {
    this.#store("f32", "f32", at, this.use(value));
  }
  loadInt(from: ScalarInteger, at: AddressOperand): Value<"int"> {
    return this.#load("int", from, at);
  }
  /** The low bits of an integer. */
  storeInt(to: "i8" | "i16" | "i32" | "i64", at: AddressOperand, value: Operand<"int">): void {
    this.#store("int", to, at, this.use(value));
  }
  /** A pointer to an 8-byte slot. */
  storePointer(at: AddressOperand, value: Operand<"ptr">): void {
    this.#store("ptr", "ptr", at, this.use(value));
  }
  /** A pointer from an 8-byte slot. */
  loadPointer(at: AddressOperand): Value<"ptr"> {
    return this.#load("ptr", "ptr", at);
  }

  /**
   * Prefetches a cache line. Never faults, may do nothing. `stream`: past the caches. `second`: only into the second-level
   * cache. `once`: as it suits the target best for what is read only once (Tuning).
   */
  prefetch(at: AddressOperand, hint: PrefetchHint = "near"): void {
    const instr = accessing("prefetch", "ptr", this.address(at), []);
    instr.imm = PREFETCH_HINTS[hint === "once" ? this.target.tuning.prefetchOnce : hint];
    this.effect(instr);
  }
  /** Prefetches the cache lines that begin every 64 bytes from `at` on, within `byteLength`. */
  prefetchLines(
    at: { readonly base: Operand<"ptr">; readonly disp: number },
    byteLength: number,
    hint?: PrefetchHint,
  ): void {
    for (let line = 0; line < byteLength; line += CACHE_LINE)
      this.prefetch({ base: at.base, disp: at.disp + line }, hint);
  }
  /** Adds atomically to an aligned 32-bit cell, sequentially consistent; returns the old value. */
  atomicAdd(at: AddressOperand, amount: Operand<"int">): Value<"int"> {
    return this.result("int", accessing("atomicAdd", "int", this.address(at), [this.use(amount)]));
  }
  /** Reads an aligned 32-bit cell (sign-extended), with acquire order: later reads are not moved before it. */
  atomicLoad(at: AddressOperand): Value<"int"> {
    return this.result("int", accessing("atomicLoad", "int", this.address(at), []));
  }
  /**
   * Writes an aligned 32-bit cell, with release order: a thread that reads it by `atomicLoad` sees all earlier
   * writes.
   */
  atomicStore(at: AddressOperand, value: Operand<"int">): void {
    this.effect(accessing("atomicStore", "int", this.address(at), [this.use(value)]));
  }
  /** Orders every access before it before every access after it. */
  fence(): void {
    this.effect(instruction("fence", "int", []));
  }
  /** Hints to the processor that this is a spin loop. */
  pause(): void {
    this.effect(instruction("pause", "int", []));
  }
  /** Sets the shapes of tiles from 64 bytes (Intel's manual, LDTILECFG) and clears them. */
  tileConfig(at: AddressOperand): void {
    this.#tile(TILE_OPS.config, [], this.address(at));
  }
  /** Releases the tiles. Otherwise every context switch saves them. */
  tileRelease(): void {
    this.#tile(TILE_OPS.release, []);
  }
  tileZero(tile: number): void {
    this.#tile(TILE_OPS.zero, [tile]);
  }
  /** Rows of a tile from memory, `stride` bytes apart. */
  tileLoad(tile: number, base: Operand<"ptr">, stride: Operand<"int">, disp = 0): void {
    this.#tile(TILE_OPS.load, [tile], this.address({ base, index: stride, disp }));
  }
  tileStore(tile: number, base: Operand<"ptr">, stride: Operand<"int">, disp = 0): void {
    this.#tile(TILE_OPS.store, [tile], this.address({ base, index: stride, disp }));
  }
  /** sum[m][n] += Σ a[m][4k + i] · b[k][4n + i] of signed bytes, exactly, in i32. */
  tileDot(sum: number, a: number, b: number): void {
    this.#tile(TILE_OPS.dot, [sum, a, b]);
  }
  /** sum[m][n] += Σ a[m][2k + i] · b[k][2n + i] of bf16 numbers, in f32, in an order that the processor defines. */
  tileDotBf16(sum: number, a: number, b: number): void {
    if (!this.target.native.has("tilesBf16")) this.fail(`${this.target.name} has no tiles of bf16`);
    this.#tile(TILE_OPS.dotBf16, [sum, a, b]);
  }
  #tile(which: number, tiles: readonly number[], address?: Address): void {
    if (!this.target.native.has("tiles")) this.fail(`${this.target.name} has no tiles`);
    const instr =
      address === undefined ? instruction("tile", "i32v", []) : accessing("tile", "i32v", address, []);
    instr.imm = which;
    instr.words = tiles;
    this.effect(instr);
  }

  /**
   * Calls another kernel: in native code by its address, in WebAssembly by its slot in the table. No vector value may
   * be alive across a call.
   */
  call(kernel: Operand<"ptr">, args: Operand<"ptr">): void {
    this.effect(instruction("call", "ptr", [this.use(kernel), this.use(args)]));
  }
}

export type { Address };
export { isVector };
