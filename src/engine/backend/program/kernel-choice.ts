/**
 * Which kernel a launch calls in a step: its own, or one of its short kernels. A kernel that has been compiled already is
 * taken if it is as fast as any; else the shortest, so that the first token comes early. Kernels that are slower than the
 * launch's own are replaced after a few steps.
 */
import { assert } from "../../../base/errors.ts";
import type { Launch, ShortKernel, TokenRange } from "../../kernels/launch.ts";
import type { KernelHost } from "./kernel-host.ts";

/** Steps that may use kernels slower than the launch's own. */
const SLOW_STEPS = 4;

type Chosen = Pick<ShortKernel, "kernel" | "unused" | "fast">;

const includes = ([least, most]: TokenRange, tokens: number): boolean => tokens >= least && tokens <= most;

/** The short kernels that compute a step with this many tokens. */
export function shortKernelsFor(launch: Launch, tokens: number, inFile: boolean): readonly ShortKernel[] {
  return (launch.short ?? []).filter(
    (one) => includes(one.tokens, tokens) && (inFile || one.inFile !== true),
  );
}

const isFast = ({ fast }: Chosen, tokens: number): boolean => fast !== undefined && includes(fast, tokens);

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
    const { kernel, short = [], fastFrom = 0 } = launch;
    this.#host = host;
    this.#launch = launch;
    this.#own = { kernel, fast: [fastFrom, Number.POSITIVE_INFINITY] };
    this.#chosen = this.#own;
    for (const one of short)
      assert(one.kernel.blockBytes === kernel.blockBytes, `${one.kernel.name} has other parameters`);
  }

  /** Chooses for a step with this many tokens, with the weight in the file's layout or not. */
  choose(tokens: number, inFile: boolean): void {
    const isSame = tokens === this.#tokens && inFile === this.#inFile;
    if (isSame && this.isFinal) return;
    this.#tokens = tokens;
    this.#inFile = inFile;
    this.#chosen = this.#choice(tokens, inFile);
    this.#address = undefined;
    if (!this.isFinal) this.#slowSteps++;
  }

  /** Whether the next step of the same kind is sure to use the same kernel. */
  get isFinal(): boolean {
    return isFast(this.#chosen, this.#tokens);
  }

  #choice(tokens: number, inFile: boolean): Chosen {
    const all: readonly Chosen[] = [...shortKernelsFor(this.#launch, tokens, inFile), this.#own];
    const fast = all.filter((one) => isFast(one, tokens));
    const compiled = fast.find(({ kernel }) => this.#host.hasKernel(kernel));
    const shortest = this.#slowSteps < SLOW_STEPS ? all[0] : fast[0];
    return compiled ?? shortest ?? this.#own;
  }

  /** Address of the chosen kernel; compiles it if that is necessary. */
  get address(): bigint {
    this.#address ??= this.#host.kernel(this.#chosen.kernel);
    return this.#address;
  }

  /** Whether the chosen kernel uses the argument. */
  uses(argument: string): boolean {
    return this.#chosen.unused?.includes(argument) !== true;
  }
}
