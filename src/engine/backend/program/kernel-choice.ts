/**
 * Which kernel a launch calls in a step: its own, or one of its short kernels. A kernel that has been compiled already is
 * taken if it is as fast as any; else the shortest, so that the first token comes early. Kernels that are slower than the
 * launch's own are replaced after a few steps.
 */
import { assert } from "../../../base/errors.ts";
import type { Launch, ShortKernel } from "../../kernels/launch.ts";
import type { KernelHost } from "./kernel-host.ts";

/** Steps that may use kernels slower than the launch's own. */
const SLOW_STEPS = 4;

type Chosen = Pick<ShortKernel, "kernel" | "unused" | "fastTokens">;

/** The short kernels that compute a step with this many tokens. */
export function shortKernelsFor(launch: Launch, tokens: number, inFile: boolean): readonly ShortKernel[] {
  return (launch.short ?? []).filter((one) => tokens <= one.mostTokens && (inFile || !one.inFile));
}

/** The choice for one launch, step after step. */
export class KernelChoice {
  readonly #host: KernelHost;
  readonly #launch: Launch;
  readonly #own: Chosen;
  #chosen: Chosen;
  #address: bigint | undefined;
  /** The step for which it was chosen. */
  #tokens = -1;
  #inFile = false;
  #slowSteps = 0;

  constructor(host: KernelHost, launch: Launch) {
    this.#host = host;
    this.#launch = launch;
    this.#own = { kernel: launch.kernel, unused: [], fastTokens: Number.POSITIVE_INFINITY };
    this.#chosen = this.#own;
    for (const { kernel } of launch.short ?? [])
      assert(kernel.blockBytes === launch.kernel.blockBytes, `${kernel.name} has other parameters`);
  }

  /** Chooses for a step with this many tokens, with the weight in the file's layout or not. */
  choose(tokens: number, inFile: boolean): void {
    const isSlow = tokens > this.#chosen.fastTokens;
    if (!isSlow && tokens === this.#tokens && inFile === this.#inFile) return;
    this.#tokens = tokens;
    this.#inFile = inFile;
    this.#chosen = this.#choice(tokens, inFile);
    this.#address = undefined;
    if (tokens > this.#chosen.fastTokens) this.#slowSteps++;
  }

  #choice(tokens: number, inFile: boolean): Chosen {
    const all: readonly Chosen[] = [...shortKernelsFor(this.#launch, tokens, inFile), this.#own];
    const fast = all.filter(({ fastTokens }) => tokens <= fastTokens);
    const compiled = fast.find(({ kernel }) => this.#host.hasKernel(kernel));
    return compiled ?? (this.#slowSteps < SLOW_STEPS ? all : fast)[0];
  }

  /** Address of the chosen kernel; compiles it if that is necessary. */
  get address(): bigint {
    this.#address ??= this.#host.kernel(this.#chosen.kernel);
    return this.#address;
  }

  /** Whether the chosen kernel uses the argument. */
  uses(argument: string): boolean {
    return !this.#chosen.unused.includes(argument);
  }
}
