/**
 * Where a tile gets its codes. For few tokens they are unpacked from packed blocks on the fly. For many tokens a
 * group is unpacked once into a panel in working memory, which serves all tokens of the task. For each run the panel
 * holds eight vectors of bytes, then scales, then minima.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { groupBlockBytes } from "../layout/interleave.ts";
import type { Tile } from "./tile-straight.ts";
import {
  type BlockFields,
  type Codes,
  groupsTogether,
  hasFewRegisters,
  liftOf,
  multipliesBytes,
  PackedBlock,
  PackedFields,
  type PackedGroup,
  pairOf,
  type QuantisedType,
  RUN,
  RUN_WORDS,
  type RunCodes,
  runOfBlock,
} from "./types/block-type.ts";
import { Literals } from "./types/literals.ts";

/** Prefetch distance of weights. Several tokens take long for a block: with 2 KB memory was idle for a third of the time. */
const PREFETCH_BYTES = 8192;

/** Runs of 32 in a block of the type. */
export function runsOf(type: QuantisedType): number {
  return dtypeInfo(type.dtype).blockLength / RUN;
}

/** The blocks of a group, from the first one on. */
export interface BlockSource {
  readonly grid: Operand<"ptr">;
  /** Most runs whose codes a tile adds together, because reading a field takes registers; undefined: any number. */
  readonly mostRuns?: number;
  /** Fields of the current block of an interleaved group. */
  fields(member: number): BlockFields;
  /** Prefetches a cache line of what is read later; a line of the block itself is `line` bytes after its start. */
  prefetch(line: number): void;
  /** Moves on to the next block of the interleaved groups. */
  advance(): void;
}

/** Offsets of the cache lines that a run's share of a group's block begins. */
function linesOfRun(type: QuantisedType, lanes: number, run: number): number[] {
  const share = groupBlockBytes(type.dtype, lanes) / runsOf(type);
  const [from, to] = [run, run + 1].map((r) => Math.ceil((r * share) / 64));
  return Array.from({ length: to - from }, (_, i) => 64 * (from + i));
}

/**
 * Packed blocks.
 * @param isOneToken whether one token is multiplied, or several.
 */
export function packedBlocks(
  k: KernelBuilder,
  type: QuantisedType,
  group: PackedGroup,
  isOneToken = false,
): BlockSource {
  const at = k.variable(group.at);
  const { ahead } = group;
  const bytes = groupsTogether(k.target) * groupBlockBytes(type.dtype, k.lanes);
  return {
    grid: group.grid,
    fields: (member) => new PackedFields(k, type, at, member),
    // The next group directly follows a packed one; of a group in the file, the caller knows what follows. This also helps
    // with many tokens: the data arrive while the tokens are multiplied.
    prefetch(line) {
      if (ahead === undefined)
        k.prefetch({ base: at, disp: PREFETCH_BYTES + line }, isOneToken ? "near" : "once");
      else k.prefetch({ base: ahead, disp: line }, "once");
    },
    advance() {
      k.advance(at, bytes);
      if (ahead !== undefined) k.advance(ahead, bytes);
    },
  };
}

/** Calls `each` for every run of all interleaved groups, block after block, and `done` at the end of each block. */
function forEachRun(
  k: KernelBuilder,
  type: QuantisedType,
  source: BlockSource,
  blocks: Operand<"int"> | number,
  body: {
    readonly literals: Literals | undefined;
    readonly each: (run: number, codes: RunCodes, member: number) => void;
    readonly done: () => void;
  },
): void {
  const members = groupsTogether(k.target);
  k.loop(0, blocks, 1, () => {
    for (let member = 0; member < members; member++) {
      const block = new PackedBlock(k, type, source.fields(member), source.grid, { literals: body.literals });
      for (let run = 0; run < runsOf(type); run++) {
        for (const line of linesOfRun(type, k.lanes, run)) source.prefetch(line);
        body.each(run, runOfBlock(block, run), member);
      }
    }
    body.done();
    source.advance();
  });
}

/** Masks of a type's codes that stay in registers, if the tile leaves some. */
function literalsOf(tile: Tile): Literals | undefined {
  const { k, type, shape } = tile;
  if (!hasFewRegisters(k.target) || (shape.tokens > 1 && type.parts > 1)) return undefined;
  return new Literals(k, type.masks?.(liftOf(type, k.target)) ?? []);
}

/** Adds a whole group to a tile. What several runs of a block read is kept in registers. */
function addBlocksTogether(
  tile: Tile,
  source: BlockSource,
  blocks: Operand<"int"> | number,
  together: number,
): void {
  const { k, type } = tile;
  const all = runsOf(type);
  const literals = literalsOf(tile);
  k.loop(0, blocks, 1, () => {
    const block = new PackedBlock(k, type, source.fields(0), source.grid, { keeps: true, literals });
    for (let first = 0; first < all; first += together) {
      const runs = Array.from({ length: together }, (_, i) => first + i);
      const lines = runs.flatMap((run) => linesOfRun(type, k.lanes, run));
      if (hasFewRegisters(k.target)) block.forgetWords();
      tile.addTogether(
        first,
        runs.map((run) => runOfBlock(block, run)),
        // Not all at once: a processor waits for about 20 lines at a time, and then other reads wait for them.
        (done) => {
          for (const line of lines.splice(0, Math.ceil(lines.length * done))) source.prefetch(line);
        },
      );
    }
    tile.advance(all);
    source.advance();
  });
}

/** Runs that a tile adds together, if it keeps what they read: for one token, whose sums leave registers for that. */
function runsTogether({ k, type, shape }: Tile, { mostRuns = RUNS }: BlockSource): number | undefined {
  if (type.runsTogether === undefined || shape.tokens > 1) return undefined;
  return Math.min(type.runsTogether, hasFewRegisters(k.target) ? FEW_RUNS : mostRuns);
}
/** Of the longest blocks. */
const RUNS = 8;
/** The sums of more runs do not fit few registers. */
const FEW_RUNS = 2;

/** Adds blocks of a group to a tile. */
export function addBlocks(tile: Tile, source: BlockSource, blocks: Operand<"int"> | number): void {
  const { k, type } = tile;
  const together = runsTogether(tile, source);
  if (together !== undefined) {
    addBlocksTogether(tile, source, blocks, together);
    return;
  }
  forEachRun(k, type, source, blocks, {
    literals: literalsOf(tile),
    each: (run, codes) => tile.add(run, codes),
    done: () => tile.advance(runsOf(type)),
  });
}

/** Bytes of a run in a panel. */
export function panelRunBytes(type: QuantisedType, target: Target): number {
  return panelLayout(type, target).vectors * groupsTogether(target) * 4 * target.lanes;
}

/** Layout of a run in a panel, in vectors of one group. Vectors of interleaved groups alternate. */
export interface PanelLayout {
  /** 1 if codes are bytes, 2 if they are widened. */
  readonly perWord: 1 | 2;
  readonly scales: number;
  readonly offsets: number;
  readonly vectors: number;
}

export function panelLayout(type: QuantisedType, target: Target): PanelLayout {
  const perWord = multipliesBytes(type, target) ? 1 : 2;
  const scales = RUN_WORDS * perWord;
  const offsets = scales + type.parts;
  return { perWord, scales, offsets, vectors: offsets + (type.offset === undefined ? 0 : type.parts) };
}

export function panelBytes(type: QuantisedType, target: Target, columns: number): number {
  return (columns / RUN) * panelRunBytes(type, target);
}

/**
 * Unpacks a group, or all interleaved groups, into a panel. `signed`: store centred codes as signed bytes (for matrix
 * tiles) instead of code + 128.
 */
export function writePanel(
  k: KernelBuilder,
  type: QuantisedType,
  group: PackedGroup,
  panel: Operand<"ptr">,
  columns: number,
  signed = false,
): void {
  const { perWord, scales, offsets, vectors } = panelLayout(type, k.target);
  const members = groupsTogether(k.target);
  const to = k.variable(panel);
  const unpacked = (codes: Codes): readonly Value<"u8v" | "i16v">[] => {
    if (perWord === 2) return pairOf(k, codes);
    const bytes = codes as Value<"u8v">;
    return [signed && type.centred ? k.xor(bytes, 0x80) : bytes];
  };
  forEachRun(k, type, packedBlocks(k, type, group), columns / dtypeInfo(type.dtype).blockLength, {
    literals: undefined,
    each(run, codes, member) {
      const store = (vector: number, value: Value<"u8v" | "i16v" | "f32v">): void =>
        k.store({ base: to, disp: 4 * k.lanes * ((run * vectors + vector) * members + member) }, value);
      for (let step = 0; step < codes.steps; step++)
        for (const [word, code] of codes.step(step))
          unpacked(code).forEach((half, i) => {
            store(perWord * word + i, half);
          });
      for (let part = 0; part < type.parts; part++) {
        store(scales + part, codes.scale(part));
        if (codes.offset !== undefined) store(offsets + part, codes.offset(part));
      }
    },
    done: () => k.advance(to, runsOf(type) * panelRunBytes(type, k.target)),
  });
}

/** The run of a panel that starts `start` bytes after a pointer. */
export function panelRun(k: KernelBuilder, type: QuantisedType, at: Variable<"ptr">, start = 0): RunCodes {
  const layout = panelLayout(type, k.target);
  const place = (vector: number) => ({ base: at, disp: start + 4 * k.lanes * vector });
  const keep = !hasFewRegisters(k.target);
  const floats = (first: number) =>
    Array.from({ length: type.parts }, (_, part) => {
      const load = () => k.load("f32v", place(first + part));
      // Loaded once if there are enough registers, else at each use.
      const value = keep ? load() : undefined;
      return () => value ?? load();
    });
  const scales = floats(layout.scales);
  const offsets = type.offset === undefined ? [] : floats(layout.offsets);
  const vectorBytes = 4 * k.lanes;
  const codes = (base: Operand<"ptr">, disp: number): Codes => {
    const half = (which: number) => k.load("i16v", { base, disp: disp + which * vectorBytes });
    return layout.perWord === 1 ? k.load("u8v", { base, disp }) : [half(0), half(1)];
  };
  const wordBytes = layout.perWord * vectorBytes;
  return {
    steps: RUN_WORDS,
    step: (word) => [[word, codes(at, start + word * wordBytes)]],
    scale: (part) => scales[part](),
    ...(type.offset === undefined ? {} : { offset: (part: number) => offsets[part]() }),
  };
}

/** Packed bytes of a run of all interleaved groups. */
export function packedRunBytes(type: QuantisedType, target: Target): number {
  return (groupsTogether(target) * groupBlockBytes(type.dtype, target.lanes)) / runsOf(type);
}

/**
 * Adds runs of a group to a tile, from its panel. `next` points to the packed blocks of the next panel, if they should be
 * prefetched meanwhile, because memory would otherwise be idle while a panel is multiplied.
 */
export function addPanel(
  tile: Tile,
  panel: Operand<"ptr">,
  runs: Operand<"int"> | number,
  next?: Operand<"ptr">,
): void {
  const { k, type } = tile;
  const at = k.variable(panel);
  const ahead = next && k.variable(next);
  const share = packedRunBytes(type, k.target);
  k.loop(0, runs, 1, () => {
    if (ahead !== undefined) k.prefetchLines({ base: ahead, disp: 0 }, share);
    tile.add(0, panelRun(k, type, at));
    tile.advance(1);
    k.advance(at, panelRunBytes(type, k.target));
    if (ahead !== undefined) k.advance(ahead, share);
  });
}

/** Prefetches packed blocks into the second-level cache. */
export function prefetchPacked(k: KernelBuilder, from: Operand<"ptr">, bytes: Operand<"int">): void {
  const at = k.variable(from);
  k.loop(0, bytes, 64, () => {
    k.prefetch(at, "second");
    k.advance(at, 64);
  });
}
