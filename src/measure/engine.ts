/** The interface of engines for the benchmark, both Cria and others. */

export interface Workload {
  /** Tokens of the prompt. */
  readonly prompt: number;
  /** Tokens that are generated after a prompt of one token. */
  readonly generate: number;
  readonly threads: number;
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
}

export interface Loaded {
  /** The engine and its version, or the backend. */
  readonly description: string;
  /** From the call that loads until the model can run; undefined if the engine does not report it. */
  readonly loadSeconds: number | undefined;
  /** From the start of the process to the first token after a prompt of one token, with the file in the page cache. */
  readonly firstTokenSeconds: number;
}

export interface Rates {
  readonly promptTokensPerSecond: number;
  readonly generationTokensPerSecond: number;
}

/** An engine with a model, in separate processes, so that the memory of two engines is not mixed. */
export interface Engine extends AsyncDisposable {
  readonly name: string;
  load(): Promise<Loaded>;
  /** One prompt and one generation, each after a warm-up. */
  measure(): Promise<Rates>;
  /** Peak resident memory of a process of the engine; undefined if the system does not report it. */
  peakBytes(): Promise<number | undefined>;
}
