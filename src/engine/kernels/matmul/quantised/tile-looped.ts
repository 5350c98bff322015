/**
 * The same products as tile-straight.ts and code-sources.ts, to the same formulas, written as short loops over the words of a run:
 * for WebAssembly. Its engines move the sums of a straight run of code behind all its loads, so a long one holds
 * every loaded vector at once and spills most of them. A round of the loop takes a word of the groups that lie
 * together, so that one load of activations serves several products.
 *
 * Products are of 16-bit numbers, two at a time in 32 bits; where bytes multiply in pairs (relaxed SIMD) they are
 * added in 16 bits for as long as the greatest code lets that be exact.
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
import { type ActivationLayout, BLOCKS, SPREAD } from "./activations.ts";
import { panelLayout, panelRunBytes, runsOf } from "./code-sources.ts";
import {
  type Codes,
  greatestCode,
  groupsTogether,
  multipliesBytes,
  PackedBlock,
  type PackedGroup,
  pairOf,
  type QuantisedType,
  RUN,
  RUN_WORDS,
  startOf,
} from "./types/block-type.ts";

/** Codes of every group for one vector of activations, and how far that lies behind the round's place in a run. */
interface Slot {
  readonly codes: readonly Value<"u8v" | "i16v">[];
  readonly disp: number;
}

/** What one part of a run loops over. */
interface Rounds {
  readonly count: number;
  /** Bytes by which a round moves on in the activations, and what the last one leaves to the end of the part. */
  readonly stride: number;
  readonly rest: number;
  /** Codes of the round; called once, inside the loop, with all that moves from round to round. */
  readonly slots: () => readonly Slot[];
  /** Moves the codes on. */
  readonly next: () => void;
}

/** Scale and offset of a part, group by group; read behind the loop. */
interface Factors {
  scale(part: number, member: number): Value<"f32v">;
  offset(part: number, member: number): Value<"f32v">;
}

export class LoopTile {
  readonly #k: KernelBuilder;
  readonly #type: QuantisedType;
  readonly #tokens: number;
  readonly #members: number;
  /** The first token's activations; goes through a run and on to the next. */
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
    this.#layout = multipliesBytes(type, k.target) ? BLOCKS : SPREAD;
    this.#tokenBytes = (columns / RUN) * this.#layout.runBytes;
    this.sums = this.#each(() => k.variable(k.constant("f32v", 0)));
  }

  /** A thing for each group of each token. */
  #each<T>(make: (token: number, member: number) => T): T[][] {
    return Array.from({ length: this.#tokens }, (_, token) =>
      Array.from({ length: this.#members }, (_, member) => make(token, member)),
    );
  }

  /** Bytes of a run's values. */
  get #valueBytes(): number {
    return ACTIVATION_BLOCK + this.#layout.shift;
  }
  /** A token's field, for a pointer that is `passed` bytes into the run. */
  #field(token: number, offset: number, passed: number) {
    return { base: this.#x, disp: token * this.#tokenBytes + offset + this.#layout.shift - passed };
  }

  /** Adds whole groups straight from their blocks, unpacking codes as they pass. Only for uniform types. */
  addBlocks(group: PackedGroup, columns: number): void {
    const [k, type, members] = [this.#k, this.#type, this.#members];
    const at = k.variable(group.at);
    const blocks = (base: Variable<"ptr">, slid?: readonly Operand<"i32v">[]) =>
      Array.from(
        { length: members },
        (_, member) => new PackedBlock(k, type, base, group.grid, member, slid?.[member]),
      );
    k.loop(0, columns / dtypeInfo(type.dtype).blockLength, 1, () => {
      const own = blocks(at);
      for (let run = 0; run < runsOf(type); run++) {
        const scales = (member: number) => type.scales(own[member], run);
        this.#addRun((part) => this.#roundsOfBlocks(at, blocks, run, part), {
          scale: (part, member) => scales(member).scales[part],
          offset: (part, member) => scales(member).offsets?.[part] as Value<"f32v">,
        });
      }
      k.advance(at, members * groupBlockBytes(type.dtype, k.lanes));
    });
  }

  #roundsOfBlocks(
    at: Variable<"ptr">,
    blocks: (base: Variable<"ptr">, slid?: readonly Operand<"i32v">[]) => readonly PackedBlock[],
    run: number,
    part: number,
  ): Rounds {
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

  /** A word as the products take it: as it is, or its even and its odd bytes widened. */
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
  #addRun(roundsOf: (part: number) => Rounds, factors: Factors): void {
    const [k, type] = [this.#k, this.#type];
    let scaled: Value<"f32v">[][] | undefined;
    for (let part = 0; part < type.parts; part++) {
      const sums = this.#integerSums(roundsOf(part), part);
      const before = scaled;
      const scales = Array.from({ length: this.#members }, (_, member) => factors.scale(part, member));
      scaled = this.#each((token, member) => {
        const float = k.toF32(sums[token][member]);
        const already = before?.[token][member];
        return already === undefined ? k.mul(float, scales[member]) : k.fma(float, scales[member], already);
      });
      // What this part has come to must be kept in order while the next one loops.
      if (part + 1 < type.parts) scaled = scaled.map((row) => row.map((value) => k.variable(value).value));
    }
    this.#finish(scaled as Value<"f32v">[][], factors);
    k.advance(this.#x, this.#layout.runBytes - this.#valueBytes);
  }

  /** Sums of one part of a run, exact. */
  #integerSums(rounds: Rounds, part: number): Value<"i32v">[][] {
    const [k, type] = [this.#k, this.#type];
    const passed = (part * this.#valueBytes) / type.parts;
    const starts = Array.from({ length: this.#tokens }, (_, token) => this.#start(token, part, passed));
    const sums = this.#layout === SPREAD ? this.#sumPairs(rounds, starts) : this.#sumBytes(rounds, starts);
    if (rounds.rest !== 0) k.advance(this.#x, rounds.rest);
    return sums;
  }

  /** What a part's sum starts from. */
  #start(token: number, part: number, passed: number): Value<"i32v"> {
    const [k, type] = [this.#k, this.#type];
    if (!type.centred) return k.constant("i32v", 0);
    const offset = type.parts === 1 ? START_OFFSET : HALF_STARTS_OFFSET + 4 * part;
    const start = k.broadcast4("i32v", this.#field(token, offset, passed));
    return startOf(k, type, start);
  }

  #loop(rounds: Rounds, body: () => void): void {
    const k = this.#k;
    k.loop(0, rounds.count, 1, () => {
      body();
      rounds.next();
      k.advance(this.#x, rounds.stride);
    });
  }
  #activations<K extends "i16v" | "i8v">(kind: K, token: number, disp: number): Value<K> {
    return this.#k.broadcast4(kind, { base: this.#x, disp: token * this.#tokenBytes + disp });
  }

  #sumPairs(rounds: Rounds, starts: readonly Value<"i32v">[]): Value<"i32v">[][] {
    const k = this.#k;
    const sums = this.#each((token) => k.variable(starts[token]));
    this.#loop(rounds, () => {
      for (const { codes, disp } of rounds.slots())
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

  /** In 16 bits all along where that is exact; else widened at the end of each round. */
  #sumBytes(rounds: Rounds, starts: readonly Value<"i32v">[]): Value<"i32v">[][] {
    const [k, type] = [this.#k, this.#type];
    const max = greatestCode(type, k.target);
    const exact = Math.floor(32767 / (2 * 128 * max));
    const words = RUN_WORDS / type.parts;
    const sums = this.#each((token) => k.variable(starts[token]));
    const narrow = words <= exact ? this.#each(() => k.variable(k.constant("i16v", 0))) : undefined;
    this.#loop(rounds, () => {
      const slots = rounds.slots();
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

  /** sums += scaled · x, and what offsets add. */
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
