/** How weights are divided for packing: into batches of whole weights, and large weights into pieces. */
import { int, type Launch, type Packing } from "../../kernels/launch.ts";

/**
 * Bytes of a batch: a quarter of the remaining weights, within these limits. Large batches leave the main thread time
 * for other work. The last batches are small, because the process is then largest: it holds all packed weights, and the
 * pages of the file for the batch.
 */
export const BATCH_BYTES = { least: 16 << 20, most: 256 << 20 };

/** A weight that has memory to be packed to. */
interface Placed {
  readonly region: { readonly byteLength: number };
}

/** Groups of rows of a weight that are packed together. */
export interface Piece {
  /** Bytes before the piece, which are the same in both layouts. */
  readonly offset: number;
  readonly byteLength: number;
  readonly launch: Launch;
}

/** The pieces of a weight: as many whole groups each as fit the least batch. */
export function piecesOf({ rows, groupRows, byteLength, launch }: Packing): Piece[] {
  const groupBytes = byteLength / Math.ceil(rows / groupRows);
  const height = groupRows * Math.max(1, Math.floor(BATCH_BYTES.least / groupBytes));
  return Array.from({ length: Math.ceil(rows / height) }, (_, i) => {
    const first = i * height;
    const count = Math.min(height, rows - first);
    return {
      offset: (first / groupRows) * groupBytes,
      byteLength: Math.ceil(count / groupRows) * groupBytes,
      launch: { ...launch, arguments: { ...launch.arguments, rows: int(count) } },
    };
  });
}

/** Whether a weight is a batch of its own. */
export const isLarge = ({ region }: Placed): boolean => region.byteLength > BATCH_BYTES.least;

/** The first weights, as many as fit a batch. */
export function nextBatch<T extends Placed>(pending: readonly T[], leftBytes: number): T[] {
  const limit = Math.min(Math.max(leftBytes / 4, BATCH_BYTES.least), BATCH_BYTES.most);
  let bytes = 0;
  const end = pending.findIndex(({ region }) => {
    bytes += region.byteLength;
    return bytes > limit;
  });
  return pending.slice(0, end < 0 ? undefined : Math.max(1, end));
}

/** Bytes of all weights that wait for packing. */
export function byteLengthOf(pending: readonly Placed[]): number {
  return pending.reduce((sum, { region }) => sum + region.byteLength, 0);
}
