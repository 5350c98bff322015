/**
 * Gives memory its pages before it is written: faster than at the first write to each page, and on other threads while
 * earlier memory is filled. Pages of 2 MiB are used as long as they cost no more than small ones. That depends on the
 * moment: the system may have free ones, or may have to move memory and clear it. So the cost of each piece is measured,
 * and from the first expensive one on small pages are used; huge-pages.ts joins those later. Where the system cannot join
 * pages, memory is huge from its allocation on, and nothing is chosen here.
 */
import type { KernelHost, Region } from "./kernel-host.ts";

const PIECE_BYTES = 16 << 20;
/** Pieces requested at once. */
const AT_ONCE = 2;
/** Seconds per byte that huge pages may cost; small ones cost some 0.4 s per GB on a virtual machine. */
const MOST_SECONDS = 0.25e-9;
/** A shorter time says nothing about the rate. */
const LEAST_SECONDS = 2e-3;
const SMALL_PAGE = 4096n;

export type Range = Pick<Region, "address" | "byteLength">;

/** Pieces of the ranges, at borders of small pages; a page that two ranges share is in both. */
function piecesOf(ranges: readonly Range[]): Range[] {
  return ranges.flatMap(({ address, byteLength }) => {
    const start = (address / SMALL_PAGE) * SMALL_PAGE;
    const length = Number(address - start) + byteLength;
    return Array.from({ length: Math.ceil(length / PIECE_BYTES) }, (_, i) => ({
      address: start + BigInt(i * PIECE_BYTES),
      byteLength: Math.min(PIECE_BYTES, length - i * PIECE_BYTES),
    }));
  });
}

/** Fills the regions of one host, and remembers whether huge pages were cheap. */
export class PageFill {
  readonly #host: KernelHost;
  /** Regions whose pages may be huge. */
  readonly #regions = new Set<Range>();
  #huge: boolean;

  constructor(host: KernelHost) {
    this.#host = host;
    this.#huge = host.fillPages !== undefined && host.joinPages !== undefined;
  }

  /** Whether new regions are advised to have huge pages: true until one was expensive. */
  get usesHugePages(): boolean {
    return this.#huge;
  }

  /** Adds a new region, before anything is written there. */
  add(region: Range): void {
    if (!this.usesHugePages) return;
    this.#host.fillPages?.advise(region.address, region.byteLength, true);
    this.#regions.add(region);
  }

  remove(region: Range): void {
    this.#regions.delete(region);
  }

  /** Gives the ranges their pages. Advisory: what the system refuses gets its pages when it is written. */
  async fill(ranges: readonly Range[]): Promise<void> {
    const { fillPages } = this.#host;
    if (fillPages === undefined) return;
    const pieces = piecesOf(ranges);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < pieces.length) {
        const piece = pieces[next++];
        const from = performance.now();
        await fillPages.populate(piece.address, piece.byteLength);
        const seconds = (performance.now() - from) / 1e3;
        if (this.#huge && seconds > Math.max(LEAST_SECONDS, MOST_SECONDS * piece.byteLength))
          this.#useSmallPages();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  #useSmallPages(): void {
    this.#huge = false;
    for (const { address, byteLength } of this.#regions)
      this.#host.fillPages?.advise(address, byteLength, false);
    this.#regions.clear();
  }
}
