/**
 * AdamW [AdamW], algorithm 2: moments of the gradient, corrected for their start at zero, and decoupled weight
 * decay: w ← w − lr·(m̂/(√v̂ + ε) + λ·w). Defaults are those of LLaMA 2's pretraining.
 */

export interface AdamWOptions {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  /** λ; applied to every parameter with `decays`. */
  readonly weightDecay?: number;
}

/** One parameter, its gradient of this step, and whether decay applies (matrices: yes, norms: no). */
export interface Trainable {
  readonly values: Float32Array;
  readonly gradient: ArrayLike<number>;
  readonly decays: boolean;
}

interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** The optimiser over plain arrays, one step per call. */
export class AdamW {
  readonly #moments = new Map<string, Moments>();
  #step = 0;

  /** Steps taken so far. */
  get steps(): number {
    return this.#step;
  }

  /** Updates every parameter in place. The names must stay the same from step to step. */
  update(parameters: ReadonlyMap<string, Trainable>, options: AdamWOptions): void {
    const { learningRate, beta1 = 0.9, beta2 = 0.95, eps = 1e-5, weightDecay = 0.1 } = options;
    this.#step++;
    const firstCorrection = 1 - beta1 ** this.#step;
    const secondCorrection = 1 - beta2 ** this.#step;
    for (const [name, { values, gradient, decays }] of parameters) {
      const { first, second } = this.#momentsOf(name, values.length);
      const decay = decays ? weightDecay : 0;
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i];
        first[i] = beta1 * first[i] + (1 - beta1) * g;
        second[i] = beta2 * second[i] + (1 - beta2) * g * g;
        const direction = first[i] / firstCorrection / (Math.sqrt(second[i] / secondCorrection) + eps);
        values[i] -= learningRate * (direction + decay * values[i]);
      }
    }
  }

  #momentsOf(name: string, length: number): Moments {
    let moments = this.#moments.get(name);
    if (moments === undefined) {
      moments = { first: new Float32Array(length), second: new Float32Array(length) };
      this.#moments.set(name, moments);
    }
    return moments;
  }
}

/** Scales the gradients so that their global norm is at most `limit`; returns the norm before scaling. */
export function clipGradients(gradients: Iterable<Float32Array>, limit: number): number {
  const all = [...gradients];
  let squares = 0;
  for (const gradient of all) for (const g of gradient) squares += g * g;
  const norm = Math.sqrt(squares);
  if (norm > limit)
    for (const gradient of all) for (let i = 0; i < gradient.length; i++) gradient[i] *= limit / norm;
  return norm;
}
