/**
 * The weights of a backend, in a form that its kernels can read: in place if the file is mapped and the kernel takes
 * the file's layout, else packed once to the layout that the kernel needs. Programs that use the same weight share
 * it; a packed weight is freed with its last program.
 *
 * A kernel that also takes weights that are not packed yet (file-layout.ts) reads mapped files from the first step on.
 * Such weights are packed bit by bit, before later steps: the first token does not wait, and results do not change.
 */

import { DISPOSE } from "../../../base/dispose.ts";
import { DeviceError } from "../../../base/errors.ts";
import type { BoundTensor } from "../../graph/bindings.ts";
import type { Packing } from "../../kernels/launch.ts";
import type { PrepareOptions } from "../backend.ts";
import { CallTable } from "./call-table.ts";
import type { KernelHost, Region } from "./kernel-host.ts";
import { BATCH_BYTES, byteLengthOf, isLarge, nextBatch, piecesOf } from "./packing-batches.ts";
import { PackingShare } from "./packing-share.ts";
import { type Part, Slabs } from "./slabs.ts";

/** Where kernels find a weight. */
export interface WeightPlace {
  address: bigint;
  /** True while it is in the file's layout. */
  inFile: boolean;
}

/** A weight, packed or not. */
interface Weight {
  readonly tensor: BoundTensor;
  readonly packing: Packing;
  readonly place: WeightPlace;
}

/** A weight that has memory to be packed to. */
interface Pending extends Weight {
  readonly region: Part;
}

/** What programs requested of a tensor. */
interface Kept {
  users: number;
  /** A copy in the file's layout. */
  copy?: Region;
  readonly weights: Map<string, Weight>;
  readonly regions: Part[];
}

/** All weights of one backend, each packed at most once per layout. */
export class WeightStore implements Disposable {
  readonly #host: KernelHost;
  readonly #slabs: Slabs;
  readonly #kept = new Map<BoundTensor, Kept>();
  readonly #share = new PackingShare(() => this.#isFileInHugePages());
  /** Weights to pack before the next step. */
  #pending: Pending[] = [];
  /** Weights that steps read from the file. */
  #inFile: Weight[] = [];
  /** Whether there have been some of which steps are slow. */
  #hasSlow = false;
  /** How often a weight got another place. */
  #moves = 0;

  constructor(host: KernelHost) {
    this.#host = host;
    this.#slabs = new Slabs(host);
  }

  /** Access to the weights for one program. */
  user(): WeightUser {
    const retained = new Set<BoundTensor>();
    const keptFor = (tensor: BoundTensor): Kept => {
      const kept: Kept = this.#kept.get(tensor) ?? { users: 0, weights: new Map(), regions: [] };
      this.#kept.set(tensor, kept);
      if (!retained.has(tensor)) kept.users++;
      retained.add(tensor);
      return kept;
    };
    return {
      moves: () => this.#moves,
      plain: (tensor) => this.#plain(tensor, keptFor),
      packed: (tensor, packing, mayWait = false) => {
        const kept = keptFor(tensor);
        const weight = kept.weights.get(packing.layout) ?? this.#newWeight(tensor, packing, mayWait, kept);
        if (!mayWait && this.#inFile.includes(weight)) this.#allocate(weight);
        return weight.place;
      },
      prepare: (options, meanwhile) => this.#prepare(retained, options, meanwhile),
      around: async (step, { several, signal }) => {
        await this.#packSome(retained, signal);
        return await this.#slabs.around(() => this.#share.around(step, several));
      },
      dispose: () => {
        for (const tensor of retained) this.#release(tensor);
        retained.clear();
      },
    };
  }

  #plain(tensor: BoundTensor, keptFor: (tensor: BoundTensor) => Kept): bigint {
    const { address } = tensor;
    if (address !== undefined && this.#host.readsMappedMemory) return address;
    const kept = keptFor(tensor);
    if (kept.copy === undefined) {
      kept.copy = this.#copy(tensor.bytes);
      tensor.release?.();
    }
    return kept.copy.address;
  }

  #newWeight(tensor: BoundTensor, packing: Packing, mayWait: boolean, kept: Kept): Weight {
    const address = mayWait && this.#host.readsMappedMemory ? tensor.address : undefined;
    const inFile = address !== undefined;
    const weight: Weight = { tensor, packing, place: { address: address ?? 0n, inFile } };
    if (!inFile) this.#allocate(weight);
    else this.#inFile.push(weight);
    this.#hasSlow ||= packing.isSlowInFile && inFile;
    kept.weights.set(packing.layout, weight); // not before it has a place: another program may request it again
    return weight;
  }

  /** Gives a weight memory, so that it is packed before the next step. Throws DeviceError. */
  #allocate(weight: Weight): void {
    const { tensor, packing, place } = weight;
    const region = this.#slabs.allocate(packing.byteLength);
    this.#kept.get(tensor)?.regions.push(region);
    this.#inFile = this.#inFile.filter((other) => other !== weight);
    this.#pending.push({ ...weight, region });
    if (!place.inFile) this.#move(place, region.address);
  }

  #release(tensor: BoundTensor): void {
    const kept = this.#kept.get(tensor);
    if (kept === undefined || --kept.users > 0) return;
    this.#pending = this.#pending.filter((pending) => pending.tensor !== tensor);
    this.#inFile = this.#inFile.filter((weight) => weight.tensor !== tensor);
    dispose(kept);
    this.#kept.delete(tensor);
  }

  /** Packs those of the weights that no call has packed yet. Others may still be on their way. */
  async #prepare(
    wanted: ReadonlySet<BoundTensor>,
    { signal, onProgress }: PrepareOptions = {},
    meanwhile?: () => void,
  ): Promise<void> {
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
      done += byteLengthOf(batch);
      onProgress?.(done, total);
      batch = next;
    }
    if (done > 0) this.#slabs.filled();
  }

  /**
   * Packs as many of the weights in the file as fit the share of a step's time, a few at a time: both forms of those are in
   * memory. First those of which steps are slow.
   */
  async #packSome(wanted: ReadonlySet<BoundTensor>, signal: AbortSignal | undefined): Promise<void> {
    if (this.#inFile.length === 0) return;
    const isSlow =
      this.#hasSlow && this.#inFile.some(({ packing, tensor }) => packing.isSlowInFile && wanted.has(tensor));
    let left = this.#share.bytes(isSlow);
    if (left === 0) return;
    const next = this.#inFile.filter(
      ({ packing, tensor }) => packing.isSlowInFile === isSlow && wanted.has(tensor),
    );
    while (left > 0) {
      const batch = this.#allocateSome(next, Math.min(left, BATCH_BYTES.least));
      if (batch.length === 0) return;
      const bytes = byteLengthOf(batch);
      const [first] = batch;
      await this.#share.packing(bytes, () =>
        isLarge(first) ? this.#packInPieces(first, signal) : this.#pack(batch, signal),
      );
      left -= bytes;
      if (this.#inFile.length === 0) this.#slabs.filled();
    }
  }

  /** Whether the system mapped most of the weights in the file in huge pages. */
  #isFileInHugePages(): boolean {
    const huge = this.#host.fileBytesInHugePages?.() ?? 0;
    return huge >= this.#inFile.reduce((sum, { tensor }) => sum + bytesOf(tensor), 0) / 2;
  }

  /** Gives memory to the first of these weights that are in the file, as many as fit `limit`; to one at least. */
  #allocateSome(weights: readonly Weight[], limit: number): Pending[] {
    const before = this.#pending.length;
    let bytes = 0;
    try {
      for (const weight of weights.filter((one) => this.#inFile.includes(one))) {
        bytes += weight.packing.byteLength;
        if (bytes > limit && this.#pending.length > before) break;
        this.#allocate(weight);
      }
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      this.#inFile = []; // no memory: steps go on reading the file
    }
    return this.#pending.slice(before);
  }

  /** Packs a weight in pieces, and releases the pages of each, so that little of it is in memory twice. */
  async #packInPieces(pending: Pending, signal: AbortSignal | undefined): Promise<void> {
    const { tensor, packing, place, region } = pending;
    const source = place.address;
    for (const { offset, byteLength, launch } of piecesOf(packing)) {
      const inputs = [source + BigInt(offset)];
      const outputs = [region.address + BigInt(offset)];
      using table = new CallTable(this.#host, [{ ...launch, inputs, outputs, barrierBefore: false }]);
      await table.run(new Map(), signal);
      tensor.release?.(offset, Math.min(byteLength, bytesOf(tensor) - offset));
    }
    this.#packed(pending);
  }

  #packed(pending: Pending): void {
    this.#move(pending.place, pending.region.address);
    this.#pending = this.#pending.filter((other) => other !== pending);
  }

  #move(place: WeightPlace, address: bigint): void {
    place.address = address;
    place.inFile = false;
    this.#moves++;
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
    for (const pending of batch) {
      this.#packed(pending);
      pending.tensor.release?.();
    }
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
    for (const kept of this.#kept.values()) dispose(kept);
    this.#kept.clear();
    this.#pending = [];
    this.#inFile = [];
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

function dispose({ copy, regions }: Kept): void {
  copy?.dispose();
  for (const region of regions) region.dispose();
}

const bytesOf = (tensor: BoundTensor): number => tensor.byteLength ?? tensor.bytes.byteLength;

export interface WeightUser {
  /** How often weights of the store got other places so far. */
  moves(): number;
  /** Address of the weight in the file's layout. */
  plain(tensor: BoundTensor): bigint;
  /**
   * The place of the packed weight, which is written when `prepare` runs; or, if the kernel allows it with `mayWait`, of the
   * weight in the file, which some later step packs. Read it before every step.
   */
  packed(tensor: BoundTensor, packing: Packing, mayWait?: boolean): WeightPlace;
  /** @param meanwhile called once for every batch, while the threads pack it. */
  prepare(options?: PrepareOptions, meanwhile?: () => void): Promise<void>;
  /**
   * Runs a step that reads the weights, perhaps after packing some.
   * @param options.several whether it multiplies them with several tokens.
   */
  around<T>(
    step: () => Promise<T>,
    options: { readonly several: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** Releases all weights that this user requested. */
  dispose(): void;
}
