/**
 * Regions of one WebAssembly memory. The memory grows up to 4 GiB and never shrinks, so freed regions are joined with
 * free neighbours and reused. The smallest gap that fits is taken first.
 */
import { DISPOSE } from "../../../base/dispose.ts";
import { DeviceError } from "../../../base/errors.ts";
import type { Region } from "../program/kernel-host.ts";

const PAGE_BYTES = 65536;
/** One page less than the address space, because the end of a region must be an address, too. */
const MAX_PAGES = 65535;
/** First address that is allocated; lower ones stay unused. */
const FIRST = 64;
const ALIGNMENT = 64;

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** A memory with the largest maximum that the engine allows: some reserve all of it at once and may refuse. */
function createMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = MAX_PAGES; ; maximum = Math.floor(maximum / 2)) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared });
    } catch (cause) {
      if (maximum > 1024) continue;
      throw new DeviceError({ doing: "reserve WebAssembly memory", found: "the engine refused", cause });
    }
  }
}

class WasmRegion implements Region {
  readonly address: bigint;
  readonly byteLength: number;
  readonly #memory: LinearMemory;
  #live = true;

  constructor(memory: LinearMemory, from: number, byteLength: number) {
    this.#memory = memory;
    this.address = BigInt(from);
    this.byteLength = byteLength;
  }
  bytes(offset = 0, byteLength = this.byteLength - offset): Uint8Array<ArrayBuffer> {
    return this.#memory.bytes(Number(this.address) + offset, byteLength);
  }
  dispose(): void {
    if (this.#live) this.#memory.free(Number(this.address), this.byteLength);
    this.#live = false;
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

const alignUp = (value: number): number => Math.max(1, Math.ceil(value / ALIGNMENT)) * ALIGNMENT;

/** Allocates and frees ranges of one WebAssembly memory. */
export class LinearMemory implements Disposable {
  /** Freed regions, sorted and never adjacent. */
  #gaps: Gap[] = [];
  /** Everything from here on is unused: zeros that take no memory until they are written. */
  #end = FIRST;
  #live: WebAssembly.Memory | undefined;

  constructor(shared: boolean) {
    this.#live = createMemory(shared);
  }

  get memory(): WebAssembly.Memory {
    if (this.#live !== undefined) return this.#live;
    throw new DeviceError({ doing: "use memory", found: "a backend that has been disposed" });
  }

  /** Bytes of the allocated regions. */
  get usedBytes(): number {
    return this.#gaps.reduce((sum, { from, to }) => sum - (to - from), this.#end - FIRST);
  }

  /** Zeroed memory. Throws DeviceError if the memory cannot grow enough. */
  allocate(byteLength: number): Region {
    const length = alignUp(byteLength);
    const gap = this.#smallestGap(length) ?? this.#lastGap();
    const from = gap?.from ?? this.#end;
    const to = from + length;
    if (to > this.#end) this.#grow(to, byteLength);
    if (gap !== undefined) {
      this.bytes(from, Math.min(to, gap.to) - from).fill(0);
      const left = to < gap.to ? [{ from: to, to: gap.to }] : [];
      this.#gaps = this.#gaps.flatMap((other) => (other === gap ? left : [other]));
    }
    this.#end = Math.max(this.#end, to);
    return new WasmRegion(this, from, byteLength);
  }

  /** The gap directly before unused memory. */
  #lastGap(): Gap | undefined {
    const last = this.#gaps.at(-1);
    return last?.to === this.#end ? last : undefined;
  }

  #smallestGap(length: number): Gap | undefined {
    let best: Gap | undefined;
    for (const gap of this.#gaps) {
      const size = gap.to - gap.from;
      if (size >= length && (best === undefined || size < best.to - best.from)) best = gap;
    }
    return best;
  }

  #grow(end: number, wanted: number): void {
    const pages = Math.ceil(end / PAGE_BYTES) - this.memory.buffer.byteLength / PAGE_BYTES;
    if (pages <= 0) return;
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new DeviceError({
        doing: `allocate ${wanted} bytes of WebAssembly memory`,
        expected: "at most 4 GiB in total, and no more than the engine allows",
        found: `${this.usedBytes} bytes in use`,
        fix: "use a smaller model, context or number of parallel texts, or a native backend",
        cause,
      });
    }
  }

  /** A view that is valid until the next allocation. */
  bytes(from: number, byteLength: number): Uint8Array<ArrayBuffer> {
    // The cast is safe for a SharedArrayBuffer, because nothing here transfers or resizes it.
    return new Uint8Array(this.memory.buffer as ArrayBuffer, from, byteLength);
  }

  free(from: number, byteLength: number): void {
    const freed = { from, to: from + alignUp(byteLength) };
    const before = this.#gaps.filter((gap) => gap.to <= freed.from);
    const after = this.#gaps.filter((gap) => gap.from >= freed.to);
    const left = before.at(-1)?.to === freed.from ? before.pop() : undefined;
    const right = after[0]?.from === freed.to ? after.shift() : undefined;
    this.#gaps = [...before, { from: left?.from ?? freed.from, to: right?.to ?? freed.to }, ...after];
  }

  /** Drops the memory, so that the engine can free it when no view is left. */
  dispose(): void {
    this.#live = undefined;
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
