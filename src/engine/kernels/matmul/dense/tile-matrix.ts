/**
 * A tile of a bf16 product with matrix tiles (AMX): 32 rows × 32 columns in four sums of 16 × 16, 32 terms at a time.
 * The processor defines the order of additions, which is always the same. The caller sets the shapes of the tiles.
 */
import { type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import { TILE_ARGUMENTS, type TileKernel, type TilePlaces } from "./tile.ts";

const SIDE = 16;
/** Words of an iteration: those of a row of the first operand's tile, one per row of the second operand's tile. */
const STEP = 16;
/** Tile numbers: sums by row and column, then the halves of both operands. */
const SUMS = [
  [0, 1],
  [2, 3],
] as const;
const FIRST = [4, 5] as const;
const SECOND = [6, 7] as const;
/** Bytes of a word of a panel: two times 16 columns. */
const PANEL_BYTES = 128;

/** Shapes for `tileConfig`: all tiles have 16 rows of 64 bytes. Layout: LDTILECFG. */
export function matrixShapes(): readonly number[] {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1; // palette
  for (let tile = 0; tile < 8; tile++) {
    view.setUint16(16 + 2 * tile, 64, true);
    bytes[48 + tile] = SIDE;
  }
  return [...new Uint32Array(bytes.buffer)];
}

/** The tile as a kernel that others call, for exactly 32 rows and 32 columns. */
export const MATRIX_TILE: TileKernel = kernel("dense_tile_matrix_bf16", TILE_ARGUMENTS, multiply);

/** Runs `body` for each sum with the address of its first element in the output. */
function forEachSum(
  k: KernelBuilder,
  places: TilePlaces,
  body: (sum: number, base: Operand<"ptr">, stride: Operand<"int">, disp: number) => void,
): void {
  const stride = k.variable(places.outStride);
  const at = k.variable(places.out);
  SUMS.forEach((ofRow, half) => {
    if (half > 0) k.advance(at, k.mul(stride, SIDE));
    ofRow.forEach((sum, column) => {
      body(sum, at, stride, 4 * SIDE * column);
    });
  });
}

/** Prefetches the cache lines of the output, which were not read before they are written at the end. */
function prefetchOut(k: KernelBuilder, places: TilePlaces): void {
  const stride = k.variable(places.outStride);
  const at = k.variable(places.out);
  for (let row = 0; row < 2 * SIDE; row++) {
    for (const disp of [0, 64]) k.prefetch({ base: at, disp }, "second");
    k.advance(at, stride);
  }
}

function multiply(k: KernelBuilder, places: TilePlaces): void {
  k.if(
    k.is(places.adds, "==", 0),
    () => {
      for (const sum of SUMS.flat()) k.tileZero(sum);
      prefetchOut(k, places);
    },
    () => forEachSum(k, places, (...at) => k.tileLoad(...at)),
  );
  const stride = k.variable(places.stride);
  const line = k.variable(k.constant("int", PANEL_BYTES));
  const upper = k.variable(places.first);
  const lower = k.variable(k.offset(upper, k.mul(stride, SIDE)));
  const panel = k.variable(places.panel);
  k.loop(0, places.terms, STEP, () => {
    k.tileLoad(FIRST[0], upper, stride);
    SECOND.forEach((tile, half) => {
      k.tileLoad(tile, panel, line, 64 * half);
    });
    k.tileDotBf16(SUMS[0][0], FIRST[0], SECOND[0]);
    k.tileLoad(FIRST[1], lower, stride);
    k.tileDotBf16(SUMS[0][1], FIRST[0], SECOND[1]);
    k.tileDotBf16(SUMS[1][0], FIRST[1], SECOND[0]);
    k.tileDotBf16(SUMS[1][1], FIRST[1], SECOND[1]);
    k.advance(upper, 4 * STEP);
    k.advance(lower, 4 * STEP);
    k.advance(panel, STEP * PANEL_BYTES);
  });
  forEachSum(k, places, (...at) => k.tileStore(...at));
}
