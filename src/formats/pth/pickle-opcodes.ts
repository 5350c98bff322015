/**
 * The instructions of Python's pickle (protocols 2 to 5; Lib/pickletools.py describes them all). Instructions
 * that only build data are executed; those that would find, create or call objects are refused by name.
 */
import { UnsupportedError } from "../../base/errors.ts";
import { applyGlobal, resolveGlobal, resolvePersistentId, wantsCode } from "./pickle-globals.ts";
import { PICKLE_LIMITS, type PickleMachine } from "./pickle-machine.ts";
import { describeValue, isKind, type PickleValue } from "./pickle-values.ts";

type Step = (vm: PickleMachine) => void;

export const STOP = 0x2e;
export const PROTO = 0x80;

const utf8 = new TextDecoder("utf-8");

/** Two's complement, little-endian. A number if that is exact, otherwise a bigint. */
function integerFromBytes(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  if (bytes.length > 0 && bytes[bytes.length - 1] >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  const exact = Number(value);
  return Number.isSafeInteger(exact) ? exact : value;
}

type Length = (vm: PickleMachine) => number | bigint;
const byte: Length = ({ reader }) => reader.u8();
const word: Length = ({ reader }) => reader.u32();
const signed: Length = ({ reader }) => reader.i32();
const long: Length = ({ reader }) => reader.u64();

const take = (vm: PickleMachine, length: Length, what: string, most?: number): Uint8Array =>
  vm.reader.bytes(vm.length(length(vm), what, most));
const text =
  (length: Length): Step =>
  (vm) =>
    vm.push(utf8.decode(take(vm, length, "text")));
const bytes =
  (length: Length): Step =>
  (vm) =>
    vm.push(take(vm, length, "bytes"));
const integer = (length: Length): Step => {
  return (vm) => vm.push(integerFromBytes(take(vm, length, "an integer", PICKLE_LIMITS.integerBytes)));
};
const constant =
  (value: null | boolean): Step =>
  (vm) =>
    vm.push(value);
const tuple = (items: PickleValue[]): PickleValue => ({ kind: "tuple", items });
const list = (items: PickleValue[]): PickleValue => ({ kind: "list", items });
const emptyDict = (): PickleValue => ({ kind: "dict", ordered: false, entries: new Map() });

function float64(vm: PickleMachine): void {
  const raw = vm.reader.bytes(8);
  vm.push(new DataView(raw.buffer, raw.byteOffset, 8).getFloat64(0, false)); // the only big-endian value
}

function frame(vm: PickleMachine): void {
  vm.reader.count(vm.reader.u64(), 1, "bytes of a frame");
}

/** BUILD: the attributes of an OrderedDict (`_metadata` of a state dict) are data that Cria does not need. */
function build(vm: PickleMachine): void {
  const state = vm.pop();
  const target = vm.top();
  if (isKind(target, "dict") && target.ordered && isKind(state, "dict")) return;
  throw wantsCode(vm.file, `state set on ${describeValue(target)}`);
}

function global(vm: PickleMachine): void {
  const module = vm.line();
  vm.push(resolveGlobal(vm.file, module, vm.line()));
}

function stackGlobal(vm: PickleMachine): void {
  const attribute = vm.popText("the name of an attribute");
  vm.push(resolveGlobal(vm.file, vm.popText("the name of a module"), attribute));
}

function reduce(vm: PickleMachine): void {
  const args = vm.pop();
  vm.push(applyGlobal(vm.file, vm.pop(), args));
}

function persistentId(vm: PickleMachine): void {
  vm.push(resolvePersistentId(vm.file, vm.pop()));
}

/** The instructions that are executed. */
export const STEPS: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x95, frame],
  [0x28, (vm) => vm.mark()],
  [0x30, (vm) => void vm.pop()],
  [0x31, (vm) => void vm.popToMark()],
  [0x32, (vm) => vm.push(vm.top())],
  [0x4e, constant(null)],
  [0x88, constant(true)],
  [0x89, constant(false)],
  [0x4b, (vm) => vm.push(vm.reader.u8())],
  [0x4d, (vm) => vm.push(vm.reader.u16())],
  [0x4a, (vm) => vm.push(vm.reader.i32())],
  [0x8a, integer(byte)],
  [0x8b, integer(signed)],
  [0x47, float64],
  [0x8c, text(byte)],
  [0x58, text(word)],
  [0x8d, text(long)],
  [0x55, text(byte)],
  [0x54, text(signed)],
  [0x43, bytes(byte)],
  [0x42, bytes(word)],
  [0x8e, bytes(long)],
  [0x96, bytes(long)],
  [0x5d, (vm) => vm.push(list([]))],
  [0x8f, (vm) => vm.push(list([]))],
  [0x61, (vm) => vm.appendItems([vm.pop()])],
  [0x65, (vm) => vm.appendItems(vm.popToMark())],
  [0x90, (vm) => vm.appendItems(vm.popToMark())],
  [0x91, (vm) => vm.push(list(vm.popToMark()))],
  [0x29, (vm) => vm.push(tuple([]))],
  [0x85, (vm) => vm.push(tuple(vm.popMany(1)))],
  [0x86, (vm) => vm.push(tuple(vm.popMany(2)))],
  [0x87, (vm) => vm.push(tuple(vm.popMany(3)))],
  [0x74, (vm) => vm.push(tuple(vm.popToMark()))],
  [0x7d, (vm) => vm.push(emptyDict())],
  [0x73, (vm) => vm.setItems(vm.popMany(2))],
  [0x75, (vm) => vm.setItems(vm.popToMark())],
  [0x71, (vm) => vm.memoize(vm.reader.u8())],
  [0x72, (vm) => vm.memoize(vm.reader.u32())],
  [0x94, (vm) => vm.memoize()],
  [0x68, (vm) => vm.recall(vm.reader.u8())],
  [0x6a, (vm) => vm.recall(vm.reader.u32())],
  [0x63, global],
  [0x93, stackGlobal],
  [0x52, reduce],
  [0x62, build],
  [0x51, persistentId],
]);

function className(vm: PickleMachine): string {
  const value = vm.popMany(Math.min(2, vm.depth)).at(0);
  return isKind(value, "global") ? value.name : describeValue(value);
}

/** INST, OBJ, NEWOBJ, EXT…: each finds a class and instantiates it. */
const CODE_STEPS: ReadonlyMap<number, (vm: PickleMachine) => string> = new Map([
  [0x69, (vm: PickleMachine) => `${vm.line()}.${vm.line()} by INST`],
  [0x6f, () => "an object by OBJ"],
  [0x81, (vm: PickleMachine) => `${className(vm)} by NEWOBJ`],
  [0x92, () => "an object by NEWOBJ_EX"],
  [0x82, (vm: PickleMachine) => `extension ${vm.reader.u8()} of copyreg by EXT1`],
  [0x83, (vm: PickleMachine) => `extension ${vm.reader.u16()} of copyreg by EXT2`],
  [0x84, (vm: PickleMachine) => `extension ${vm.reader.u32()} of copyreg by EXT4`],
]);

/** The text opcodes of protocol 0, and buffers outside the file: legitimate, but not used for tensors. */
const OTHER_STEPS: ReadonlyMap<number, string> = new Map([
  [0x49, "INT"],
  [0x4c, "LONG"],
  [0x46, "FLOAT"],
  [0x53, "STRING"],
  [0x56, "UNICODE"],
  [0x6c, "LIST"],
  [0x64, "DICT"],
  [0x67, "GET"],
  [0x70, "PUT"],
  [0x50, "PERSID"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);

/** Throws the error for an instruction that is not executed. */
export function refuse(vm: PickleMachine, opcode: number): never {
  const code = CODE_STEPS.get(opcode);
  if (code !== undefined) throw wantsCode(vm.file, code(vm));
  const name = OTHER_STEPS.get(opcode);
  if (name === undefined) {
    vm.fail("an instruction of pickle", `byte 0x${opcode.toString(16).padStart(2, "0")}`);
  }
  throw new UnsupportedError({
    doing: `read the pickle of "${vm.file}"`,
    expected: "a pickle of protocols 2 to 5 without buffers outside the file",
    found: `the instruction ${name}`,
    fix: "save the file again with torch.save, or as safetensors",
  });
}
