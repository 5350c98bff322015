/** The position of a run of batches, as a small JSON object. */
import { RequestError } from "../../base/errors.ts";
import type { Borders, Packing } from "./layout.ts";

/** The settings that determine the order of a run, apart from the mixture. */
export interface RunSettings {
  /** `Corpus.id`. */
  readonly corpus: string;
  readonly seed: number;
  readonly block: number;
  readonly packing: Packing;
  readonly borders: Borders;
}

export interface BatchCursor extends RunSettings {
  readonly version: 1;
  /** Completed steps. */
  readonly step: number;
  readonly sources: readonly {
    readonly name: string;
    /** Share of rows, relative to the others. */
    readonly share: number;
    readonly epoch: number;
    /** Rows of this epoch so far. */
    readonly row: number;
    /** Rows since the mixture was last changed. */
    readonly taken: number;
  }[];
}

/** @throws RequestError for a cursor of another run, or an invalid one. */
export function checkCursor(cursor: BatchCursor, settings: RunSettings, names: readonly string[]): void {
  const doing = "continue from a cursor";
  const fix = "use the settings of that run, or start a new run without a cursor";
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const sound =
    cursor?.version === 1 &&
    isCount(cursor.step) &&
    Array.isArray(cursor.sources) &&
    cursor.sources.every(({ epoch, row, taken }) => [epoch, row, taken].every(isCount));
  if (!sound)
    throw new RequestError({ doing, expected: "a cursor of `batches`", found: "a different value" });
  const [was, is] = [cursor, settings].map((of) => ({
    corpus: of.corpus,
    seed: of.seed,
    block: of.block,
    packing: of.packing,
    borders: of.borders,
  }));
  for (const key of ["corpus", "seed", "block", "packing", "borders"] as const) {
    if (was[key] === is[key]) continue;
    throw new RequestError({ doing, expected: `${key} ${was[key]}`, found: String(is[key]), fix });
  }
  const had = cursor.sources.map(({ name }) => name).join(", ");
  if (had !== names.join(", "))
    throw new RequestError({ doing, expected: `the sources ${had}`, found: names.join(", "), fix });
}
