/**
 * Products with a weight that is not packed yet. A task packs its groups of rows into working memory, one after the
 * other, with the kernel that packs whole weights, and multiplies from there, out of a cache. For one token there is a kernel
 * that does both in small pieces (quantised/from-file.ts). Either way the same packed bytes are
 * multiplied in the same order, so results are the same bits, whatever has been packed so far.
 */
import type { Kernel, KernelBuilder } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { callWith } from "../../launch.ts";

/**
 * Parameters of every kernel that packs a weight. `length`: values or blocks of a row. `ahead`: bytes from what is read to
 * what is prefetched.
 */
export const PACK_PARAMETERS = {
  source: "ptr",
  out: "ptr",
  tasks: "ptr",
  rows: "int",
  length: "int",
  ahead: "int",
} as const;
export type PackKernel = Kernel<typeof PACK_PARAMETERS>;

/**
 * Working memory: the called kernel's arguments; whether it has brought the task's token into its order; the packing kernel's
 * counter and the address of the packed group, or one token's sums; and perhaps the group or a strip of it.
 */
export const READY = 56;
const COUNTER = 64;
const ADDRESS = 72;
export const SUMS = 64;
export const GROUP = 128;

/** True if kernels of the target can read a mapped file in place. */
export const readsFiles = (target: Target): boolean => target.isa !== "wasm";

/** Bytes of working memory, for groups of `groupBytes`, which may begin up to a vector later. */
export function fileLayoutBytes(target: Target, groupBytes: number): number {
  return readsFiles(target) ? Math.ceil((GROUP + 4 * target.lanes + groupBytes) / 64) * 64 : 0;
}

/** Working memory of a thread, `disp` bytes after `base`. */
export interface OwnMemory {
  readonly base: Value<"ptr">;
  readonly disp: number;
}

/** Address of a byte of it. */
export function placeIn(k: KernelBuilder, { base, disp }: OwnMemory, byte: number): Value<"ptr"> {
  return k.offset(base, k.constant("int", disp + byte));
}

/** A group of rows in the weight. */
export interface GroupInWeight {
  /** Its address, the same in both layouts. */
  readonly at: () => Value<"ptr">;
  /** Rows of a group, and those of the weight from the group's first one on. */
  readonly height: number;
  readonly left: () => Value<"int">;
  /** Values or blocks of a row. */
  readonly length: number;
  readonly bytes: number;
}

/**
 * Packs the group into working memory if `packer`, the address of the packing kernel, is not 0.
 * @param own working memory of this thread: a place that is `disp` bytes after `base`.
 * @returns the address of the packed group; noted in memory, because some kernels have no register for it.
 */
export function packedGroup(
  k: KernelBuilder,
  kernel: PackKernel,
  packer: Value<"ptr">,
  own: OwnMemory,
  group: GroupInWeight,
): () => Value<"ptr"> {
  if (!readsFiles(k.target)) return group.at;
  const address = { base: own.base, disp: own.disp + ADDRESS };
  const behind = (bytes: number) => placeIn(k, own, bytes);
  k.storePointer(address, group.at());
  k.if(k.is(packer, "!=", 0), () => {
    k.storeInt("i32", { base: own.base, disp: own.disp + COUNTER }, k.constant("int", 0));
    callWith(k, kernel, packer, behind(0), {
      source: () => k.loadPointer(address),
      out: () => behind(GROUP),
      tasks: () => behind(COUNTER),
      rows: () => k.min(group.left(), group.height),
      length: () => k.constant("int", group.length),
      ahead: () => k.constant("int", group.bytes),
    });
    k.storePointer(address, behind(GROUP));
  });
  return () => k.loadPointer(address);
}

/**
 * Calls `one` if a task has one token and a complete group of a weight in the file's layout, else `packed`.
 * @param oneToken address of the kernel for that case; 0 if the weight is packed.
 */
export function ifOneToken(
  k: KernelBuilder,
  oneToken: Value<"ptr">,
  tokens: () => Value<"int">,
  { height, left }: GroupInWeight,
  one: () => void,
  packed: () => void,
): void {
  if (!readsFiles(k.target)) {
    packed();
    return;
  }
  const isOne = k.variable(k.constant("int", 0));
  k.if(k.is(oneToken, "!=", 0), () =>
    k.if(k.is(tokens(), "==", 1), () =>
      k.if(k.is(left(), ">=", height), () => isOne.set(k.constant("int", 1))),
    ),
  );
  k.if(k.is(isOne, "==", 1), one, packed);
}
