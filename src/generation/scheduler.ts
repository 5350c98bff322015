/**
 * Continuous batching: every running text gets its next token in the same step, and prompts are fed in chunks
 * beside them, so that one user's long prompt does not stop another's answer. A text's tokens do not depend on
 * what else is in the batch. Texts wait in order when all places are taken.
 */
import { ContextError } from "../base/errors.ts";
import type { CachedSequence } from "../cache/kv-cache.ts";
import type { LlamaRunner, StepPart } from "../model/runner.ts";

/** One text to be generated, as the scheduler sees it. */
export interface Job {
  readonly prompt: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /**
   * Instead of ending when the context is full: keep the first `keep` tokens, drop the older half of the rest,
   * and compute what stays anew at its new positions. Absent: the job ends with "context".
   */
  readonly contextShift?: { readonly keep: number } | undefined;
  /** The whole prompt has been computed; called before the first `next`. */
  prefilled(): void;
  /** Chooses the token after the given logits; undefined ends the text. May throw, which ends it too. */
  next(logits: Float32Array): number | undefined;
  /** Tokens were dropped by a shift. */
  shifted(dropped: number): void;
  /** Called exactly once. `context`: no room for another token. */
  ended(
    reason: { readonly kind: "done" | "context" } | { readonly kind: "failed"; readonly error: unknown },
  ): void;
}

interface Running {
  readonly job: Job;
  readonly sequence: CachedSequence;
  /** All tokens in the cache, in order. */
  cached: number[];
  /** Tokens still to be computed. */
  pending: number[];
  prefilled: boolean;
}

export class Scheduler {
  readonly #runner: LlamaRunner;
  readonly #waiting: Job[] = [];
  readonly #tasks: (() => Promise<void>)[] = [];
  #running: Running[] = [];
  #loop: Promise<void> | undefined;
  #closed = false;

  constructor(runner: LlamaRunner) {
    this.#runner = runner;
  }

  /** Texts that run or wait. */
  get load(): number {
    return this.#running.length + this.#waiting.length;
  }

  /** Throws ContextError if the prompt does not fit and no shift is allowed. */
  submit(job: Job): void {
    const { context } = this.#runner.limits;
    if (job.prompt.length >= context && job.contextShift === undefined) {
      throw new ContextError({
        doing: "generate",
        expected: `a prompt of at most ${context - 1} tokens`,
        found: `${job.prompt.length}`,
        fix: "shorten it, load the model with a larger context, or allow a context shift",
      });
    }
    this.#waiting.push(job);
    this.#loop ??= this.#run();
  }

  /** Runs a task of the runner's owner between two steps; texts wait meanwhile. */
  alone<Result>(task: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#loop ??= this.#run();
    });
  }

  /** Ends every text with the given error and waits until nothing runs. */
  async close(error: unknown): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.ended({ kind: "failed", error });
    for (const running of [...this.#running]) this.#end(running, { kind: "failed", error });
    await this.#loop;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // whoever submits in this turn is in the first step
    while (!this.#closed && (this.load > 0 || this.#tasks.length > 0)) {
      for (const task of this.#tasks.splice(0)) await task();
      this.#dropAborted();
      this.#admit();
      if (this.#running.length > 0) await this.#step();
    }
    this.#loop = undefined;
  }

  #dropAborted(): void {
    const aborted = (job: Job): boolean => job.signal?.aborted ?? false;
    for (const running of this.#running.filter(({ job }) => aborted(job))) {
      this.#end(running, { kind: "failed", error: running.job.signal?.reason });
    }
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (!aborted(this.#waiting[i])) continue;
      const [job] = this.#waiting.splice(i, 1);
      job.ended({ kind: "failed", error: job.signal?.reason });
    }
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#running.length < this.#runner.limits.maxSequences) {
      const job = this.#waiting.shift() as Job;
      const sequence = this.#runner.createSequence();
      this.#running.push({ job, sequence, cached: [], pending: [...job.prompt], prefilled: false });
    }
  }

  async #step(): Promise<void> {
    for (const running of this.#running) this.#makeRoom(running);
    const chunks = this.#compose();
    if (chunks.length === 0) return;
    const parts = chunks.map(({ running, length }): StepPart => {
      const tokens = running.pending.slice(0, length);
      return {
        sequence: running.sequence,
        tokens,
        logits: length === running.pending.length ? "last" : "none",
      };
    });
    const abandon = new AbortController();
    const watch = (): void => {
      if (chunks.every(({ running }) => running.job.signal?.aborted)) abandon.abort();
    };
    for (const { running } of chunks) running.job.signal?.addEventListener("abort", watch);
    try {
      const rows = await this.#runner.step(parts, { signal: abandon.signal });
      chunks.forEach(({ running, length }, i) => {
        this.#advance(running, length, rows[i].at(-1));
      });
    } catch (error) {
      if (abandon.signal.aborted) return; // everybody left; dropAborted tells them
      for (const { running } of chunks) this.#end(running, { kind: "failed", error });
    } finally {
      for (const { running } of chunks) running.job.signal?.removeEventListener("abort", watch);
    }
  }

  /** Single tokens first, then prompts in order of arrival, as many tokens as a step takes. */
  #compose(): { running: Running; length: number }[] {
    let room = this.#runner.limits.maxTokens;
    const byUrgency = [...this.#running].sort(
      (a, b) => Number(a.pending.length > 1) - Number(b.pending.length > 1),
    );
    const { context } = this.#runner.limits;
    return byUrgency.flatMap((running) => {
      const length = Math.min(running.pending.length, room, context - running.sequence.length);
      room -= length;
      return length === 0 ? [] : [{ running, length }];
    });
  }

  /** Shifts a sequence whose cache is full, or ends it. */
  #makeRoom(running: Running): void {
    const { job, sequence, cached } = running;
    if (sequence.length < this.#runner.limits.context) return;
    if (job.contextShift === undefined) {
      this.#end(running, { kind: "context" });
      return;
    }
    const keep = Math.min(job.contextShift.keep, cached.length - 2);
    const dropped = Math.max(1, Math.floor((cached.length - keep) / 2));
    sequence.truncate(keep);
    running.pending = [...cached.slice(keep + dropped), ...running.pending];
    running.cached = cached.slice(0, keep);
    job.shifted(dropped);
  }

  #advance(running: Running, length: number, logits: Float32Array | undefined): void {
    if (!this.#running.includes(running)) return; // ended while the step ran
    running.cached.push(...running.pending.splice(0, length));
    if (logits === undefined || running.job.signal?.aborted) return;
    try {
      if (!running.prefilled) running.job.prefilled();
      running.prefilled = true;
      const token = running.job.next(logits);
      if (token === undefined) this.#end(running, { kind: "done" });
      else running.pending.push(token);
    } catch (error) {
      this.#end(running, { kind: "failed", error });
    }
  }

  #end(running: Running, reason: Parameters<Job["ended"]>[0]): void {
    if (!this.#running.includes(running)) return;
    this.#running = this.#running.filter((other) => other !== running);
    running.sequence.dispose();
    running.job.ended(reason);
  }
}
