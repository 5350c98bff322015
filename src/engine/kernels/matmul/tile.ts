/**
 * The inner product of packed weights: one group of rows (a lane each) times a tile of tokens, along whole rows.
 * For each run of 32 values the codes of all rows are unpacked once and meet every token of the tile:
 *
 *     sum  = start + Σ code · q            in i32, exact; start = −128 · Σ q for centred codes, else 0
 *     acc += (sum · scale) · x             x: scale of the token's activations
 *     acc ∓= minimum · (x · Σ q)           for types with minima
 *
 * The f32 operations of a token are the same whatever the tile, so one token and many give the same bits.
 */
import { dtypeInfo } from "../../../base/dtypes.ts";
import type { Operand, Value, Variable } from "../../kernel/build/core.ts";
import type { KernelBuilder } from "../../kernel/builder.ts";
import {
  ACTIVATION_BLOCK_BYTES,
  HALF_STARTS_OFFSET,
  SCALE_OFFSET,
  SCALED_SUM_OFFSET,
  START_OFFSET,
} from "../../ops/activation-blocks.ts";
import { groupBlockBytes } from "./pack.ts";
import {
  greatestCode,
  PackedBlock,
  type PackedType,
  RUN,
  type RunScales,
  takesWholeBytes,
} from "./packed-block.ts";

export interface TileShape {
  readonly tokens: number;
  /** Tokens whose sums are alive at once; all if the codes of a run are not kept in registers but met one by one. */
  readonly together: number;
}

export interface TileSource {
  /** The group's first block. */
  readonly weights: Operand<"ptr">;
  /** The first token's activations. */
  readonly activations: Operand<"ptr">;
  /** Values of a row. */
  readonly columns: number;
}

/** One token: how far ahead weights are asked for. Within a page or two, far enough to cover the memory's latency. */
const PREFETCH_BYTES = 2048;

class Tile {
  readonly k: KernelBuilder;
  readonly type: PackedType;
  readonly shape: TileShape;
  readonly block: PackedBlock;
  readonly #weights: Variable<"ptr">;
  readonly #activations: Variable<"ptr">;
  readonly #tokenBytes: number;
  readonly sums: readonly Variable<"f32v">[];

  constructor(k: KernelBuilder, type: PackedType, shape: TileShape, source: TileSource) {
    this.k = k;
    this.type = type;
    this.shape = shape;
    this.#weights = k.variable(source.weights);
    this.#activations = k.variable(source.activations);
    this.#tokenBytes = (source.columns / RUN) * ACTIVATION_BLOCK_BYTES;
    this.block = new PackedBlock(k, type, this.#weights);
    this.sums = Array.from({ length: shape.tokens }, () => k.variable(k.constant("f32v", 0)));
    const { blockLength } = dtypeInfo(type.dtype);
    k.loop(0, source.columns / blockLength, 1, () => {
      for (let run = 0; run < blockLength / RUN; run++) this.#run(run);
      k.advance(this.#weights, groupBlockBytes(type.dtype, k.lanes));
      k.advance(this.#activations, (blockLength / RUN) * ACTIVATION_BLOCK_BYTES);
    });
  }

  /** Asks for what lies PREFETCH_BYTES behind this run's share of the block; the next group's blocks follow this one's. */
  #prefetch(run: number): void {
    const { k, type } = this;
    const blockBytes = groupBlockBytes(type.dtype, k.lanes);
    const runs = dtypeInfo(type.dtype).blockLength / RUN;
    const [from, to] = [run, run + 1].map((r) => Math.ceil((r * blockBytes) / runs / 64) * 64);
    for (let line = from; line < to; line += 64)
      k.prefetch({ base: this.#weights, disp: PREFETCH_BYTES + line });
  }

  #at(token: number, run: number, disp: number) {
    const before = token * this.#tokenBytes + run * ACTIVATION_BLOCK_BYTES;
    return { base: this.#activations, disp: before + disp };
  }

  /** What the integer sum of a part starts from. */
  #start(token: number, run: number, part: number): Value<"i32v"> {
    const { k, type } = this;
    if (!type.centred) return k.constant("i32v", 0);
    const place = type.parts === 1 ? START_OFFSET : HALF_STARTS_OFFSET + 4 * part;
    const start = k.broadcast4("i32v", this.#at(token, run, place));
    return takesWholeBytes(k.target) || type.bits === 8 ? start : k.sar(start, 1);
  }

  #run(run: number): void {
    const { tokens, together } = this.shape;
    if (tokens === 1) this.#prefetch(run);
    const scales = this.type.scales(this.block, run);
    if (together >= tokens && tokens > 1) this.#streamed(run, scales);
    else this.#held(run, scales);
  }

  /** All codes of the run in registers; tokens pass by a few at a time. */
  #held(run: number, scales: RunScales): void {
    const { type, block, shape } = this;
    const codes: Value<"u8v">[] = [];
    for (let step = 0; step < type.steps; step++)
      for (const [word, code] of type.codes(block, run, step)) codes[word] = code;
    for (let first = 0; first < shape.tokens; first += shape.together) {
      const chosen = Array.from(
        { length: Math.min(shape.together, shape.tokens - first) },
        (_, i) => first + i,
      );
      const parts = Array.from({ length: type.parts }, (_, part) =>
        chosen.map((token) => this.#start(token, run, part)),
      );
      codes.forEach((code, word) => {
        const sums = parts[type.parts === 1 ? 0 : word >> 2];
        chosen.forEach((token, i) => {
          sums[i] = this.#dot(sums[i], code, token, run, word);
        });
      });
      chosen.forEach((token, i) => {
        this.#add(
          token,
          run,
          scales,
          parts.map((sums) => sums[i]),
        );
      });
    }
  }

  #dot(sum: Value<"i32v">, code: Value<"u8v">, token: number, run: number, word: number): Value<"i32v"> {
    const { k, type } = this;
    const q = k.broadcast4("i8v", this.#at(token, run, 4 * word));
    return k.dot4(sum, code, q, { max: greatestCode(type, k.target) });
  }

  /** Codes are unpacked a step at a time; the sums of all tokens stay in registers. */
  #streamed(run: number, scales: RunScales): void {
    const { type, block, shape } = this;
    const all = Array.from({ length: shape.tokens }, (_, token) => token);
    const stepsOfPart = type.steps / type.parts;
    const scaled: Value<"f32v">[] = [];
    for (let part = 0; part < type.parts; part++) {
      const sums = all.map((token) => this.#start(token, run, part));
      for (let step = part * stepsOfPart; step < (part + 1) * stepsOfPart; step++) {
        for (const [word, code] of type.codes(block, run, step))
          for (const token of all) sums[token] = this.#dot(sums[token], code, token, run, word);
      }
      for (const token of all) scaled[token] = this.#scale(sums[token], scales.scales[part], scaled[token]);
    }
    for (const token of all) this.#finish(token, run, scales, scaled[token]);
  }

  #add(token: number, run: number, scales: RunScales, sums: readonly Value<"i32v">[]): void {
    let scaled: Value<"f32v"> | undefined;
    sums.forEach((sum, part) => {
      scaled = this.#scale(sum, scales.scales[part], scaled);
    });
    this.#finish(token, run, scales, scaled as Value<"f32v">);
  }

  #scale(sum: Value<"i32v">, scale: Value<"f32v">, before: Value<"f32v"> | undefined): Value<"f32v"> {
    const { k } = this;
    const float = k.toF32(sum);
    return before === undefined ? k.mul(float, scale) : k.fma(float, scale, before);
  }

  #finish(token: number, run: number, { offset }: RunScales, scaled: Value<"f32v">): void {
    const { k, sums } = this;
    const sum = sums[token];
    let product = scaled;
    if (offset !== undefined && offset.values.length > 1) {
      offset.values.forEach((value, half) => {
        const start = k.broadcast4("i32v", this.#at(token, run, HALF_STARTS_OFFSET + 4 * half));
        product = k.fma(k.toF32(start), value, product);
      });
    }
    sum.set(k.fma(product, k.broadcastF32(this.#at(token, run, SCALE_OFFSET)), sum));
    if (offset?.values.length !== 1) return;
    const add = offset.sign > 0 ? "fma" : "fnma";
    sum.set(k[add](offset.values[0], k.broadcastF32(this.#at(token, run, SCALED_SUM_OFFSET)), sum));
  }
}

/** The products of a group and a tile of tokens: one vector per token, lane = row. */
export function tile(
  k: KernelBuilder,
  type: PackedType,
  shape: TileShape,
  source: TileSource,
): readonly Variable<"f32v">[] {
  return new Tile(k, type, shape, source).sums;
}
