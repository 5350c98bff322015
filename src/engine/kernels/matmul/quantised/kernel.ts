/**
 * The kernel of a product of quantised weights. It loops over its tasks, and in each task over groups of rows. It
 * computes the sums of a group directly from packed blocks, from a panel, or with matrix tiles.
 */

import { dtypeInfo } from "../../../../base/dtypes.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { AddressOperand, Operand, Value, Variable } from "../../../jit/language/core.ts";
import { wholeOrMasked } from "../../lanes.ts";
import { scratchOf } from "../../launch.ts";
import { forEachGroup, GROUP_TASK_PARAMETERS } from "../group-tasks.ts";
import { type GroupInWeight, ifOneToken, packedGroup } from "../layout/file-layout.ts";
import { groupBytes, packerOf } from "../layout/interleave.ts";
import { type ActivationLayout, BLOCKS, layoutOf, spreadActivations } from "./activations.ts";
import {
  addBlocks,
  addPanel,
  packedBlocks,
  packedRunBytes,
  panelRunBytes,
  prefetchPacked,
  writePanel,
} from "./code-sources.ts";
import {
  chunkRuns,
  type Extent,
  matrixTokens,
  rowsTogether,
  type ScratchLayout,
  scratchLayout,
  tilesFor,
  usesLoops,
} from "./cut.ts";
import { beginOneToken, multiplyOneToken } from "./from-file.ts";
import { multiplyTiles, TILE_TOKENS, usesMatrixTiles } from "./tile-amx.ts";
import { LoopTile } from "./tile-looped.ts";
import { Tile, type TileShape } from "./tile-straight.ts";
import {
  groupsTogether,
  nibblesInPlace,
  type PackedGroup,
  type QuantisedType,
  RUN,
} from "./types/block-type.ts";

const PARAMETERS = {
  x: "ptr",
  weight: "ptr",
  packer: "ptr",
  oneToken: "ptr",
  out: "ptr",
  residual: "ptr",
  scratch: "ptr",
  shapes: "ptr",
  grid: "ptr",
  ...GROUP_TASK_PARAMETERS,
} as const;

type P = Arguments<typeof PARAMETERS>;

/** Sums of a tile: for each token, one vector for each of the interleaved groups. */
type Sums = readonly (readonly Operand<"f32v">[])[];

/** Writes a tile's results. Lanes beyond the last row are not written. */
function storeTile(
  k: KernelBuilder,
  sums: Sums,
  place: { at: Value<"int">; row: Value<"int"> },
  p: P,
  hasResidual: boolean,
): void {
  const rows = p.rows;
  const bytes = k.shl(rows, 2);
  const left = k.sub(rows, place.row);
  wholeOrMasked(k, left, sums[0].length, (masks) => {
    const out = k.variable(k.offset(p.out, place.at));
    const residual = hasResidual ? k.variable(k.offset(p.residual, place.at)) : undefined;
    sums.forEach((ofToken, i) => {
      ofToken.forEach((sum, member) => {
        const [options, disp] = [{ mask: masks[member] }, 4 * k.lanes * member];
        const before = residual && k.load("f32v", { base: residual, disp }, options);
        k.store({ base: out, disp }, before === undefined ? sum : k.add(sum, before), options);
      });
      if (i + 1 === sums.length) return;
      k.advance(out, bytes);
      if (residual !== undefined) k.advance(residual, bytes);
    });
  });
}

/** Computes the sums of a tile, from either source of codes. */
interface Products {
  fromBlocks(shape: TileShape, activations: Value<"ptr">, group: PackedGroup): Sums;
  fromPanel(shape: TileShape, activations: Value<"ptr">, panel: Operand<"ptr">, next: Operand<"ptr">): Sums;
}

const ofOneGroup = (sums: readonly Operand<"f32v">[]): Sums => sums.map((sum) => [sum]);

function straightProducts(k: KernelBuilder, type: QuantisedType, columns: number): Products {
  return {
    fromBlocks(shape, activations, group) {
      const tile = new Tile(k, type, shape, activations, columns);
      const blocks = packedBlocks(k, type, group, shape.tokens === 1);
      addBlocks(tile, blocks, columns / dtypeInfo(type.dtype).blockLength);
      return ofOneGroup(tile.sums);
    },
    fromPanel(shape, activations, panel, next) {
      const tile = new Tile(k, type, shape, activations, columns);
      addPanel(tile, panel, columns / RUN, next);
      return ofOneGroup(tile.sums);
    },
  };
}

function loopedProducts(k: KernelBuilder, type: QuantisedType, columns: number): Products {
  return {
    fromBlocks({ tokens }, activations, group) {
      const tile = new LoopTile(k, type, tokens, activations, columns);
      tile.addBlocks(group, columns);
      return tile.sums;
    },
    fromPanel({ tokens }, activations, panel) {
      const tile = new LoopTile(k, type, tokens, activations, columns);
      tile.addPanel(panel, columns);
      return tile.sums;
    },
  };
}

/** What distinguishes one generated kernel from another. */
export interface ProductShape {
  readonly type: QuantisedType;
  readonly columns: number;
  readonly hasResidual: boolean;
  readonly extent: Extent;
}

/** Generates the code of one kernel. */
class Product {
  readonly #k: KernelBuilder;
  readonly #p: P;
  readonly #shape: ProductShape;
  readonly #products: Products;
  readonly #layout: ActivationLayout;
  /** This thread's working memory. */
  readonly #memory: Value<"ptr">;
  readonly #scratch: ScratchLayout;

  constructor(k: KernelBuilder, p: P, shape: ProductShape) {
    const { type, columns } = shape;
    this.#k = k;
    this.#p = p;
    this.#shape = shape;
    this.#layout = layoutOf(type, k.target);
    this.#products = (usesLoops(k.target) ? loopedProducts : straightProducts)(k, type, columns);
    this.#scratch = scratchLayout(type, columns, k.target);
    this.#memory = scratchOf(k, p.tasks, p.scratch, this.#scratch.bytes);
  }

  /** Begins a task. Spreads the activations of its range of tokens if products are of 16-bit numbers. */
  prepare(first: Value<"int">, end: Value<"int">): void {
    const k = this.#k;
    const { type, columns } = this.#shape;
    this.#beginToken();
    if (this.#layout === BLOCKS) return;
    const runs = k.mul(k.sub(end, first), columns / RUN);
    spreadActivations(k, this.#blocksOf(first), this.#spread(), runs, nibblesInPlace(type, k.target));
  }

  #spread(): Value<"ptr"> {
    return this.#k.offset(this.#memory, this.#scratch.afterPanel);
  }

  /** A token's activations, as the step provides them. */
  #blocksOf(token: Operand<"int">): Value<"ptr"> {
    const blockBytes = (this.#shape.columns / RUN) * BLOCKS.runBytes;
    return this.#k.offset(this.#p.x, this.#k.mul(token, blockBytes));
  }

  #beginToken(): void {
    const { type, columns } = this.#shape;
    beginOneToken(this.#k, type, columns / dtypeInfo(type.dtype).blockLength, this.#own);
  }

  /** The products of a group of rows with the tokens of a range. */
  group(group: Value<"int">, first: Value<"int">, end: Value<"int">): void {
    const k = this.#k;
    const place = this.#inWeight(group);
    if (this.#shape.extent === "file") {
      k.loop(first, end, 1, (token) => {
        k.if(k.is(k.sub(end, first), ">", 1), () => this.#beginToken());
        this.#fromFile({ group, first }, token, place);
      });
      return;
    }
    const one = (): void => this.#fromFile({ group, first }, first, place);
    const packed = () => this.#packedGroup(group, first, end, place);
    ifOneToken(k, this.#p.oneToken, () => k.sub(end, first), place, one, packed);
  }

  /** The products of a token with a complete group in the file's layout. */
  #fromFile(range: Pick<Range, "group" | "first">, token: Value<"int">, place: GroupInWeight): void {
    const [x, grid] = [() => this.#activations(range, token), this.#p.grid];
    const of = { group: place, x, grid };
    const sums = multiplyOneToken(this.#k, this.#shape.type, this.#p.oneToken, this.#own, of);
    this.#store(range, token, [[sums]]);
  }

  #packedGroup(group: Value<"int">, first: Value<"int">, end: Value<"int">, place: GroupInWeight): void {
    const k = this.#k;
    const { type, extent } = this.#shape;
    const range: Range = { group, first, end, weights: this.#packed(place) };
    const { shapes, fromPanel } = tilesFor(extent, type, k.target);
    const byVectors = (): void => {
      if (fromPanel) this.#fromPanel(range, shapes);
      else this.#fromBlocks(range, shapes);
    };
    if (extent === "all" && usesMatrixTiles(type, k.target))
      k.if(k.is(k.sub(end, first), "<", matrixTokens(type)), byVectors, () => this.#fromMatrixTiles(range));
    else byVectors();
  }

  #fromBlocks(range: Range, shapes: readonly TileShape[]): void {
    this.#storeTiles(range, shapes, (shape, x) => this.#products.fromBlocks(shape, x, range.weights()));
  }

  #fromPanel(range: Range, shapes: readonly TileShape[]): void {
    const k = this.#k;
    const { type, columns } = this.#shape;
    writePanel(k, type, range.weights(), this.#memory, columns);
    const chunk = chunkRuns(type, columns, k.target);
    if (chunk < columns / RUN) {
      this.#fromChunks(range, shapes, chunk);
      return;
    }
    const next = this.#place(k.add(range.group, 1));
    this.#storeTiles(range, shapes, (shape, x) => this.#products.fromPanel(shape, x, this.#memory, next));
  }

  /** One part of the panel after another with all tokens; between two parts, the sums are kept in memory. */
  #fromChunks(range: Range, shapes: readonly TileShape[], chunk: number): void {
    const k = this.#k;
    const { type, columns } = this.#shape;
    const all = columns / RUN;
    const packedBytes = packedRunBytes(type, k.target);
    k.loop(0, all, chunk, (run) => {
      const ofChunk = (from: Operand<"ptr">, runBytes: number) => k.offset(from, k.mul(run, runBytes));
      const runs = () => k.min(k.sub(k.constant("int", all), run), chunk);
      const next = ofChunk(this.#place(k.add(range.group, 1)), packedBytes);
      prefetchPacked(k, next, k.mul(runs(), packedBytes));
      this.#eachTile(range, shapes, (shape, token) => {
        const x = ofChunk(this.#activations(range, token), this.#layout.runBytes);
        const tile = new Tile(k, type, shape, x, columns);
        const eachKept = (body: (sum: Variable<"f32v">, at: AddressOperand) => void): void => {
          const base = k.offset(this.#memory, k.mul(k.sub(token, range.first), 4 * k.lanes));
          for (const [i, sum] of tile.sums.entries())
            body(sum, { base, disp: this.#scratch.sums + 4 * k.lanes * i });
        };
        k.if(k.is(run, ">", 0), () => eachKept((sum, at) => sum.set(k.load("f32v", at))));
        const panel = ofChunk(this.#memory, panelRunBytes(type, k.target));
        addPanel(tile, panel, runs());
        k.if(
          k.is(k.add(run, chunk), ">=", all),
          () => this.#store(range, token, ofOneGroup(tile.sums)),
          () => eachKept((sum, at) => k.store(at, sum)),
        );
      });
    });
  }

  #fromMatrixTiles(range: Range): void {
    const k = this.#k;
    const { type, columns } = this.#shape;
    writePanel(k, type, range.weights(), this.#memory, columns, true);
    k.tileConfig(this.#p.shapes);
    const token = k.variable(range.first);
    k.while(
      () => k.is(token, "<", range.end),
      () => {
        // The last tile starts early so that it is whole: some tokens are computed twice, with the same bits.
        token.set(k.min(token, k.sub(range.end, TILE_TOKENS)));
        const activations = this.#activations(range, token);
        const places = { memory: this.#memory, sums: this.#scratch.afterPanel, activations };
        this.#store(range, token, ofOneGroup(multiplyTiles(k, type, columns, places).sums));
        token.set(k.add(token, TILE_TOKENS));
      },
    );
    k.tileRelease();
  }

  /** Writes the sums that `fill` computes, tile by tile. */
  #storeTiles(
    range: Range,
    shapes: readonly TileShape[],
    fill: (shape: TileShape, activations: Value<"ptr">) => Sums,
  ): void {
    this.#eachTile(range, shapes, (shape, token) =>
      this.#store(range, token, fill(shape, this.#activations(range, token))),
    );
  }

  /** Calls `body` for every tile of the tokens of a range, with its first token. */
  #eachTile(
    range: Range,
    shapes: readonly TileShape[],
    body: (shape: TileShape, token: Variable<"int">) => void,
  ): void {
    const k = this.#k;
    const token = k.variable(range.first);
    for (const shape of shapes) {
      k.while(
        () => k.is(token, "<=", k.sub(range.end, shape.tokens)),
        () => {
          body(shape, token);
          token.set(k.add(token, shape.tokens));
        },
      );
    }
  }

  /** Address of a group in the weight, the same in both layouts. */
  #place(group: Value<"int">): Value<"ptr"> {
    const k = this.#k;
    const { type, columns } = this.#shape;
    const bytes = groupsTogether(k.target) * groupBytes(type.dtype, k.lanes, columns);
    return k.offset(this.#p.weight, k.mul(group, bytes));
  }

  /** Working memory for what reads a weight in the file's layout. */
  get #own() {
    return { base: this.#memory, disp: this.#scratch.packed };
  }

  #inWeight(group: Value<"int">): GroupInWeight {
    const k = this.#k;
    const { type, columns } = this.#shape;
    return {
      at: () => this.#place(group),
      height: k.lanes,
      left: () => k.sub(this.#p.rows, k.mul(group, k.lanes)),
      length: columns / dtypeInfo(type.dtype).blockLength,
      bytes: groupBytes(type.dtype, k.lanes, columns),
    };
  }

  #packed(group: GroupInWeight): () => PackedGroup {
    const at = packedGroup(this.#k, packerOf(this.#shape.type), this.#p.packer, this.#own, group);
    return () => ({ at: at(), grid: this.#p.grid });
  }

  #activations({ first }: Pick<Range, "first">, token: Operand<"int">): Value<"ptr"> {
    if (this.#layout === BLOCKS) return this.#blocksOf(token);
    const k = this.#k;
    const bytes = (this.#shape.columns / RUN) * this.#layout.runBytes;
    return k.offset(this.#spread(), k.mul(k.sub(token, first), bytes));
  }

  #store({ group }: Pick<Range, "group">, token: Operand<"int">, sums: Sums): void {
    const k = this.#k;
    const row = k.mul(group, rowsTogether(k.target));
    const at = k.shl(k.add(k.mul(token, this.#p.rows), row), 2);
    storeTile(k, sums, { at, row }, this.#p, this.#shape.hasResidual);
  }
}

/** A group of rows and the tokens of a task. */
interface Range {
  readonly group: Value<"int">;
  readonly first: Value<"int">;
  readonly end: Value<"int">;
  readonly weights: () => PackedGroup;
}

const SUFFIXES: Readonly<Record<Extent, string>> = {
  all: "",
  few: "_few",
  file: "_file",
  lean: "_lean",
};

export function productKernel(shape: ProductShape): Kernel {
  const { type, columns, hasResidual, extent } = shape;
  const name = `matmul_${type.dtype.toLowerCase()}_${columns}${hasResidual ? "_add" : ""}${SUFFIXES[extent]}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const product = new Product(k, p, shape);
    forEachGroup(
      k,
      p,
      rowsTogether(k.target),
      (first, end) => product.prepare(first, end),
      (group, first, end) => product.group(group, first, end),
    );
  }) as unknown as Kernel;
}
