/**
 * The products of tile-straight.ts and code-sources.ts, with the same formulas, as short loops over the words of a
 * run. They are for WebAssembly, whose engines move the arithmetic of straight-line code after all its loads: long
 * code then holds every loaded vector at once and spills most of them. An iteration takes one word of all
 * interleaved groups, so that one load of activations serves several products.
 *
 * Products are of 16-bit numbers, added in pairs to 32 bits. If the target multiplies pairs of bytes (relaxed SIMD),
 * products are added in 16 bits for as long as the greatest code keeps that exact.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import {
  ACTIVATION_BLOCK,
  HALF_STARTS_OFFSET,
  SCALE_OFFSET,
  SCALED_SUM_OFFSET,
  START_OFFSET,
} from "../../../graph/ops/activation-blocks.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { groupBlockBytes } from "../layout/interleave.ts";
import { type ActivationLayout, BLOCKS, layoutOf, SPREAD } from "./activations.ts";
import { panelLayout, panelRunBytes, runsOf } from "./code-sources.ts";
import {
  type Codes,
  greatestCode,
  groupsTogether,
  PackedBlock,
  PackedFields,
  type PackedGroup,
  pairOf,
  type QuantisedType,
  RUN,
  RUN_WORDS,
  startOf,
} from "./types/block-type.ts";

/** Codes of every group for one vector of activations, and the vector's offset from the iteration's place in a run. */
interface Slot {
  readonly codes: readonly Value<"u8v" | "i16v">[];
  readonly disp: number;
}

/** The loop over one part of a run. */
interface LoopPlan {
  readonly count: number;
  /** Bytes of activations that an iteration consumes, and those left after the last one up to the end of the part. */
  readonly stride: number;
  readonly rest: number;
  /** Codes of one iteration. Called once, inside the loop body. */
  readonly slots: () => readonly Slot[];
  /** Advances to the codes of the next iteration. */
  readonly next: () => void;
}

/** Scale and offset of a part, for each group; read after the loop. */
interface Factors {
  scale(part: number, member: number): Value<"f32v">;
  offset(part: number, member: number): Value<"f32v">;
}

export class LoopTile {
  readonly #k: KernelBuilder;
  readonly #type: QuantisedType;
  readonly #tokens: number;
  readonly #members: number;
  /** The first token's activations; moves through a run and on to the next. */
  readonly #x: Variable<"ptr">;
  readonly #layout: ActivationLayout;
  readonly #tokenBytes: number;
  /** One vector for each group of each token, lane = row. */
  readonly sums: readonly (readonly Variable<"f32v">[])[];

  /** @param activations the first token's; @param columns values of a row. */
  constructor(
    k: KernelBuilder,
    type: QuantisedType,
    tokens: number,
    activations: Operand<"ptr">,
    columns: number,
  ) {
    this.#k = k;
    this.#type = type;
    this.#tokens = tokens;
    this.#members = groupsTogether(k.target);
    this.#x = k.variable(activations);
    this.#layout = layoutOf(type, k.target);
    this.#tokenBytes = (columns / RUN) * this.#layout.runBytes;
    this.sums = this.#each(() => k.variable(k.constant("f32v", 0)));
  }

  /** One element for each group of each token. */
  #each<T>(make: (token: number, member: number) => T): T[][] {
    return Array.from({ length: this.#tokens }, (_, token) =>
      Array.from({ length: this.#members }, (_, member) => make(token, member)),
    );
  }

  /** Bytes of a run's values. */
  get #valueBytes(): number {
    return ACTIVATION_BLOCK + this.#layout.shift;
  }
  /** Address of a token's field, if the pointer is `passed` bytes into the run. */
  #field(token: number, offset: number, passed: number) {
    return { base: this.#x, disp: token * this.#tokenBytes + offset + this.#layout.shift - passed };
  }

  /** Adds whole groups directly from their blocks, unpacking codes on the fly. Only for uniform types. */
  addBlocks(group: PackedGroup, columns: number): void {
    const [k, type, members] = [this.#k, this.#type, this.#members];
    const at = k.variable(group.at);
    const blocks = (base: Variable<"ptr">, slid?: readonly Operand<"i32v">[]) =>
      Array.from(
        { length: members },
        (_, member) =>
          new PackedBlock(k, type, new PackedFields(k, type, base, member), group.grid, {
            slid: slid?.[member],
          }),
      );
    k.loop(0, columns / dtypeInfo(type.dtype).blockLength, 1, () => {
      const own = blocks(at);
      for (let run = 0; run < runsOf(type); run++) {
        const scales = (member: number) => type.scales(own[member], run);
        this.#addRun((part) => this.#planOfBlocks(at, blocks, run, part), {
          scale: (part, member) => scales(member).scales[part],
          offset: (part, member) => scales(member).offsets?.[part] as Value<"f32v">,
        });
      }
      k.advance(at, members * groupBlockBytes(type.dtype, k.lanes));
    });
  }

  #planOfBlocks(
    at: Variable<"ptr">,
    blocks: (base: Variable<"ptr">, slid?: readonly Operand<"i32v">[]) => readonly PackedBlock[],
    run: number,
    part: number,
  ): LoopPlan {
    const [k, type] = [this.#k, this.#type];
    const count = type.steps / type.parts;
    const wordStride = 4 * k.lanes * this.#members;
    const code = k.variable(k.offset(at, part * count * wordStride));
    const { unpacking } = type;
    const slid =
      unpacking.kind === "sliding"
        ? blocks(at).map((block) => k.variable(block.word(unpacking.word)))
        : undefined;
    const wordBytes = this.#valueBytes / RUN_WORDS;
    const words = RUN_WORDS / type.parts;
    return {
      count,
      stride: wordBytes,
      rest: (words - count) * wordBytes,
      slots: () => {
        const ofBlocks = blocks(code, slid).map((block) => block.codes(run, 0));
        return ofBlocks[0].flatMap(([word], i) =>
          this.#slotsOf(
            ofBlocks.map((codes) => codes[i][1]),
            word * wordBytes,
          ),
        );
      },
      next: () => {
        k.advance(code, wordStride);
        for (const word of slid ?? []) word.set(k.shr(word, 1));
      },
    };
  }

  /** A word in the form that products take: unchanged, or as its widened even and odd bytes. */
  #slotsOf(codes: readonly Codes[], disp: number): Slot[] {
    if (this.#layout === BLOCKS) return [{ codes: codes as readonly Value<"u8v">[], disp }];
    const pairs = codes.map((code) => pairOf(this.#k, code));
    return this.#layout
      .words(0)
      .map((half, i) => ({ codes: pairs.map((pair) => pair[i]), disp: disp + half }));
  }

  /** Adds whole groups from their panel. */
  addPanel(panel: Operand<"ptr">, columns: number): void {
    const [k, type, members] = [this.#k, this.#type, this.#members];
    const { perWord, scales, offsets } = panelLayout(type, k.target);
    const at = k.variable(panel);
    const vectorBytes = 4 * k.lanes;
    const factor = (first: number) => (part: number, member: number) =>
      k.load("f32v", { base: at, disp: vectorBytes * ((first + part) * members + member) });
    k.loop(0, columns / RUN, 1, () => {
      this.#addRun(
        (part) => {
          const count = (RUN_WORDS / type.parts) * perWord;
          const code = k.variable(k.offset(at, part * count * members * vectorBytes));
          const load = (_: unknown, member: number) =>
            k.load(perWord === 1 ? "u8v" : "i16v", { base: code, disp: member * vectorBytes });
          return {
            count,
            stride: 4,
            rest: 0,
            slots: () => [{ codes: Array.from({ length: members }, load), disp: 0 }],
            next: () => k.advance(code, members * vectorBytes),
          };
        },
        { scale: factor(scales), offset: factor(offsets) },
      );
      k.advance(at, panelRunBytes(type, k.target));
    });
  }

  /** Adds the products of a run, part after part, and moves on to the next. */
  #addRun(planOf: (part: number) => LoopPlan, factors: Factors): void {
    const [k, type] = [this.#k, this.#type];
    let scaled: Value<"f32v">[][] | undefined;
    for (let part = 0; part < type.parts; part++) {
      const sums = this.#integerSums(planOf(part), part);
      const before = scaled;
      const scales = Array.from({ length: this.#members }, (_, member) => factors.scale(part, member));
      scaled = this.#each((token, member) => {
        const float = k.toF32(sums[token][member]);
        const already = before?.[token][member];
        return already === undefined ? k.mul(float, scales[member]) : k.fma(float, scales[member], already);
      });
      // The scaled sums of this part must be in variables while the loop of the next part runs.
      if (part + 1 < type.parts) scaled = scaled.map((row) => row.map((value) => k.variable(value).value));
    }
    this.#finish(scaled as Value<"f32v">[][], factors);
    k.advance(this.#x, this.#layout.runBytes - this.#valueBytes);
  }

  /** Sums of one part of a run, exact. */
  #integerSums(plan: LoopPlan, part: number): Value<"i32v">[][] {
    const [k, type] = [this.#k, this.#type];
    const passed = (part * this.#valueBytes) / type.parts;
    const starts = Array.from({ length: this.#tokens }, (_, token) => this.#start(token, part, passed));
    const sums = this.#layout === SPREAD ? this.#sumPairs(plan, starts) : this.#sumBytes(plan, starts);
    if (plan.rest !== 0) k.advance(this.#x, plan.rest);
    return sums;
  }

  /** Start value of a part's sum. */
  #start(token: number, part: number, passed: number): Value<"i32v"> {
    const [k, type] = [this.#k, this.#type];
    if (!type.centred) return k.constant("i32v", 0);
    const offset = type.parts === 1 ? START_OFFSET : HALF_STARTS_OFFSET + 4 * part;
    const start = k.broadcast4("i32v", this.#field(token, offset, passed));
    return startOf(k, type, start);
  }

  #loop(plan: LoopPlan, body: () => void): void {
    const k = this.#k;
    k.loop(0, plan.count, 1, () => {
      body();
      plan.next();
      k.advance(this.#x, plan.stride);
    });
  }
  #activations<K extends "i16v" | "i8v">(kind: K, token: number, disp: number): Value<K> {
    return this.#k.broadcast4(kind, { base: this.#x, disp: token * this.#tokenBytes + disp });
  }

  #sumPairs(plan: LoopPlan, starts: readonly Value<"i32v">[]): Value<"i32v">[][] {
    const k = this.#k;
    const sums = this.#each((token) => k.variable(starts[token]));
    this.#loop(plan, () => {
      for (const { codes, disp } of plan.slots())
        for (let token = 0; token < this.#tokens; token++) {
          const x = this.#activations("i16v", token, disp);
          codes.forEach((code, member) => {
            const sum = sums[token][member];
            sum.set(k.add(sum, k.madd(code as Value<"i16v">, x)));
          });
        }
    });
    return sums.map((row) => row.map((sum) => sum.value));
  }

  /** Adds in 16 bits throughout if that is exact, else widens at the end of each iteration. */
  #sumBytes(plan: LoopPlan, starts: readonly Value<"i32v">[]): Value<"i32v">[][] {
    const [k, type] = [this.#k, this.#type];
    const max = greatestCode(type, k.target);
    const exact = Math.floor(32767 / (2 * 128 * max));
    const words = RUN_WORDS / type.parts;
    const sums = this.#each((token) => k.variable(starts[token]));
    const narrow = words <= exact ? this.#each(() => k.variable(k.constant("i16v", 0))) : undefined;
    this.#loop(plan, () => {
      const slots = plan.slots();
      for (let token = 0; token < this.#tokens; token++) {
        const xs = slots.map(({ disp }) => this.#activations("i8v", token, disp));
        for (let member = 0; member < this.#members; member++) {
          const groups = slots.map(({ codes }, i) => ({ a: codes[member] as Value<"u8v">, b: xs[i] }));
          const sum = narrow?.[token][member];
          if (sum === undefined) sums[token][member].set(k.dot4Sum(sums[token][member], groups, { max }));
          else for (const { a, b } of groups) sum.set(k.add(sum, k.pairSums(a, b, { max })));
        }
      }
    });
    return this.#each((token, member) => {
      const pairs = narrow?.[token][member];
      if (pairs === undefined) return sums[token][member].value;
      return k.add(k.madd(pairs, k.constant("i16v", 1)), sums[token][member]);
    });
  }

  /** sums += scaled · x, plus the contribution of offsets. */
  #finish(scaled: readonly (readonly Value<"f32v">[])[], factors: Factors): void {
    const [k, type, passed] = [this.#k, this.#type, this.#valueBytes];
    const offsets = (part: number) =>
      Array.from({ length: this.#members }, (_, member) => factors.offset(part, member));
    const halves = type.offset !== undefined && type.parts === 2 ? [offsets(0), offsets(1)] : [];
    const whole = type.offset !== undefined && type.parts === 1 ? offsets(0) : undefined;
    for (let token = 0; token < this.#tokens; token++) {
      const starts = halves.map((_, half) =>
        k.toF32(k.broadcast4("i32v", this.#field(token, HALF_STARTS_OFFSET + 4 * half, passed))),
      );
      const scale = k.broadcastF32(this.#field(token, SCALE_OFFSET, passed));
      for (let member = 0; member < this.#members; member++) {
        let product = scaled[token][member];
        halves.forEach((half, i) => {
          product = k.fma(starts[i], half[member], product);
        });
        const sum = this.sums[token][member];
        sum.set(k.fma(product, scale, sum));
        if (whole === undefined) continue;
        const scaledSum = k.broadcastF32(this.#field(token, SCALED_SUM_OFFSET, passed));
        sum.set(k[type.offset === "subtracted" ? "fnma" : "fma"](whole[member], scaledSum, sum));
      }
    }
  }
}
