/**
 * Where a tile's codes come from: straight from packed blocks, unpacked as they pass (few tokens), or from a panel
 * in working memory, into which a group is unpacked once for all tokens of a task (many tokens). The panel holds,
 * run by run, eight vectors of bytes, then scales, then minima.
 */
import { dtypeInfo } from "../../../base/dtypes.ts";
import type { Operand, Variable } from "../../kernel/build/core.ts";
import type { KernelBuilder } from "../../kernel/builder.ts";
import { groupBlockBytes } from "./pack.ts";
import { PackedBlock, type PackedType, RUN, RUN_WORDS, type RunCodes, runOfBlock } from "./packed-block.ts";
import type { Tile } from "./tile.ts";

/** One token: how far ahead weights are asked for. Less than a page, enough to cover the memory's latency. */
const PREFETCH_BYTES = 2048;

/** Runs of 32 in a block of the type. */
function runsOf(type: PackedType): number {
  return dtypeInfo(type.dtype).blockLength / RUN;
}

/** Calls `each` for the runs of a group, block after block; `done` at the end of a block. */
function forEachRun(
  k: KernelBuilder,
  type: PackedType,
  weights: Operand<"ptr">,
  columns: number,
  body: {
    readonly each: (run: number, codes: RunCodes, at: Variable<"ptr">) => void;
    readonly done: () => void;
  },
): void {
  const at = k.variable(weights);
  const block = new PackedBlock(k, type, at);
  k.loop(0, columns / dtypeInfo(type.dtype).blockLength, 1, () => {
    for (let run = 0; run < runsOf(type); run++) body.each(run, runOfBlock(block, run), at);
    body.done();
    k.advance(at, groupBlockBytes(type.dtype, k.lanes));
  });
}

/** Asks for what lies a little behind this run's share of the block; the next group follows this one. */
function prefetch(k: KernelBuilder, type: PackedType, at: Variable<"ptr">, run: number): void {
  const share = groupBlockBytes(type.dtype, k.lanes) / runsOf(type);
  const [from, to] = [run, run + 1].map((r) => Math.ceil((r * share) / 64) * 64);
  for (let line = from; line < to; line += 64) k.prefetch({ base: at, disp: PREFETCH_BYTES + line });
}

/** Adds a whole group to a tile, from packed blocks. */
export function addBlocks(tile: Tile, weights: Operand<"ptr">, columns: number): void {
  const { k, type } = tile;
  forEachRun(k, type, weights, columns, {
    each(run, codes, at) {
      if (tile.shape.tokens === 1) prefetch(k, type, at, run);
      tile.add(run, codes);
    },
    done: () => tile.advance(runsOf(type)),
  });
}

/** Vectors of a run in a panel. */
function panelVectors(type: PackedType): number {
  return RUN_WORDS + type.parts + (type.offset === undefined ? 0 : type.parts);
}

export function panelBytes(type: PackedType, lanes: number, columns: number): number {
  return (columns / RUN) * panelVectors(type) * 4 * lanes;
}

/** Unpacks a group into a panel. */
export function writePanel(
  k: KernelBuilder,
  type: PackedType,
  weights: Operand<"ptr">,
  panel: Operand<"ptr">,
  columns: number,
): void {
  const to = k.variable(panel);
  const place = (vector: number) => ({ base: to, disp: 4 * k.lanes * vector });
  forEachRun(k, type, weights, columns, {
    each(run, codes) {
      const first = run * panelVectors(type);
      for (let step = 0; step < codes.steps; step++)
        for (const [word, code] of codes.step(step)) k.store(place(first + word), code);
      for (let part = 0; part < type.parts; part++) {
        k.store(place(first + RUN_WORDS + part), codes.scale(part));
        if (codes.offset !== undefined)
          k.store(place(first + RUN_WORDS + type.parts + part), codes.offset(part));
      }
    },
    done: () => k.advance(to, runsOf(type) * panelVectors(type) * 4 * k.lanes),
  });
}

/** The run of a panel at a pointer. */
function panelRun(k: KernelBuilder, type: PackedType, at: Variable<"ptr">, keep: boolean): RunCodes {
  const place = (vector: number) => ({ base: at, disp: 4 * k.lanes * vector });
  const float = (vector: number) => {
    const load = () => k.load("f32v", place(vector));
    // Loaded once where registers allow, else wherever it is needed.
    const value = keep ? load() : undefined;
    return () => value ?? load();
  };
  const scales = Array.from({ length: type.parts }, (_, part) => float(RUN_WORDS + part));
  const offsets =
    type.offset === undefined ? [] : scales.map((_, part) => float(RUN_WORDS + type.parts + part));
  return {
    steps: RUN_WORDS,
    step: (word) => [[word, k.load("u8v", place(word))]],
    scale: (part) => scales[part](),
    ...(type.offset === undefined ? {} : { offset: (part: number) => offsets[part]() }),
  };
}

/** Adds a whole group to a tile, from its panel. */
export function addPanel(tile: Tile, panel: Operand<"ptr">, columns: number): void {
  const { k, type } = tile;
  const at = k.variable(panel);
  k.loop(0, columns / RUN, 1, () => {
    tile.add(0, panelRun(k, type, at, k.target.vectorRegisters >= 32));
    tile.advance(1);
    k.advance(at, panelVectors(type) * 4 * k.lanes);
  });
}
