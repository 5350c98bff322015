/**
 * Memory for packed weights, cut from large slabs, because huge pages (huge-pages.ts) need whole pieces of 2 MiB. A
 * slab is freed with its last part.
 */
import { HugePages } from "./huge-pages.ts";
import type { KernelHost, Region } from "./kernel-host.ts";
import { PageFill } from "./page-fill.ts";

/** A part of a slab, or a separate region. */
export type Part = Pick<Region, "address" | "byteLength" | "dispose">;

interface Slab {
  readonly region: Region;
  used: number;
  parts: number;
}

const SLAB_BYTES = 64 << 20;
/** Smaller parts gain nothing from huge pages, and would keep a slab of a small model allocated. */
const SMALLEST_PART = 1 << 20;
const ALIGNMENT = 4096;

/** Allocates parts of large regions. */
export class Slabs {
  readonly #host: KernelHost;
  readonly #hugePages: HugePages;
  readonly #pageFill: PageFill;
  #open: Slab | undefined;

  constructor(host: KernelHost) {
    this.#host = host;
    this.#hugePages = new HugePages(host);
    this.#pageFill = new PageFill(host);
  }

  /** Runs a step that reads the memory. */
  around<T>(step: () => Promise<T>): Promise<T> {
    return this.#hugePages.around(step);
  }

  /** Gives parts their pages before they are written. */
  fill(parts: readonly Part[]): Promise<void> {
    return this.#pageFill.fill(parts.filter(({ byteLength }) => byteLength >= SMALLEST_PART));
  }

  /** Call this when the memory has been filled. */
  filled(): void {
    this.#hugePages.rest();
  }

  /** Zeroed memory. Throws DeviceError if there is not enough. */
  allocate(byteLength: number): Part {
    if (byteLength < SMALLEST_PART) return this.#host.allocate(byteLength);
    if (byteLength > SLAB_BYTES) {
      const region = this.#newRegion(byteLength);
      return { address: region.address, byteLength, dispose: () => this.#free(region) };
    }
    const needed = Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
    if (this.#open === undefined || this.#open.used + needed > SLAB_BYTES) {
      this.#open = { region: this.#newRegion(SLAB_BYTES), used: 0, parts: 0 };
    }
    const slab = this.#open;
    const address = slab.region.address + BigInt(slab.used);
    slab.used += needed;
    slab.parts++;
    return { address, byteLength, dispose: () => this.#release(slab) };
  }

  #newRegion(byteLength: number): Region {
    const region = this.#host.allocate(byteLength, "streamed");
    this.#hugePages.add(region);
    this.#pageFill.add(region);
    return region;
  }

  #free(region: Region): void {
    this.#hugePages.remove(region);
    this.#pageFill.remove(region);
    region.dispose();
  }

  #release(slab: Slab): void {
    if (--slab.parts > 0) return;
    this.#free(slab.region);
    if (this.#open === slab) this.#open = undefined;
  }
}
