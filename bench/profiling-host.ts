/** A host that can run the calls of a table one by one and records the time of each kernel. */
import { NativeHost } from "../src/engine/backend/native/native-host.ts";
import { CALL_BYTES, DRIVER } from "../src/engine/backend/program/driver.ts";
import type { Region } from "../src/engine/backend/program/kernel-host.ts";
import { type Kernel, kernel } from "../src/engine/jit/builder.ts";
import { median } from "../src/measure/figures.ts";

const NOTHING = kernel("nothing", { unused: "int" }, () => {});

export class ProfilingHost extends NativeHost {
  readonly #regions: Region[] = [];
  readonly #names = new Map<bigint, string>();
  /** Seconds by kernel of the running profile; undefined: calls run as usual. */
  seconds: Map<string, number> | undefined;
  /** Calls by kernel, of all profiles. */
  readonly calls = new Map<string, number>();
  /** True: measure processor time instead of wall-clock time, for a shared machine. */
  usesProcessorTime = false;

  #now(): number {
    if (!this.usesProcessorTime) return performance.now();
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }

  override allocate(byteLength: number): Region {
    const region = super.allocate(byteLength);
    this.#regions.push(region);
    return region;
  }

  override kernel(of: Kernel): bigint {
    const address = super.kernel(of);
    this.#names.set(address, of.name);
    return address;
  }

  #read(address: bigint, byteLength: number): DataView {
    const region = this.#regions.findLast(
      (one) => address >= one.address && address < one.address + BigInt(one.byteLength),
    );
    if (region === undefined) throw new Error(`no memory at ${address}`);
    const bytes = region.bytes(Number(address - region.address), byteLength);
    return new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  }

  override async run(address: bigint, blocks: readonly bigint[]): Promise<void> {
    const { seconds } = this;
    if (seconds === undefined || address !== this.kernel(DRIVER)) return super.run(address, blocks);
    const thread = this.#read(blocks[0], DRIVER.blockBytes);
    const table = thread.getBigInt64(0, true);
    const bytes = Number(thread.getBigInt64(8, true));
    for (let offset = 0; offset < bytes; offset += CALL_BYTES) {
      const call = this.#read(table + BigInt(offset), CALL_BYTES);
      const target = call.getBigInt64(0, true);
      const block = call.getBigInt64(8, true);
      const name = this.#names.get(target) ?? "unknown";
      const from = this.#now();
      await super.run(target, new Array<bigint>(this.threadCount).fill(block));
      const passed = (this.#now() - from) / 1000;
      seconds.set(name, (seconds.get(name) ?? 0) + passed);
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    }
  }

  /** Median seconds of a call that does nothing. */
  async emptyCall(): Promise<number> {
    const address = this.kernel(NOTHING);
    using block = this.allocate(64);
    const times: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const from = this.#now();
      await super.run(address, new Array<bigint>(this.threadCount).fill(block.address));
      times.push((this.#now() - from) / 1000);
    }
    return median(times);
  }
}
