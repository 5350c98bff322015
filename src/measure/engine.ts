/** What the benchmark asks of an engine, whoever made it. */

export interface Workload {
  /** Tokens of the prompt. */
  readonly prompt: number;
  /** Tokens that are generated after a prompt of one. */
  readonly generate: number;
  readonly threads: number;
  /** Tokens that the model knows. */
  readonly vocabSize: number;
}

export interface Loaded {
  /** The engine and its version, or the backend. */
  readonly description: string;
  /** From the call that loads until the model can run; undefined where the engine does not tell. */
  readonly loadSeconds: number | undefined;
  /** From the start of the process to the first token after a prompt of one, the file being in the page cache. */
  readonly firstTokenSeconds: number;
}

export interface Rates {
  readonly promptTokensPerSecond: number;
  readonly generationTokensPerSecond: number;
}

/** An engine with a model, in processes of its own: the memory of two engines must not mix. */
export interface Engine extends AsyncDisposable {
  readonly name: string;
  load(): Promise<Loaded>;
  /** One prompt and one generation, each after a warm-up. */
  measure(): Promise<Rates>;
  /** The most memory that was resident in a process of the engine; undefined where the system does not tell. */
  peakBytes(): Promise<number | undefined>;
}
