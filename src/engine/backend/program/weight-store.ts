/**
 * The weights of a backend, in a form that its kernels can read: in place if the file is mapped and the kernel takes
 * the file's layout, else packed once to the layout that the kernel needs. Programs that use the same weight share
 * it; a packed weight is freed with its last program.
 */

import { DISPOSE } from "../../../base/dispose.ts";
import type { BoundTensor } from "../../graph/bindings.ts";
import type { Packing } from "../../kernels/launch.ts";
import type { PrepareOptions } from "../backend.ts";
import { CallTable } from "./call-table.ts";
import type { KernelHost, Region } from "./kernel-host.ts";
import { type Part, Slabs } from "./slabs.ts";

/** The state of one weight in the store. */
interface Kept {
  users: number;
  /** By layout; "" is the file's own. */
  readonly regions: Map<string, Part>;
}

interface Pending {
  readonly tensor: BoundTensor;
  readonly packing: Packing;
  readonly region: Part;
}

/**
 * Bytes of a batch: a quarter of the remaining weights, within these limits. Large batches leave the main thread time
 * for other work. The last batches are small, because the process is then largest: it holds all packed weights, and the
 * pages of the file for the batch.
 */
const BATCH_BYTES = { least: 16 << 20, most: 256 << 20 };
const FILE_LAYOUT = "";

/** All weights of one backend, each packed at most once per layout. */
export class WeightStore implements Disposable {
  readonly #host: KernelHost;
  readonly #slabs: Slabs;
  readonly #kept = new Map<BoundTensor, Kept>();
  #pending: Pending[] = [];

  constructor(host: KernelHost) {
    this.#host = host;
    this.#slabs = new Slabs(host);
  }

  /** Access to the weights for one program. */
  user(): WeightUser {
    const retained = new Set<BoundTensor>();
    const keptFor = (tensor: BoundTensor): Kept => {
      const kept = this.#kept.get(tensor) ?? { users: 0, regions: new Map<string, Part>() };
      this.#kept.set(tensor, kept);
      if (!retained.has(tensor)) kept.users++;
      retained.add(tensor);
      return kept;
    };
    return {
      plain: (tensor) => this.#plain(tensor, keptFor),
      packed: (tensor, packing) => this.#packed(tensor, packing, keptFor(tensor)),
      prepare: (options, meanwhile) => this.#prepare(retained, options, meanwhile),
      around: (step) => this.#slabs.around(step),
      dispose: () => {
        for (const tensor of retained) this.#release(tensor);
        retained.clear();
      },
    };
  }

  #plain(tensor: BoundTensor, keptFor: (tensor: BoundTensor) => Kept): bigint {
    const { address } = tensor;
    if (address !== undefined && this.#host.readsMappedMemory) return address;
    const { regions } = keptFor(tensor);
    const region = regions.get(FILE_LAYOUT) ?? this.#copy(tensor.bytes);
    regions.set(FILE_LAYOUT, region);
    return region.address;
  }

  #packed(tensor: BoundTensor, packing: Packing, { regions }: Kept): bigint {
    let region = regions.get(packing.layout);
    if (region === undefined) {
      region = this.#slabs.allocate(packing.byteLength);
      regions.set(packing.layout, region);
      this.#pending.push({ tensor, packing, region });
    }
    return region.address;
  }

  #release(tensor: BoundTensor): void {
    const kept = this.#kept.get(tensor);
    if (kept === undefined || --kept.users > 0) return;
    this.#pending = this.#pending.filter((pending) => pending.tensor !== tensor);
    for (const region of kept.regions.values()) region.dispose();
    this.#kept.delete(tensor);
  }

  /** Packs those of the weights that no call has packed yet. Others may still be on their way. */
  async #prepare(
    wanted: ReadonlySet<BoundTensor>,
    { signal, onProgress }: PrepareOptions = {},
    meanwhile?: () => void,
  ): Promise<void> {
    const isLarge = ({ region }: Pending) => region.byteLength > BATCH_BYTES.least;
    // Weights that form a batch alone come first; the others keep the file's order.
    let left = this.#pending
      .filter(({ tensor }) => wanted.has(tensor))
      .sort((a, b) => Number(isLarge(b)) - Number(isLarge(a)));
    const total = byteLengthOf(left);
    let done = 0;
    // The first batch is small: nothing has given it its pages.
    let batch = nextBatch(left, 0);
    while (batch.length > 0) {
      left = left.slice(batch.length);
      const next = nextBatch(left, total - done - byteLengthOf(batch));
      const working = Promise.all([this.#pack(batch, signal), this.#fill(next)]);
      try {
        meanwhile?.();
      } finally {
        await working; // also when `meanwhile` has failed: threads are writing
      }
      this.#pending = this.#pending.filter((pending) => !batch.includes(pending));
      done += byteLengthOf(batch);
      onProgress?.(done, total);
      batch = next;
    }
    if (done > 0) this.#slabs.filled();
  }

  #fill(batch: readonly Pending[]): Promise<void> {
    return this.#slabs.fill(batch.map(({ region }) => region));
  }

  async #pack(batch: readonly Pending[], signal: AbortSignal | undefined): Promise<void> {
    const temporary: Region[] = [];
    try {
      const launches = batch.map((pending) => ({
        ...pending.packing.launch,
        inputs: [this.#source(pending, temporary)],
        outputs: [pending.region.address],
        barrierBefore: false,
      }));
      using table = new CallTable(this.#host, launches);
      await table.run(new Map(), signal);
    } finally {
      for (const region of temporary) region.dispose();
    }
    for (const { tensor } of batch) tensor.release?.();
  }

  /** Address from which packing reads the weight: in place, or a copy that is freed after the batch. */
  #source({ tensor }: Pending, temporary: Region[]): bigint {
    const inPlace = this.#host.readsMappedMemory ? tensor.address : undefined;
    if (inPlace !== undefined) return inPlace;
    const copy = this.#copy(tensor.bytes);
    temporary.push(copy);
    return copy.address;
  }

  #copy(bytes: Uint8Array): Region {
    const region = this.#host.allocate(bytes.byteLength);
    region.bytes(0, bytes.byteLength).set(bytes);
    return region;
  }

  dispose(): void {
    for (const { regions } of this.#kept.values()) for (const region of regions.values()) region.dispose();
    this.#kept.clear();
    this.#pending = [];
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/** The first weights, as many as fit a batch. */
function nextBatch(pending: readonly Pending[], leftBytes: number): Pending[] {
  const limit = Math.min(Math.max(leftBytes / 4, BATCH_BYTES.least), BATCH_BYTES.most);
  let bytes = 0;
  const end = pending.findIndex(({ region }) => {
    bytes += region.byteLength;
    return bytes > limit;
  });
  return pending.slice(0, end < 0 ? undefined : Math.max(1, end));
}

function byteLengthOf(pending: readonly Pending[]): number {
  return pending.reduce((sum, { region }) => sum + region.byteLength, 0);
}

export interface WeightUser {
  /** Address of the weight in the file's layout. */
  plain(tensor: BoundTensor): bigint;
  /** Address of the packed weight; it is written when `prepare` runs. */
  packed(tensor: BoundTensor, packing: Packing): bigint;
  /** @param meanwhile called once for every batch, while the threads pack it. */
  prepare(options?: PrepareOptions, meanwhile?: () => void): Promise<void>;
  /** Runs a step that reads the weights. */
  around<T>(step: () => Promise<T>): Promise<T>;
  /** Releases all weights that this user requested. */
  dispose(): void;
}
