/**
 * Runs one case and judges it. A reader passes if it refuses the file with a CriaError, or returns a result in which
 * every tensor's bytes can be read. It fails if it throws anything else, takes too long, or uses memory out of
 * proportion to the file.
 */
import { type ByteSource, bufferSource } from "../../src/base/bytes.ts";
import { CriaError } from "../../src/base/errors.ts";
import type { TensorFile } from "../../src/formats/tensor-file.ts";
import type { Target } from "./targets.ts";

/** Number of cases that reached each stage. */
export type Stages = Record<string, number>;

export type Verdict =
  | { readonly kind: "read" }
  /** `code` of the error. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Arrays may hold the file twice (a copy and the result), plus some space for small files. */
const MAX_ARRAY_FACTOR = 2;
const ARRAY_SLACK_BYTES = 512 << 10;
/** Objects cost more than bytes, and garbage of earlier cases counts too, so this limit is coarse. */
const HEAP_SLACK_BYTES = 96 << 20;
/** Limit on the decoded size of all tensors, as a multiple of the file: int8 to f32 is four. */
const MAX_TENSOR_FACTOR = 8;
/** Limit on the bytes that a reader may read, as a multiple of the file: repeated reading is how readers hang. */
const MAX_LOOKS = 64;
const LOOK_SLACK_BYTES = 1 << 20;

/** A source that counts the bytes read from it. */
class CountingSource implements ByteSource {
  readonly name: string;
  readonly mapped = true;
  readonly byteLength: number;
  readonly #inner: ByteSource;
  handedOut = 0;

  constructor(inner: ByteSource) {
    this.#inner = inner;
    this.name = inner.name;
    this.byteLength = inner.byteLength;
  }
  bytes(offset: number, length: number): Uint8Array {
    this.handedOut += length;
    if (this.handedOut > MAX_LOOKS * this.byteLength + LOOK_SLACK_BYTES) {
      throw new Error(`the reader has read ${this.handedOut} bytes of a file of ${this.byteLength}`);
    }
    return this.#inner.bytes(offset, length);
  }
  dispose(): void {}
  [Symbol.dispose](): void {}
}

type Judged = Pick<Target, "run" | "isDisjoint" | "workBytes">;

/** @param stages incremented for each stage that the case reaches. */
export async function checkCase(
  target: Judged,
  bytes: Uint8Array,
  maxMillis = 2000,
  stages: Stages = {},
): Promise<Verdict> {
  const before = process.memoryUsage();
  const start = performance.now();
  const reach = (stage: string): void => {
    stages[stage] = (stages[stage] ?? 0) + 1;
  };
  const verdict = await judge(target, bytes, before, reach);
  const millis = performance.now() - start;
  if (verdict.kind === "failed" || millis <= maxMillis) return verdict;
  return { kind: "failed", reason: `took ${millis.toFixed(0)} ms for ${bytes.byteLength} bytes` };
}

async function judge(
  target: Judged,
  bytes: Uint8Array,
  before: NodeJS.MemoryUsage,
  reach: (stage: string) => void,
): Promise<Verdict> {
  let verdict: Verdict;
  try {
    const source = new CountingSource(bufferSource(bytes, "fuzz.bin"));
    const result = target.run(source, reach, (inner) => new CountingSource(inner));
    const file = result instanceof Promise ? await result : result;
    const excess = memoryExcess(bytes.byteLength, before, target.workBytes); // decoding has its own limit
    const broken =
      file === undefined ? undefined : brokenTensor(file, bytes.byteLength, target.isDisjoint === true);
    if (file !== undefined) reach("tensors read");
    file?.dispose();
    const reason = excess ?? broken;
    verdict = reason === undefined ? { kind: "read" } : { kind: "failed", reason };
  } catch (error) {
    const excess = memoryExcess(bytes.byteLength, before, target.workBytes);
    if (excess !== undefined) verdict = { kind: "failed", reason: excess };
    else if (error instanceof CriaError) verdict = { kind: "refused", code: error.code };
    else
      verdict = {
        kind: "failed",
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
  }
  return verdict;
}

function memoryExcess(
  byteLength: number,
  before: NodeJS.MemoryUsage,
  workBytes = ARRAY_SLACK_BYTES,
): string | undefined {
  const now = process.memoryUsage();
  const arrays = now.arrayBuffers - before.arrayBuffers;
  if (arrays > MAX_ARRAY_FACTOR * byteLength + workBytes) return `allocated ${arrays} bytes of arrays`;
  const heap = now.heapUsed - before.heapUsed;
  return heap > HEAP_SLACK_BYTES ? `the heap grew by ${heap} bytes` : undefined;
}

/** The fault of a tensor in an accepted file, in which every tensor must be readable. */
function brokenTensor(file: TensorFile, fileBytes: number, isDisjoint: boolean): string | undefined {
  try {
    return (isDisjoint ? sharedBytes(file) : undefined) ?? readTensors(file, fileBytes);
  } catch (error) {
    return `a tensor of an accepted file cannot be read: ${(error as Error).message}`;
  }
}

/** Finds two tensors that share bytes of the file. */
function sharedBytes(file: TensorFile): string | undefined {
  const ranges = [...file.tensors]
    .filter(([, { byteLength }]) => byteLength > 0)
    .map(([name, entry]) => ({ name, view: entry.bytes() }))
    .sort((a, b) => a.view.byteOffset - b.view.byteOffset);
  for (let i = 1; i < ranges.length; i++) {
    const [before, after] = [ranges[i - 1], ranges[i]];
    const isSame = before.view.buffer === after.view.buffer;
    if (isSame && before.view.byteOffset + before.view.byteLength > after.view.byteOffset)
      return `tensors "${before.name}" and "${after.name}" share bytes`;
  }
  return undefined;
}

/** Reads every tensor; returns the fault of one, if any. */
function readTensors(file: TensorFile, fileBytes: number): string | undefined {
  let total = 0;
  for (const entry of file.tensors.values()) total += entry.byteLength;
  if (!(total <= MAX_TENSOR_FACTOR * fileBytes)) return `the tensors claim ${total} bytes`;
  for (const [name, entry] of file.tensors) {
    const { byteLength } = entry.bytes();
    if (byteLength !== entry.byteLength)
      return `tensor "${name}" has ${byteLength} bytes, not ${entry.byteLength}`;
  }
  return undefined;
}
