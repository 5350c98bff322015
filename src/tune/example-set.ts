/**
 * Examples in memory as training data: encoded once, with what is learnt of each, split into a training part and a
 * held-out part by the hash of their text. Records that cannot be used are counted and listed, never silently lost.
 */

import { platform } from "#platform";
import { type Problem, RequestError } from "../base/errors.ts";
import {
  type Example,
  placeText,
  type ReadConversations,
  type ReadFile,
  type TokenDocuments,
  type TrainingData,
  type TrainingSource,
  tokenizerIdentity,
} from "../data/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Long } from "./choices.ts";
import { type EncodedExample, type EncodeSettings, encodeExample } from "./example.ts";

export interface SetOptions extends EncodeSettings {
  /** Tokens of a row: an example may have one more, because its last token is only a target. */
  readonly length: number;
  readonly long: Long;
  /** Share of the examples that are held out. */
  readonly heldOut: number;
  /** The vocabulary's file, for the saved model. */
  readonly tokenizerPath?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A record that was left out, and why. */
export interface Dropped {
  readonly place: string;
  readonly reason: string;
}

/** What became of the records of the files. */
export interface SetReport {
  readonly files: readonly ReadFile[];
  readonly examples: { readonly train: number; readonly heldOut: number };
  readonly tokens: { readonly all: number; readonly learnt: number };
  /** Lengths of all examples in tokens, ascending, before cutting. */
  readonly lengths: readonly number[];
  /** Records whose end was cut off. */
  readonly cut: readonly string[];
  readonly dropped: readonly Dropped[];
}

/** The documents of a split: all tokens in one array. */
class ExampleDocuments implements TokenDocuments {
  readonly #starts: Uint32Array;
  readonly #tokens: Uint32Array;
  readonly #learnt: Uint8Array;
  readonly #bytes: readonly number[];

  constructor(examples: readonly EncodedExample[], bytes: readonly number[]) {
    this.#starts = new Uint32Array(examples.length + 1);
    examples.forEach(({ tokens }, i) => {
      this.#starts[i + 1] = this.#starts[i] + tokens.length;
    });
    this.#tokens = new Uint32Array(this.tokenCount);
    this.#learnt = new Uint8Array(this.tokenCount);
    examples.forEach(({ tokens, learnt }, i) => {
      this.#tokens.set(tokens, this.#starts[i]);
      this.#learnt.set(learnt, this.#starts[i]);
    });
    this.#bytes = bytes;
  }

  get count(): number {
    return this.#bytes.length;
  }
  get tokenCount(): number {
    return this.#starts[this.#starts.length - 1];
  }
  lengthOf(document: number): number {
    return this.#starts[document + 1] - this.#starts[document];
  }
  tokensOf(document: number, from = 0, to = this.lengthOf(document)): Uint32Array {
    return this.#tokens.subarray(...this.#range(document, from, to));
  }
  learntOf(document: number, from: number, to: number): Uint8Array {
    return this.#learnt.subarray(...this.#range(document, from, to));
  }
  byteLengthOf(document: number): number {
    return this.#bytes[document];
  }
  #range(document: number, from: number, to: number): [number, number] {
    const [start, end] = [this.#starts[document], this.#starts[document + 1]];
    return [Math.min(start + from, end), Math.min(start + to, end)];
  }

  /** Adds everything that training reads to a hash. */
  hashInto(hash: { update(bytes: Uint8Array): void }): void {
    for (const array of [this.#starts, this.#tokens])
      hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    hash.update(this.#learnt);
  }
}

const SOURCE = "examples";

/** Training data made of examples. */
export class ExampleSet implements TrainingData {
  readonly id: string;
  readonly path: string;
  readonly tokenizer: Tokenizer;
  readonly tokenizerPath: string | undefined;
  readonly startsWithBos: boolean;
  readonly unscored = undefined;
  readonly sources: readonly TrainingSource[];
  readonly report: SetReport;

  /** Use `makeExampleSet`. */
  constructor(
    path: string,
    splits: { readonly train: ExampleDocuments; readonly heldOut: ExampleDocuments },
    { tokenizer, tokenizerPath }: SetOptions,
    report: SetReport,
  ) {
    this.path = path;
    this.tokenizer = tokenizer;
    this.tokenizerPath = tokenizerPath;
    this.startsWithBos = tokenizer.addBos;
    this.sources = [{ name: SOURCE, weight: undefined, ...splits }];
    this.report = report;
    const hash = platform.hash("sha256");
    hash.update(new TextEncoder().encode(tokenizerIdentity(tokenizer)));
    splits.train.hashInto(hash);
    splits.heldOut.hashInto(hash);
    this.id = hash.digest();
  }

  source(name: string): TrainingSource {
    const found = this.sources.find((source) => source.name === name);
    if (found !== undefined) return found;
    throw new RequestError({ doing: `use the source "${name}"`, expected: SOURCE, found: "no such source" });
  }
}

const utf8 = new TextEncoder();

/** The first 48 bits of the text's hash, as a fraction of 1, are below the share: copies are on the same side. */
function isHeldOut(text: Uint8Array, share: number): boolean {
  const hash = platform.hash("sha256");
  hash.update(text);
  return Number.parseInt(hash.digest().slice(0, 12), 16) / 2 ** 48 < share;
}

function reasonOf({ expected, found }: Problem): string {
  return expected === undefined ? found : `expected ${expected}, got ${found}`;
}

/** Examples between two turns of the event loop. */
const TURN = 256;

/** Collects encoded examples and what happens to them. */
class Collector {
  readonly train: EncodedExample[] = [];
  readonly heldOut: EncodedExample[] = [];
  readonly bytes = { train: [] as number[], heldOut: [] as number[] };
  readonly lengths: number[] = [];
  readonly cut: string[] = [];
  readonly dropped: Dropped[] = [];
  readonly #options: SetOptions;

  constructor(options: SetOptions) {
    this.#options = options;
  }

  add(example: Example): void {
    const place = placeText(example.place);
    const found = encodeExample(example, this.#options);
    if (!("tokens" in found)) {
      this.dropped.push({ place, reason: reasonOf(found) });
      return;
    }
    this.lengths.push(found.tokens.length);
    const fitting = this.#fitted(found, place);
    if (fitting === undefined) return;
    const text = utf8.encode(JSON.stringify(example.content));
    const split = isHeldOut(text, this.#options.heldOut) ? "heldOut" : "train";
    this[split].push(fitting);
    this.bytes[split].push(text.byteLength);
  }

  #fitted(example: EncodedExample, place: string): EncodedExample | undefined {
    const { length, long } = this.#options;
    const most = length + 1;
    if (example.tokens.length <= most) return example;
    if (long === "drop") {
      this.dropped.push({ place, reason: `${example.tokens.length} tokens, more than ${most}` });
      return undefined;
    }
    const learnt = example.learnt.subarray(0, most);
    if (!learnt.includes(1)) {
      this.dropped.push({ place, reason: `nothing is learnt of its first ${most} tokens` });
      return undefined;
    }
    this.cut.push(place);
    return { tokens: example.tokens.slice(0, most), learnt };
  }
}

/** @throws RequestError if no example is left. */
export async function makeExampleSet(read: ReadConversations, options: SetOptions): Promise<ExampleSet> {
  const collector = new Collector(options);
  for (const { place, problem } of read.bad)
    collector.dropped.push({ place: placeText(place), reason: reasonOf(problem) });
  for (const [i, example] of read.examples.entries()) {
    collector.add(example);
    if (i % TURN !== 0) continue;
    options.signal?.throwIfAborted();
    options.onProgress?.(i, read.examples.length);
    await platform.yieldToEventLoop();
  }
  const { train, heldOut, bytes, lengths, cut, dropped } = collector;
  const path = read.files.map(({ name }) => name).join(", ");
  if (train.length === 0) {
    throw new RequestError({
      doing: `make examples of "${path}"`,
      expected: "at least one that can be used",
      found: `none of ${read.examples.length + read.bad.length}`,
      fix: dropped.length === 0 ? "check the file" : `the first: ${dropped[0].place}: ${dropped[0].reason}`,
    });
  }
  const all = [...train, ...heldOut];
  const report: SetReport = {
    files: read.files,
    examples: { train: train.length, heldOut: heldOut.length },
    tokens: {
      all: all.reduce((sum, { tokens }) => sum + tokens.length, 0),
      learnt: all.reduce((sum, example) => sum + example.learnt.reduce((count, each) => count + each, 0), 0),
    },
    lengths: lengths.sort((a, b) => a - b),
    cut,
    dropped,
  };
  const splits = {
    train: new ExampleDocuments(train, bytes.train),
    heldOut: new ExampleDocuments(heldOut, bytes.heldOut),
  };
  return new ExampleSet(path, splits, options, report);
}
