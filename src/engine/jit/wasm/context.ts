/** Shared state of the WebAssembly lowering functions: the bytes written so far and the local of each register. */
import type { Kind, Program } from "../ir.ts";
import { type ValueType, WasmWriter } from "./encoder.ts";

export const LOCAL_TYPES: Readonly<Record<Kind, ValueType>> = {
  ptr: "i32",
  int: "i64",
  f32: "f32",
  f32v: "v128",
  i32v: "v128",
  i16v: "v128",
  i8v: "v128",
  u8v: "v128",
  mask: "v128",
};

export class WasmContext {
  readonly out = new WasmWriter();
  readonly program: Program;
  readonly #locals: ReadonlyMap<number, number>;
  /** Scratch locals: an address, the bits of a mask, a vector. */
  readonly scratch: { readonly address: number; readonly bits: number; readonly vector: number };

  constructor(program: Program, locals: ReadonlyMap<number, number>, scratchBase: number) {
    this.program = program;
    this.#locals = locals;
    this.scratch = { address: scratchBase, bits: scratchBase + 1, vector: scratchBase + 2 };
  }
  get(id: number): void {
    this.out.op("local.get", this.#locals.get(id) as number);
  }
  set(id: number): void {
    this.out.op("local.set", this.#locals.get(id) as number);
  }
}
