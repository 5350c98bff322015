/**
 * The inner product of quantised weights: one group of rows (a lane each) times a tile of tokens, along whole rows.
 * For each run of 32 values, the codes of all rows are multiplied with every token of the tile:
 *
 *     sum  = start + Σ code · q            in i32, exact; start = −128 · Σ q for centred codes, else 0
 *     acc += (sum · scale) · x             x: scale of the token's activations
 *     acc ∓= minimum · (x · Σ q)           for types with minima
 *
 * The f32 operations of a token do not depend on the tile, so one token and many give the same bits.
 */

import {
  HALF_STARTS_OFFSET,
  SCALE_OFFSET,
  SCALED_SUM_OFFSET,
  START_OFFSET,
} from "../../../graph/ops/activation-blocks.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { VectorKind } from "../../../jit/ir.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { type ActivationLayout, BLOCKS, layoutOf } from "./activations.ts";
import { type Plane, PlaneTables, planesOf } from "./book-planes.ts";
import { DotSum, type Factors, wordsAtOnce } from "./dot-sum.ts";
import {
  type Codes,
  greatestCode,
  hasFewRegisters,
  isSplit,
  type QuantisedType,
  RUN,
  RUN_WORDS,
  type RunCodes,
  startOf,
} from "./types/block-type.ts";

export interface TileShape {
  readonly tokens: number;
  /**
   * Tokens whose sums are live at once; all of them if the codes of a run are read one by one, not kept in registers.
   */
  readonly together: number;
}

/** Four codes of each row as they are multiplied: bytes, one vector per plane, or the even and the odd ones, widened. */
type Prepared =
  | { readonly planes: readonly Value<"u8v">[] }
  | { readonly planes: undefined; readonly halves: readonly [Value<"i16v">, Value<"i16v">] };

/** A word's number and codes. */
type Word = readonly [number, Prepared];

/** Words whose codes fit the registers beside the sums of several tokens. */
const MOST_WORDS = 2;

function isPair(codes: Codes): codes is Exclude<Codes, Value<"u8v">> {
  return Array.isArray(codes);
}

/** Accumulates the sums of a tile, run by run. */
export class Tile {
  readonly k: KernelBuilder;
  readonly type: QuantisedType;
  readonly shape: TileShape;
  /** One vector per token, lane = row. */
  readonly sums: readonly Variable<"f32v">[];
  readonly #activations: Variable<"ptr">;
  readonly #layout: ActivationLayout;
  readonly #tokenBytes: number;
  /** How codes are split; one plane if they are not. */
  readonly #planes: readonly Plane[];
  readonly #tables: PlaneTables;
  /** The factors of the planes in every 16 bits, in registers if there are some for them. */
  readonly #factors: readonly (Value<"i16v"> | number)[];
  /** The low byte of every 16 bits, likewise. */
  readonly #lowByte: Value<"i16v"> | undefined;
  /** Words whose codes are multiplied together. */
  readonly #wordsAtOnce: number;

  /** @param activations the first token's; @param columns values of a row. */
  constructor(
    k: KernelBuilder,
    type: QuantisedType,
    shape: TileShape,
    activations: Operand<"ptr">,
    columns: number,
  ) {
    this.k = k;
    this.type = type;
    this.shape = shape;
    this.#activations = k.variable(activations);
    this.#layout = layoutOf(type, k.target);
    this.#tokenBytes = (columns / RUN) * this.#layout.runBytes;
    this.sums = Array.from({ length: shape.tokens }, () => k.variable(k.constant("f32v", 0)));
    const isOne = shape.tokens === 1;
    const whole: Plane = { factor: 1, table: undefined, max: greatestCode(type, k.target) };
    this.#planes = isSplit(type, k.target) ? planesOf(type.book?.values ?? [], shape.tokens) : [whole];
    this.#tables = new PlaneTables(k, this.#planes, isOne);
    this.#factors = this.#planes.map(({ factor }) => (isOne ? k.constant("i16v", factor) : factor));
    this.#lowByte = isOne ? k.constant("i16v", 0xff) : undefined;
    const words = this.#planes.map(({ max }) => wordsAtOnce(k, max, RUN_WORDS / type.parts));
    this.#wordsAtOnce = isOne ? 1 : Math.min(...words, MOST_WORDS);
  }

  /** Moves on by `runs` runs. */
  advance(runs: number): void {
    this.k.advance(this.#activations, runs * this.#layout.runBytes);
  }

  /** Adds the products of the run that is `run` runs after the current one. */
  add(run: number, codes: RunCodes): void {
    const { tokens, together } = this.shape;
    const few = hasFewRegisters(this.k.target);
    if (together >= tokens && (tokens > 1 || few)) this.addTogether(run, [codes]);
    else this.#held(run, codes);
  }

  /**
   * Adds the products of several runs of a block, from run `first` on, and keeps the sums of all tokens in registers. Word
   * by word, so that a word that holds codes of several runs is read once. Integer sums are exact, so their order does not
   * matter; the sums of the runs are scaled and added in order.
   * @param before called before each step, with the share that it is of the steps left.
   */
  addTogether(first: number, runs: readonly RunCodes[], before: (share: number) => void = () => {}): void {
    const { type, shape } = this;
    const all = Array.from({ length: shape.tokens }, (_, token) => token);
    const stepsOfPart = runs[0].steps / type.parts;
    const scaled = runs.map((): Value<"f32v">[] => []);
    const waiting = runs.map((): (readonly [number, Codes])[] => []);
    for (let part = 0; part < type.parts; part++) {
      const sums = runs.map((_, i) => all.map((token) => this.#sum(token, first + i, part)));
      for (let step = part * stepsOfPart; step < (part + 1) * stepsOfPart; step++) {
        before(1 / (runs[0].steps - step));
        runs.forEach((codes, i) => {
          const some = waiting[i];
          some.push(...codes.step(step));
          if (some.length < this.#wordsAtOnce && step + 1 < (part + 1) * stepsOfPart) return;
          while (some.length > 0) {
            const next = some
              .splice(0, this.#wordsAtOnce)
              .map(([word, code]): Word => [word, this.#prepared(code)]);
            for (const token of all) this.#dot(sums[i][token], next, token, first + i);
          }
        });
      }
      runs.forEach((codes, i) => {
        for (const token of all)
          scaled[i][token] = this.#scale(this.#valueOf(sums[i][token]), codes.scale(part), scaled[i][token]);
      });
    }
    runs.forEach((codes, i) => {
      for (const token of all) this.finish(token, first + i, codes, scaled[i][token]);
    });
  }

  /** Bytes of the activations of a run. */
  get runBytes(): number {
    return this.#layout.runBytes;
  }
  /** Bytes from one token's activations to the next one's. */
  get tokenBytes(): number {
    return this.#tokenBytes;
  }
  /** Address of byte `disp` of a token's run. */
  at(token: number, run: number, disp: number) {
    const before = token * this.#tokenBytes + run * this.#layout.runBytes;
    return { base: this.#activations, disp: before + disp };
  }
  /** 4 bytes of a token's run, in every lane. */
  protected value<K extends VectorKind>(kind: K, token: number, run: number, disp: number): Value<K> {
    return this.k.broadcast4(kind, this.at(token, run, disp));
  }
  /** A field after the values. */
  #field<K extends VectorKind>(kind: K, token: number, run: number, offset: number): Value<K> {
    return this.value(kind, token, run, offset + this.#layout.shift);
  }

  /** The integer sum of a part, one for each plane. */
  #sum(token: number, run: number, part: number): readonly DotSum[] {
    const { type, shape } = this;
    const start = type.centred ? () => this.#start(token, run, part) : undefined;
    const [words, holdsPairs] = [RUN_WORDS / type.parts, shape.tokens === 1];
    return this.#planes.map(({ max }, plane) => {
      const options = { max, words, holdsPairs, factor: this.#factors[plane] };
      return new DotSum(this.k, options, plane === 0 ? start : undefined);
    });
  }
  #valueOf(sums: readonly DotSum[]): Value<"i32v"> {
    const [first, ...others] = sums.map((sum) => sum.value);
    return others.reduce((total, value) => this.k.add(total, value), first);
  }
  /** Start value of the integer sum of a part, for centred codes. */
  #start(token: number, run: number, part: number): Value<"i32v"> {
    const { k, type } = this;
    const place = type.parts === 1 ? START_OFFSET : HALF_STARTS_OFFSET + 4 * part;
    const start = this.#field("i32v", token, run, place);
    return startOf(k, type, start);
  }

  /** Codes in the form that the target multiplies. */
  #prepared(codes: Codes): Prepared {
    if (isPair(codes)) return { planes: undefined, halves: codes };
    if (this.#layout === BLOCKS) return { planes: this.#tables.of(codes) };
    const { k } = this;
    const pairs = k.as("i16v", codes);
    return { planes: undefined, halves: [k.and(pairs, this.#lowByte ?? 0xff), k.shr(pairs, 8)] };
  }

  /** Adds the products of some words of a token's run. */
  #dot(sums: readonly DotSum[], words: readonly Word[], token: number, run: number): void {
    const { k } = this;
    const factors = sums.map((): Factors[] => []);
    for (const [word, codes] of words) {
      const places = this.#layout.words(word);
      if (codes.planes === undefined) {
        sums[0].addWide(
          codes.halves.map((half, i) => k.madd(half, this.value("i16v", token, run, places[i]))),
        );
        continue;
      }
      const values = this.value("i8v", token, run, places[0]);
      codes.planes.forEach((plane, i) => {
        factors[i].push({ codes: plane, values });
      });
    }
    sums.forEach((sum, plane) => {
      sum.add(factors[plane]);
    });
  }

  /** Keeps all codes of the run in registers and processes a few tokens at a time. */
  #held(run: number, codes: RunCodes): void {
    const { type, shape } = this;
    const words: Prepared[] = [];
    for (let step = 0; step < codes.steps; step++)
      for (const [word, code] of codes.step(step)) words[word] = this.#prepared(code);
    for (let first = 0; first < shape.tokens; first += shape.together) {
      const count = Math.min(shape.together, shape.tokens - first);
      const chosen = Array.from({ length: count }, (_, i) => first + i);
      const parts = Array.from({ length: type.parts }, (_, part) =>
        chosen.map((token) => this.#sum(token, run, part)),
      );
      for (let from = 0; from < words.length; from += this.#wordsAtOnce) {
        const some = words.slice(from, from + this.#wordsAtOnce).map((code, i): Word => [from + i, code]);
        const sums = parts[type.parts === 1 ? 0 : from >> 2];
        chosen.forEach((token, i) => {
          this.#dot(sums[i], some, token, run);
        });
      }
      chosen.forEach((token, i) => {
        this.addSums(
          token,
          run,
          codes,
          parts.map((sums) => this.#valueOf(sums[i])),
        );
      });
    }
  }

  /** Scales a token's integer sums of a run, one per part, and adds them. */
  addSums(token: number, run: number, codes: RunCodes, sums: readonly Value<"i32v">[]): void {
    let scaled: Value<"f32v"> | undefined;
    sums.forEach((sum, part) => {
      scaled = this.#scale(sum, codes.scale(part), scaled);
    });
    this.finish(token, run, codes, scaled as Value<"f32v">);
  }

  /** Adds a run of one token, whose sums of products are known, one per part. */
  addProducts(run: number, codes: RunCodes, products: readonly Value<"i32v">[]): void {
    const { k, type } = this;
    const sums = products.map((sum, part) => (type.centred ? k.add(this.#start(0, run, part), sum) : sum));
    this.addSums(0, run, codes, sums);
  }

  #scale(sum: Value<"i32v">, scale: Value<"f32v">, before: Value<"f32v"> | undefined): Value<"f32v"> {
    const { k } = this;
    const float = k.toF32(sum);
    return before === undefined ? k.mul(float, scale) : k.fma(float, scale, before);
  }

  /** Adds the scaled sum of a token's run. */
  protected finish(token: number, run: number, codes: RunCodes, scaled: Value<"f32v">): void {
    const { k, type, sums } = this;
    let product = scaled;
    if (codes.offset !== undefined && type.parts === 2) {
      for (const half of [0, 1]) {
        const start = this.#field("i32v", token, run, HALF_STARTS_OFFSET + 4 * half);
        product = k.fma(k.toF32(start), codes.offset(half), product);
      }
    }
    const offset = type.parts === 1 ? codes.offset?.(0) : undefined;
    addScaled(k, type, sums[token], { product, offset }, (field) => this.#field("f32v", token, run, field));
  }
}

/**
 * Adds a run to a sum: a product, and for types with one offset in a run the offset, each times a field of the activations.
 */
export function addScaled(
  k: KernelBuilder,
  type: QuantisedType,
  sum: Variable<"f32v">,
  { product, offset }: { readonly product: Operand<"f32v">; readonly offset: Operand<"f32v"> | undefined },
  field: (offset: number) => Value<"f32v">,
): void {
  sum.set(k.fma(product, field(SCALE_OFFSET), sum));
  if (offset === undefined) return;
  const add = type.offset === "subtracted" ? "fnma" : "fma";
  sum.set(k[add](offset, field(SCALED_SUM_OFFSET), sum));
}
