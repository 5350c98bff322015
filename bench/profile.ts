/**
 * Where the time of a step goes, kernel by kernel:
 *
 *     npx tsx --conditions=cria-source bench/profile.ts MODEL [--tokens 512] [--threads N] [--backend avx512]
 *         [--repeat 5] [--sequences 1] [--at 0] [--cache F32]
 *
 * A step takes so many tokens of each of so many sequences, which have as many tokens in the cache as `--at` says.
 *
 * Instead of the driver, every call of the table is made alone on all threads and timed; what an empty call costs
 * is subtracted; the least of the repeats counts. The difference to the whole step run as usual is what barriers and idle threads cost (less what
 * phases that overlap save). The last line is one JSON object.
 */

import { NativeHost } from "../src/engine/backend/native/native-host.ts";
import { CALL_BYTES, DRIVER } from "../src/engine/backend/program/driver.ts";
import { kernelBackend } from "../src/engine/backend/program/kernel-backend.ts";
import type { Region } from "../src/engine/backend/program/kernel-host.ts";
import { type Kernel, kernel } from "../src/engine/jit/builder.ts";
import { nativeTargets } from "../src/engine/jit/features.ts";
import { median } from "../src/measure/figures.ts";
import { promptTokens, workOf } from "../src/measure/workload.ts";
import type { CacheDtype } from "../src/model/graphs.ts";
import { LlamaRunner } from "../src/model/runner.ts";
import { openModel } from "../src/open/open-model.ts";
import { platform } from "../src/platform/node.ts";
import { openNative } from "../src/platform/node-native.ts";
import { startNativeThreads } from "../src/platform/node-native-threads.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const tokens = Number(option("tokens", "1"));
const threads = Number(option("threads", String(platform.coreCount)));
const repeat = Number(option("repeat", "5"));
const sequenceCount = Number(option("sequences", "1"));
const at = Number(option("at", "0"));
const cacheDtype = option("cache", "F32") as CacheDtype;

const NOTHING = kernel("nothing", { unused: "int" }, () => {});

/** A host that can make the calls of a table one by one. */
class ProfilingHost extends NativeHost {
  readonly #regions: Region[] = [];
  readonly #names = new Map<bigint, string>();
  /** Seconds by kernel of the running profile; undefined: calls go as usual. */
  seconds: Map<string, number> | undefined;

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
    const count = Number(thread.getBigInt64(8, true));
    for (let i = 0; i < count; i++) {
      const call = this.#read(table + BigInt(i * CALL_BYTES), CALL_BYTES);
      const target = call.getBigInt64(0, true);
      const block = call.getBigInt64(8, true);
      const name = this.#names.get(target) ?? "unknown";
      const from = performance.now();
      await super.run(target, new Array<bigint>(this.threadCount).fill(block));
      const passed = (performance.now() - from) / 1000;
      seconds.set(name, (seconds.get(name) ?? 0) + passed);
      calls.set(name, (calls.get(name) ?? 0) + 1);
    }
  }

  /** Median seconds of a call that does nothing. */
  async emptyCall(): Promise<number> {
    const address = this.kernel(NOTHING);
    using block = this.allocate(64);
    const times: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const from = performance.now();
      await super.run(address, new Array<bigint>(this.threadCount).fill(block.address));
      times.push((performance.now() - from) / 1000);
    }
    return median(times);
  }
}

const calls = new Map<string, number>();
const machine = openNative();
const wanted = option("backend");
const target = nativeTargets(machine).find(({ isa }) => wanted === undefined || isa === wanted);
if (target === undefined) throw new Error(`this machine has no ${wanted}`);
const host = new ProfilingHost(target, machine, startNativeThreads(threads));
const backend = kernelBackend(host, target.isa, target.name);
const opened = openModel(path);
const params = new Map(
  [...opened.checkpoint.tensors].map(([name, tensor]) => {
    const { dtype, shape, address } = tensor;
    return [name, { dtype, shape, bytes: tensor.bytes(), address }] as const;
  }),
);
const context = Math.max(64, at + tokens + 8);
const runner = await LlamaRunner.create(opened.config, params, backend, {
  context,
  maxTokens: Math.max(tokens * sequenceCount, at, 8),
  maxSequences: sequenceCount,
  cacheDtype,
});
const sequences = Array.from({ length: sequenceCount }, () => runner.createSequence());
const ids = promptTokens(Math.max(tokens, at), opened.config.vocabSize);

async function step(): Promise<number> {
  for (const sequence of sequences) sequence.truncate(at);
  const from = performance.now();
  await runner.step(sequences.map((sequence) => ({ sequence, tokens: ids.slice(0, tokens), rows: "last" })));
  return (performance.now() - from) / 1000;
}

if (at > 0)
  for (const sequence of sequences) await runner.step([{ sequence, tokens: ids.slice(0, at), rows: "none" }]);
await step();
const whole: number[] = [];
const profiles: Map<string, number>[] = [];
const empty = await host.emptyCall();
for (let i = 0; i < repeat; i++) {
  whole.push(await step());
  host.seconds = new Map();
  calls.clear();
  await step();
  profiles.push(host.seconds);
  host.seconds = undefined;
}
const wholeSeconds = Math.min(...whole);
const rows = [...calls]
  .map(([name, count]) => {
    const seconds = Math.min(...profiles.map((one) => one.get(name) ?? 0)) - count * empty;
    return { kernel: name, calls: count, seconds: Math.max(0, seconds) };
  })
  .sort((a, b) => b.seconds - a.seconds);
const sum = rows.reduce((total, { seconds }) => total + seconds, 0);
const milliseconds = (seconds: number) => (1000 * seconds).toFixed(3).padStart(10);
console.log(
  `${path}, ${sequenceCount} × ${tokens} tokens at ${at}, cache ${cacheDtype}, ${threads} threads, ${target.name}`,
);
for (const row of rows) {
  const share = ((100 * row.seconds) / sum).toFixed(1).padStart(5);
  console.log(`${milliseconds(row.seconds)} ms ${share} %  ${row.kernel} (${row.calls})`);
}
console.log(
  `${milliseconds(sum)} ms         all kernels, one by one (an empty call: ${(1e6 * empty).toFixed(1)} µs)`,
);
console.log(`${milliseconds(wholeSeconds)} ms         the step as it runs`);
runner.dispose();
backend.dispose();
opened.checkpoint.dispose();
const { type, bytesPerToken } = workOf(opened);
console.log(
  JSON.stringify({
    model: path,
    type,
    bytesPerToken,
    tokens,
    sequences: sequenceCount,
    at,
    cacheDtype,
    threads,
    wholeSeconds,
    sumSeconds: sum,
    emptyCallSeconds: empty,
    rows,
  }),
);
