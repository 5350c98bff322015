/**
 * The weights of a backend, where its kernels can read them: in place where the file is mapped and the kernel
 * takes the file's layout, else packed once into the layout that the kernel asks for. Programs that use the same
 * weight share it.
 */
import type { Packing } from "../kernels/launch.ts";
import type { BoundTensor, PrepareOptions } from "./backend.ts";
import { CallTable } from "./call-table.ts";
import type { KernelHost, Region } from "./kernel-host.ts";

interface Pending {
  readonly tensor: BoundTensor;
  readonly packing: Packing;
  readonly region: Region;
}

/** Packed together: enough work for all threads, small enough to report progress and to stop. */
const BATCH_BYTES = 64 << 20;

export class WeightStore implements Disposable {
  readonly #host: KernelHost;
  readonly #packed = new Map<BoundTensor, Map<string, Region>>();
  readonly #copies = new Map<BoundTensor, Region>();
  #pending: Pending[] = [];

  constructor(host: KernelHost) {
    this.#host = host;
  }

  /** Address of the weight as the file has it. */
  plain(tensor: BoundTensor): bigint {
    const { address } = tensor;
    if (address !== undefined && this.#host.readsMappedMemory) return address;
    const known = this.#copies.get(tensor);
    if (known !== undefined) return known.address;
    const copy = this.#copy(tensor);
    this.#copies.set(tensor, copy);
    return copy.address;
  }

  /** Address of the packed weight; it is written when `prepare` runs. */
  packed(tensor: BoundTensor, packing: Packing): bigint {
    let layouts = this.#packed.get(tensor);
    if (layouts === undefined) {
      layouts = new Map();
      this.#packed.set(tensor, layouts);
    }
    let region = layouts.get(packing.layout);
    if (region === undefined) {
      region = this.#host.allocate(packing.byteLength);
      layouts.set(packing.layout, region);
      this.#pending.push({ tensor, packing, region });
    }
    return region.address;
  }

  /** Packs what has been asked for since the last time. */
  async prepare({ signal, onProgress }: PrepareOptions = {}): Promise<void> {
    const total = this.#pending.reduce((sum, { region }) => sum + region.byteLength, 0);
    let done = 0;
    while (this.#pending.length > 0) {
      const batch = this.#nextBatch();
      await this.#pack(batch, signal);
      this.#pending = this.#pending.filter((pending) => !batch.includes(pending));
      done += batch.reduce((sum, { region }) => sum + region.byteLength, 0);
      onProgress?.(done, total);
    }
  }

  #nextBatch(): Pending[] {
    let bytes = 0;
    const end = this.#pending.findIndex(({ region }) => {
      bytes += region.byteLength;
      return bytes > BATCH_BYTES;
    });
    return this.#pending.slice(0, end < 0 ? undefined : Math.max(1, end));
  }

  async #pack(batch: readonly Pending[], signal: AbortSignal | undefined): Promise<void> {
    const temporary: Region[] = [];
    const source = (tensor: BoundTensor): bigint => {
      if (tensor.address !== undefined && this.#host.readsMappedMemory) return tensor.address;
      const copy = this.#copies.get(tensor) ?? this.#copy(tensor);
      if (!this.#copies.has(tensor)) temporary.push(copy);
      return copy.address;
    };
    const launches = batch.map(({ tensor, packing, region }) => ({
      ...packing.launch,
      inputs: [source(tensor)],
      output: region.address,
      barrierBefore: false,
    }));
    const table = new CallTable(this.#host, launches);
    try {
      await table.run(new Map(), signal);
    } finally {
      table.dispose();
      for (const region of temporary) region.dispose();
    }
    for (const { tensor } of batch) tensor.release?.();
  }

  #copy({ bytes }: BoundTensor): Region {
    const region = this.#host.allocate(bytes.byteLength);
    region.bytes(0, bytes.byteLength).set(bytes);
    return region;
  }

  dispose(): void {
    for (const layouts of this.#packed.values()) for (const region of layouts.values()) region.dispose();
    for (const region of this.#copies.values()) region.dispose();
    this.#packed.clear();
    this.#copies.clear();
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}
