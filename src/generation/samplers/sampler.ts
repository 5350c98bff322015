/**
 * Runs a sampler chain over the logits of one sequence. One sampler belongs to one sequence: it holds the
 * sequence's history (for penalties), its random numbers and mirostat's μ. It never changes the caller's logits.
 */
import { freshSeed, Random } from "../../base/random.ts";
import { checkNumber, checkToken, SEED } from "../../schema/numbers.ts";
import { Candidates, MAX_VOCAB_SIZE } from "./candidates.ts";
import { type SamplerContext, TokenHistory } from "./context.ts";
import type { SamplerChain } from "./steps.ts";
import { applyFilters, checkChain, select, startMemory } from "./table.ts";

/** llama.cpp's value for "any seed". */
export const RANDOM_SEED = 0xffffffff;

export interface SamplerOptions {
  readonly vocabSize: number;
  /** Non-negative integer. If absent or 0xFFFFFFFF, a random seed is chosen; read it from `Sampler.seed`. */
  readonly seed?: number | undefined;
}

export interface SampledToken {
  readonly token: number;
  /** Probability of the token among the candidates that the chain kept. */
  readonly probability: number;
  /** Number of candidates that the chain kept. */
  readonly candidateCount: number;
}

export interface Sampler {
  readonly chain: SamplerChain;
  readonly vocabSize: number;
  readonly seed: number;
  /**
   * Chooses the next token without accepting it: the caller calls `accept` once the token is final.
   * @param logits [vocabSize], left unchanged.
   * @param allowed a bit per token (bit `t & 31` of word `t >> 5`), as produced by grammars.
   * @throws RequestError if no token is left, DeviceError for NaN or +Infinity.
   */
  sample(logits: Float32Array, allowed?: Int32Array | Uint32Array): SampledToken;
  /**
   * The tokens that the chain keeps and their probabilities, without drawing one; valid until the next call.
   * Greedy chains keep one token. Of a mirostat chain, only the steps before mirostat are applied.
   */
  distribution(logits: Float32Array, allowed?: Int32Array | Uint32Array): TokenDistribution;
  /** Adds a token of the prompt or of the answer to the history that penalties see. */
  accept(token: number): void;
  /** Returns to the state after construction: empty history, the seed's first random number. */
  reset(): void;
  /** An independent sampler in the same state. */
  clone(): Sampler;
}

export interface TokenDistribution {
  readonly ids: Uint32Array;
  readonly probs: Float32Array;
}

/** @throws RequestError for a chain, seed or vocabulary size that cannot be used. */
export function createSampler(chain: SamplerChain, options: SamplerOptions): Sampler {
  checkNumber("vocabSize", options.vocabSize, { min: 1, max: MAX_VOCAB_SIZE, integer: true });
  checkChain(chain, options.vocabSize);
  const { seed = RANDOM_SEED } = options;
  checkNumber("seed", seed, SEED);
  return new ChainSampler(
    structuredClone(chain),
    options.vocabSize,
    seed === RANDOM_SEED ? freshSeed() : seed,
  );
}

class ChainSampler implements Sampler {
  readonly chain: SamplerChain;
  readonly vocabSize: number;
  readonly seed: number;
  readonly #candidates: Candidates;
  #context: SamplerContext;

  constructor(chain: SamplerChain, vocabSize: number, seed: number, context?: SamplerContext) {
    this.chain = chain;
    this.vocabSize = vocabSize;
    this.seed = seed;
    this.#candidates = new Candidates(vocabSize);
    this.#context = context ?? this.#start();
  }

  #start(): SamplerContext {
    return {
      vocabSize: this.vocabSize,
      history: new TokenHistory(),
      random: new Random(this.seed),
      perToken: new Float64Array(this.vocabSize),
      memory: startMemory(this.chain),
    };
  }

  sample(logits: Float32Array, allowed?: Int32Array | Uint32Array): SampledToken {
    const candidates = this.#candidates;
    candidates.load(logits, allowed);
    applyFilters(this.chain, candidates, this.#context);
    const index = select(this.chain, candidates, this.#context);
    return {
      token: candidates.ids[index],
      probability: candidates.probs[index],
      candidateCount: candidates.length,
    };
  }

  distribution(logits: Float32Array, allowed?: Int32Array | Uint32Array): TokenDistribution {
    const candidates = this.#candidates;
    candidates.load(logits, allowed);
    applyFilters(this.chain, candidates, this.#context);
    if (this.chain[this.chain.length - 1].kind === "greedy") {
      candidates.keepTop(1);
    }
    candidates.normalise();
    const { ids, probs, length } = candidates;
    return { ids: ids.subarray(0, length), probs: probs.subarray(0, length) };
  }

  accept(token: number): void {
    checkToken("token", token, this.vocabSize);
    this.#context.history.push(token);
  }

  reset(): void {
    this.#context = this.#start();
  }

  clone(): Sampler {
    const { history, random, memory, vocabSize } = this.#context;
    const context: SamplerContext = {
      vocabSize,
      history: history.clone(),
      random: random.clone(),
      perToken: new Float64Array(vocabSize),
      memory,
    };
    return new ChainSampler(this.chain, vocabSize, this.seed, context);
  }
}
