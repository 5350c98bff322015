/** Weights that are still on their way while the first steps run: a step is computed in stages, as they arrive. */
import { assert } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import type { Program, StepOptions } from "../engine/backend/backend.ts";
import { type Stage, stagesOf } from "./graphs.ts";

export interface NeedOptions {
  /** Tokens whose rows of the embedding are needed as well. */
  readonly tokens?: ArrayLike<number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Tells when parameters can be read, by their canonical names. */
export interface Arriving {
  /** Whether all of them are here. */
  has(names: readonly string[]): boolean;
  /** Resolves when all of them are here. Rejects if they cannot come any more, or turned out to be wrong. */
  need(names: readonly string[], options?: NeedOptions): Promise<void>;
}

/** The parameters that a stage reads, without the embedding, of which single rows are enough. */
export function stageWeights(config: ModelConfig, { from, to, results }: Stage): string[] {
  return parameterShapes(config).flatMap(({ name, layer, role, optional }) => {
    if (optional === true) return [];
    if (layer !== undefined) return layer >= from && layer < to ? [name] : [];
    // A tied model's results are products with the embedding.
    return results && (role !== "embedding" || config.tied) ? [name] : [];
  });
}

type Outputs = Readonly<Record<string, Float32Array>>;

/** What a step passes to its program. */
export interface StepRun {
  readonly inputs: Readonly<Record<string, Int32Array | Float32Array>> & { readonly tokens: Int32Array };
  readonly dims: Readonly<Record<string, number>>;
  readonly options: StepOptions;
}

/** Runs steps of a model whose weights are arriving. */
export class StagedSteps {
  readonly #arriving: Arriving;
  readonly #stages: readonly { readonly stage: Stage; readonly names: readonly string[] }[];
  readonly #all: readonly string[];

  constructor(config: ModelConfig, arriving: Arriving) {
    this.#arriving = arriving;
    this.#stages = stagesOf(config).map((stage) => ({ stage, names: stageWeights(config, stage) }));
    this.#all = this.#stages.flatMap(({ names }) => names);
  }

  /**
   * Runs a step in stages; or, if its weights are here or it cannot be divided, waits for what it reads.
   * @returns undefined if the whole step can now run in one program.
   */
  async run(
    { inputs, dims, options }: StepRun,
    isDivisible: boolean,
    compile: (stage: Stage) => Promise<Program>,
  ): Promise<Outputs | undefined> {
    const { signal } = options;
    const { tokens } = inputs;
    if (!isDivisible || this.#arriving.has(this.#all)) {
      await this.#arriving.need(this.#all, { tokens, signal });
      return undefined;
    }
    let residual = new Float32Array(0);
    for (const { stage, names } of this.#stages) {
      await this.#arriving.need(names, { tokens: stage.from === 0 ? tokens : undefined, signal });
      using program = await compile(stage);
      const outputs = await program.run({ ...inputs, residual }, dims, options);
      // The next program's memory may be this one's.
      const copies = Object.entries(outputs).map(([name, values]) => [name, values.slice()] as const);
      if (stage.results) return Object.fromEntries(copies);
      residual = outputs.residual.slice();
    }
    assert(false, "no stage has results");
  }
}
