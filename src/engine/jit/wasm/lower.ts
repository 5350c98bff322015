/**
 * Lowers programs to WebAssembly with SIMD128 and threads, one function per kernel. Virtual registers become locals
 * (the engine allocates registers); pointers are i32, integers i64, vectors and masks v128.
 */
import { assert } from "../../../base/errors.ts";
import { type Condition, type Instr, isVector, type Program } from "../ir.ts";
import { LOCAL_TYPES, WasmContext } from "./context.ts";
import { encodeModule, type ValueType, type WasmFunction } from "./encoder.ts";
import { lowerMemory } from "./lower-memory.ts";
import { constant, pushCondition, pushValue } from "./lower-values.ts";

function control(c: WasmContext, instr: Instr): boolean {
  const { out } = c;
  if (instr.op === "if") {
    pushCondition(c, instr.condition as Condition);
    out.op("if").byte(0x40);
  } else if (instr.op === "else") out.op("else");
  else if (instr.op === "endif") out.op("end");
  else if (instr.op === "loop") out.op("loop").byte(0x40);
  else if (instr.op === "endloop") {
    pushCondition(c, instr.condition as Condition);
    out.op("br_if", 0).op("end");
  } else return false;
  return true;
}

function lowerInstr(c: WasmContext, instr: Instr): void {
  if (control(c, instr) || lowerMemory(c, instr)) return;
  pushValue(c, instr);
  c.set(instr.dst);
}

/** Key of a vector constant, the same for all kinds of vectors. */
function constantKey({ op, kind, words }: Instr): string | undefined {
  return op === "const" && isVector(kind) ? (words as number[]).join() : undefined;
}

/**
 * Assigns a local to every register. Vector constants are created once, at the start of the function, because engines
 * do not move them out of loops. Constants with the same bits share a local.
 */
function assignLocals(program: Program) {
  const locals = new Map<number, number>();
  const types: ValueType[] = [];
  const constants = new Map<string, { readonly local: number; readonly instr: Instr }>();
  for (const instr of program.code) {
    const key = constantKey(instr);
    if (key !== undefined && !constants.has(key)) constants.set(key, { local: types.push("v128"), instr });
    const shared = key === undefined ? undefined : constants.get(key)?.local;
    for (const id of instr.dst >= 0 ? [...instr.reads, instr.dst] : instr.reads) {
      if (locals.has(id)) continue;
      const { kind, variable } = program.registers[id];
      const reuse = shared !== undefined && id === instr.dst && !variable;
      locals.set(id, reuse ? shared : types.push(LOCAL_TYPES[kind]));
    }
  }
  return { locals, types, constants };
}

function lowerFunction(program: Program): WasmFunction {
  assert(
    program.lanes === 4,
    `kernel "${program.name}" was built for ${program.lanes} lanes, WebAssembly has 4`,
  );
  const { locals, types, constants } = assignLocals(program);
  const context = new WasmContext(program, locals, types.length + 1);
  for (const { local, instr } of constants.values()) {
    constant(context, instr);
    context.out.op("local.set", local);
  }
  for (const instr of program.code) {
    const shared = constants.get(constantKey(instr) ?? "")?.local;
    if (shared === undefined) lowerInstr(context, instr);
    else if (locals.get(instr.dst) !== shared) {
      context.out.op("local.get", shared);
      context.set(instr.dst);
    }
  }
  context.out.op("end");
  return {
    name: program.name,
    locals: [...types, "i32", "i32", "v128"],
    body: context.out.bytes,
    callsTable: program.code.some(({ op }) => op === "call"),
  };
}

/** Compiles programs built for a `wasm` target into one module; see `encodeModule` for what it imports. */
export function compileWasm(
  programs: readonly Program[],
  options: { shared: boolean },
): Uint8Array<ArrayBuffer> {
  return encodeModule(programs.map(lowerFunction), options);
}
