/** Loads and stores of the interpreter. */
import { f16ToF32, f32ToF16 } from "../../../base/half.ts";
import { ELEMENT_BYTES, type Instr, isVector, type MemoryType } from "../ir.ts";
import { f32Of, i32Of, type Scalar, type Vector, Words } from "./values.ts";

/** Bytes from the address to the end of the last active lane. */
export function touchedBytes(instr: Instr, lanes: number, mask: Vector | undefined): number {
  if (instr.op === "broadcast") return 4;
  const bytes = ELEMENT_BYTES[instr.memory as MemoryType];
  if (!isVector(instr.kind)) return bytes;
  return bytes * (mask === undefined ? lanes : mask.findLastIndex((lane) => lane !== 0) + 1);
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Reads one element as the 32 bits of its lane. */
function readLane(memory: MemoryType, view: DataView, at: number): number {
  if (memory === "i8") return view.getInt8(at);
  if (memory === "u8") return view.getUint8(at);
  if (memory === "i16") return view.getInt16(at, true);
  if (memory === "u16") return view.getUint16(at, true);
  if (memory === "f16")
    return i32Of(new Words(Float32Array.of(f16ToF32(view.getUint16(at, true))).buffer))[0];
  return view.getInt32(at, true);
}

function writeLane(memory: MemoryType, view: DataView, at: number, lane: number, float: number): void {
  if (memory === "i8") view.setInt8(at, clamp(lane, -128, 127));
  else if (memory === "i16") view.setInt16(at, clamp(lane, -32768, 32767), true);
  else if (memory === "u16") view.setUint16(at, lane, true);
  else if (memory === "f16") view.setUint16(at, f32ToF16(float), true);
  else view.setInt32(at, lane, true);
}

function loadScalar(memory: MemoryType, view: DataView, at: number): Scalar {
  if (memory === "f32") return view.getFloat32(at, true);
  if (memory === "f16") return f16ToF32(view.getUint16(at, true));
  if (memory === "i64" || memory === "ptr") return view.getBigInt64(at, true);
  if (memory === "u32") return BigInt(view.getUint32(at, true));
  return BigInt(readLane(memory, view, at));
}

export function loadMemory(
  instr: Instr,
  view: DataView,
  at: number,
  lanes: number,
  mask: Vector | undefined,
): Scalar | Vector {
  if (instr.op === "broadcast") return new Words(lanes).fill(view.getUint32(at, true));
  const memory = instr.memory as MemoryType;
  if (!isVector(instr.kind)) return loadScalar(memory, view, at);
  return Words.from({ length: lanes }, (_, lane) =>
    mask === undefined || mask[lane] !== 0 ? readLane(memory, view, at + lane * ELEMENT_BYTES[memory]) : 0,
  );
}

export function storeMemory(
  instr: Instr,
  view: DataView,
  at: number,
  value: Scalar | Vector,
  mask: Vector | undefined,
): void {
  const memory = instr.memory as MemoryType;
  if (typeof value === "number") {
    view.setFloat32(at, value, true);
    return;
  }
  if (typeof value === "bigint") {
    const bytes = ELEMENT_BYTES[memory];
    for (let i = 0; i < bytes; i++) view.setUint8(at + i, Number((value >> BigInt(8 * i)) & 255n));
    return;
  }
  const [ints, floats] = [i32Of(value), f32Of(value)];
  ints.forEach((lane, l) => {
    if (mask === undefined || mask[l] !== 0)
      writeLane(memory, view, at + l * ELEMENT_BYTES[memory], lane, floats[l]);
  });
}
