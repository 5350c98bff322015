/**
 * pack: a weight in the file's blocks becomes groups of `lanes` rows, interleaved field by field (packed-block.ts).
 * Nothing is added or lost but the bits' places, so the packed weight has the size of the file's, rows rounded up
 * to whole groups; the rows that fill the last group are zeros, and so are their scales.
 */
import { type DType, dtypeInfo } from "../../../base/dtypes.ts";
import type { Operand, Value } from "../../kernel/build/core.ts";
import { type Kernel, type KernelBuilder, kernel } from "../../kernel/builder.ts";
import type { Target } from "../../kernel/target.ts";
import { forEachTask, input, int, output, type Packing, tasks } from "../launch.ts";
import type { PackedType } from "./packed-block.ts";

/** Bytes of one interleaved block of a group. */
export function groupBlockBytes(dtype: DType, lanes: number): number {
  return dtypeInfo(dtype).blockBytes * lanes;
}

/** Bytes of a group: `lanes` rows of `columns` values. */
export function groupBytes(dtype: DType, lanes: number, columns: number): number {
  return (columns / dtypeInfo(dtype).blockLength) * groupBlockBytes(dtype, lanes);
}

const PARAMETERS = { source: "ptr", out: "ptr", tasks: "ptr", rows: "int", blocks: "int" } as const;

/** Where a row's fields of a block go: its halves two bytes, its words four bytes after those of the row before. */
interface Destination {
  readonly halves: Operand<"ptr">;
  readonly words: Operand<"ptr">;
}

/** Copies the fields of one block of one row. */
function copyBlock(k: KernelBuilder, type: PackedType, from: Operand<"ptr">, to: Destination): void {
  type.halves.forEach((offset, i) => {
    const value = k.loadInt("u16", { base: from, disp: offset });
    k.storeInt("i16", { base: to.halves, disp: 2 * k.lanes * i }, value);
  });
  type.words.forEach((offset, i) => {
    const value = k.loadInt("u32", { base: from, disp: offset });
    const disp = 2 * k.lanes * type.halves.length + 4 * k.lanes * i;
    k.storeInt("i32", { base: to.words, disp }, type.repack?.(k, value, i) ?? value);
  });
}

/** Zeros in the place of one block of one row. */
function clearBlock(k: KernelBuilder, type: PackedType, to: Destination): void {
  const zero = k.constant("int", 0);
  type.halves.forEach((_, i) => {
    k.storeInt("i16", { base: to.halves, disp: 2 * k.lanes * i }, zero);
  });
  type.words.forEach((_, i) => {
    k.storeInt("i32", { base: to.words, disp: 2 * k.lanes * type.halves.length + 4 * k.lanes * i }, zero);
  });
}

/** A task packs one group, row by row. */
function packKernel(type: PackedType): Kernel {
  const { blockBytes } = dtypeInfo(type.dtype);
  return kernel(`pack_${type.dtype.toLowerCase()}`, PARAMETERS, (k, p) => {
    const toStride = groupBlockBytes(type.dtype, k.lanes);
    const groups = k.div(k.add(p.rows, k.lanes - 1), k.lanes);
    forEachTask(k, p.tasks, groups, (group) => {
      const first = k.mul(group, k.lanes);
      const start = k.offset(p.out, k.mul(group, k.mul(p.blocks, toStride)));
      const from = k.variable(k.offset(p.source, k.mul(first, k.mul(p.blocks, blockBytes))));
      const eachBlock = (lane: Value<"int">, body: (to: Destination) => void): void => {
        const halves = k.variable(k.offset(start, k.shl(lane, 1)));
        const words = k.variable(k.offset(start, k.shl(lane, 2)));
        k.loop(0, p.blocks, 1, () => {
          body({ halves, words });
          k.advance(halves, toStride);
          k.advance(words, toStride);
        });
      };
      const present = k.min(k.sub(p.rows, first), k.lanes);
      k.loop(0, present, 1, (lane) => {
        eachBlock(lane, (to) => {
          copyBlock(k, type, from, to);
          k.advance(from, blockBytes);
        });
      });
      k.loop(present, k.lanes, 1, (lane) => eachBlock(lane, (to) => clearBlock(k, type, to)));
    });
  }) as unknown as Kernel;
}

const kernels = new Map<PackedType, Kernel>();

/** How the weight that is input 1 of a product is packed for a target. */
export function packingOf(type: PackedType, rows: number, columns: number, target: Target): Packing {
  let packer = kernels.get(type);
  if (packer === undefined) {
    packer = packKernel(type);
    kernels.set(type, packer);
  }
  const { lanes } = target;
  const blocks = columns / dtypeInfo(type.dtype).blockLength;
  return {
    input: 1,
    layout: `${type.dtype} in groups of ${lanes}`,
    byteLength: Math.ceil(rows / lanes) * groupBytes(type.dtype, lanes, columns),
    launch: {
      kernel: packer,
      arguments: { source: input(0), out: output, tasks, rows: int(rows), blocks: int(blocks) },
    },
  };
}
