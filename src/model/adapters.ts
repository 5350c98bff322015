/**
 * The changes that a runner can apply, and which of them a step needs. Steps without changes run the plain program; a step
 * whose texts all use the same one has a program for it; other steps share one program for all. So a step never reads the
 * matrices of many adapters for the sake of one.
 */

import { type DType, dtypeInfo } from "../base/dtypes.ts";
import { assert, RequestError } from "../base/errors.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { type ChangeTypes, type LowRankChanges, lowRankAdaptation } from "./low-rank.ts";
import type { Adaptation } from "./weights.ts";

/** A change that a runner knows. Its number identifies it for the runner's life. */
export interface RunnerAdapter {
  readonly number: number;
}

/** One of a text's changes, and its factor. */
export interface AdapterUse {
  readonly adapter: RunnerAdapter;
  readonly scale: number;
}

/** The changes of a program, in order. */
export interface AdapterSet {
  /** "" for the plain program. */
  readonly key: string;
  readonly numbers: readonly number[];
}

/**
 * Matrices are stored as precisely as the weights that they change. A quantised A reads the rounded input of the weights; B
 * has too few columns for blocks.
 */
function typesFor(weight: DType): ChangeTypes {
  if (weight === "F32") return { a: "F32", b: "F32" };
  return { a: dtypeInfo(weight).kind === "quantised" ? "Q8_0" : "F16", b: "F16" };
}

const PLAIN: AdapterSet = { key: "", numbers: [] };

export class RunnerAdapters {
  readonly #known = new Map<number, LowRankChanges>();
  readonly #typesOf: (layer: string) => ChangeTypes;
  #next = 1;

  constructor(params: ReadonlyMap<string, BoundTensor>) {
    this.#typesOf = (layer) => typesFor(params.get(`${layer}.weight`)?.dtype ?? "F32");
  }

  add(changes: LowRankChanges): RunnerAdapter {
    const number = this.#next++;
    this.#known.set(number, changes);
    return { number };
  }

  /** False if it is not known (any more). */
  remove({ number }: RunnerAdapter): boolean {
    return this.#known.delete(number);
  }

  /** Uses in a canonical form: known ones with another factor than 0, by number. @throws RequestError for unknown ones. */
  canonical(uses: readonly AdapterUse[]): AdapterUse[] {
    const factors = new Map<number, number>();
    for (const { adapter, scale } of uses) {
      const isKnown = this.#known.has(adapter?.number);
      if (!isKnown || !Number.isFinite(scale)) {
        throw new RequestError({
          doing: "use an adapter",
          expected: isKnown ? "a finite scale" : "one that the model has loaded",
          found: isKnown ? String(scale) : "another",
        });
      }
      factors.set(adapter.number, (factors.get(adapter.number) ?? 0) + scale);
    }
    return [...factors]
      .filter(([, scale]) => scale !== 0)
      .sort(([a], [b]) => a - b)
      .map(([number, scale]) => ({ adapter: { number }, scale }));
  }

  /** The program that serves all of these texts. */
  setFor(texts: readonly (readonly AdapterUse[])[]): AdapterSet {
    const used = new Set(texts.flatMap((uses) => uses.map(({ adapter }) => adapter.number)));
    if (used.size === 0) return PLAIN;
    const numbers = used.size === 1 ? [...used] : [...this.#known.keys()];
    return { key: numbers.join(" "), numbers };
  }

  /** Factors of the set's changes in each text [B, changes]. */
  gates(texts: readonly (readonly AdapterUse[])[], { numbers }: AdapterSet): Float32Array {
    const gates = new Float32Array(texts.length * numbers.length);
    texts.forEach((uses, b) => {
      for (const { adapter, scale } of uses)
        gates[b * numbers.length + numbers.indexOf(adapter.number)] = scale;
    });
    return gates;
  }

  /** Undefined for the plain program. */
  adaptation({ numbers }: AdapterSet): Adaptation | undefined {
    if (numbers.length === 0) return undefined;
    const changes = numbers.map((number) => {
      const known = this.#known.get(number);
      assert(known !== undefined, `there is no adapter ${number}`);
      return known;
    });
    return lowRankAdaptation(changes, this.#typesOf);
  }
}

/** Names the uses, for spaces of the cache: keys and values depend on them. */
export const usesKey = (uses: readonly AdapterUse[]): string =>
  uses.map(({ adapter, scale }) => `${adapter.number}×${scale}`).join(" ");
