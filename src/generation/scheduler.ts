/**
 * Continuous batching: every running text gets its next token in the same step, and prompts are processed in chunks
 * in the same steps, so that one user's long prompt does not block another's answer. A text's tokens do not depend on
 * the rest of the batch. Texts wait in order when all places are taken.
 *
 * A prompt is computed only once: a text takes cached pages of its prefix. If another text is about to
 * compute the same page in the same step, it waits a step and takes that page.
 *
 * A step is as long as the slowest part of it: while texts generate, chunks of prompts are short enough to keep their
 * pace (pace.ts). Places are shared fairly between clients (queue.ts).
 *
 * A text that is only read does not wait for others to end: if all places are taken, one text gives up its place
 * and returns later. Its tokens are then computed again, with the same bits. The same happens if the cache has fewer
 * pages than all texts together need.
 */
import { assert, ContextError, RequestError } from "../base/errors.ts";
import { type CachedSequence, CacheFullError } from "../cache/index.ts";
import { pagesPerSequence } from "../model/graphs.ts";
import { RowBuffers } from "../model/row-buffers.ts";
import type { LlamaRunner, SequenceOptions } from "../model/runner.ts";
import type { StepResult } from "../model/step-arrays.ts";
import { type Chunk, composeStep, type StepSources, tokensOf } from "./compose.ts";
import type { Job, TextEnding } from "./job.ts";
import { Pace } from "./pace.ts";
import { FairQueue, type Waiting } from "./queue.ts";
import { isPausable, type Running, withoutGuesses } from "./running.ts";
import { sharedLength } from "./shorten.ts";
import { unwanted, wantsOf } from "./step-parts.ts";

export interface SchedulerOptions {
  /** Most milliseconds between two tokens of a text while prompts of others are computed; see Pace. Default: no limit. */
  readonly maxGapMs?: number | undefined;
}

/** Runs jobs on one runner, step after step, until none is left. */
export class Scheduler {
  readonly #runner: LlamaRunner;
  readonly #waiting = new FairQueue();
  readonly #pace: Pace;
  #running: Running[] = [];
  #loop: Promise<void> | undefined;
  /** Set once nothing more may run; the reason. */
  #closed: { readonly error: unknown } | undefined;
  #step = new AbortController();
  readonly #buffers = new RowBuffers();

  constructor(runner: LlamaRunner, { maxGapMs = Number.POSITIVE_INFINITY }: SchedulerOptions = {}) {
    this.#runner = runner;
    this.#pace = new Pace({ maxGapMs, pageSize: runner.limits.pageSize });
  }

  /** Texts that run or wait. */
  get load(): number {
    return this.#running.length + this.#waiting.length;
  }
  /** Texts that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Throws ContextError if the prompt does not fit and no shift is allowed. */
  submit(job: Job): void {
    const { context } = this.#runner.limits;
    // A text that is only read needs no space for another token.
    const longest = job.onlyReads === true ? context : context - 1;
    if (job.prompt.length > longest && job.shorten === undefined) {
      throw new ContextError({
        doing: "generate",
        expected: `a prompt of at most ${longest} tokens`,
        found: `${job.prompt.length}`,
        fix: "shorten it, load the model with a larger context, or allow a context shift",
      });
    }
    if (this.#closed !== undefined)
      throw new RequestError({ doing: "generate", found: "a closed scheduler" });
    this.#waiting.add({ job, pending: [...job.prompt], cached: 0, prefilled: false });
    this.#loop ??= this.#run();
  }

  /** Ends every text with the given error and waits until nothing runs. */
  async close(error: unknown): Promise<void> {
    this.#closed ??= { error };
    this.#step.abort(error);
    await this.#loop;
    this.#failAll(error);
  }

  #failAll(error: unknown): void {
    for (const { job } of this.#waiting.clear()) job.ended({ kind: "failed", error });
    for (const running of [...this.#running]) this.#end(running, { kind: "failed", error });
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // texts submitted in this turn of the event loop join the first step
    while (this.#closed === undefined && this.load > 0) {
      try {
        await this.#guess();
        this.#dropUnwanted();
        this.#admit();
        if (this.#running.length > 0) await this.#runStep();
      } catch (error) {
        this.#failAll(error); // an internal error: nobody may wait for ever
      }
    }
    this.#loop = undefined;
  }

  /** Asks texts for tokens that may follow their next ones. */
  async #guess(): Promise<void> {
    const asked = this.#running.filter(
      ({ job, prefilled, pending, guessing }) =>
        job.guess !== undefined && prefilled && !guessing && pending.length === 1,
    );
    if (asked.length === 0) return;
    await Promise.all(
      asked.map(async (running) => {
        try {
          const { job, sequence, pending } = running;
          const room = this.#runner.limits.context - sequence.length - 1;
          const guesses = room > 0 ? await job.guess?.(room) : undefined;
          if (guesses === undefined || guesses.length === 0) return;
          pending.push(...guesses);
          running.guessing = true;
        } catch (error) {
          this.#end(running, { kind: "failed", error });
        }
      }),
    );
  }

  #dropUnwanted(): void {
    for (const running of [...this.#running]) {
      const ending = unwanted(running.job);
      if (ending !== undefined) this.#end(running, ending);
    }
    for (const waiting of [...this.#waiting.all]) {
      const ending = unwanted(waiting.job);
      if (ending === undefined) continue;
      this.#waiting.remove(waiting);
      waiting.job.ended(ending);
    }
  }

  #admit(): void {
    for (
      let next = this.#waiting.next(this.#running);
      next !== undefined;
      next = this.#waiting.next(this.#running)
    ) {
      const isFree = this.#running.length < this.#runner.limits.maxSequences;
      if (isFree && this.#fits(next)) this.#place(next);
      else if (isFree || !this.#admitLook()) return;
    }
  }

  /** Whether the cache has pages for all of a text's tokens, besides those that running texts are sure to need. */
  #fits({ job, pending }: Waiting): boolean {
    const { limits } = this.#runner;
    const isAmple = limits.nPages >= limits.maxSequences * pagesPerSequence(limits);
    if (isAmple || this.#running.length === 0) return true;
    const promised = this.#running
      .filter((running) => !isPausable(running))
      .reduce((sum, { sequence, pending: rest }) => sum + sequence.pagesFor(rest.length), 0);
    // Each running text may need another page soon.
    const spare = this.#runner.availablePages - promised - this.#running.length;
    return this.#runner.pagesFor(pending, this.#sequenceOptions(job, pending.length)) <= spare;
  }

  /** Gives the place of the latest text to a text that is only read. False if none waits or no text can pause. */
  #admitLook(): boolean {
    const look = this.#waiting.all.find(({ job }) => job.onlyReads === true);
    // A text that returned makes progress before it pauses again.
    const paused = this.#running.findLast((running) => isPausable(running) && !running.begins);
    if (look === undefined || paused === undefined) return false;
    // Texts that cannot pause would wait for each other's pages.
    if (!this.#running.every(isPausable) && !this.#fits(look)) return false;
    this.#pause(paused);
    this.#place(look);
    return true;
  }

  /** Takes a text's place away. It waits for another, and its tokens are then computed again. */
  #pause(running: Running): void {
    const { job, cached, prefilled, sequence } = running;
    this.#running = this.#running.filter((other) => other !== running);
    this.#waiting.giveBack({
      job,
      prefilled,
      cached: prefilled ? cached : 0,
      pending: [...sequence.tokens, ...withoutGuesses(running)],
    });
    sequence.dispose();
  }

  #place(waiting: Waiting): void {
    const sequence = this.#sequenceFor(waiting.job, waiting.pending.length);
    this.#waiting.remove(waiting);
    this.#running.push({ ...waiting, sequence, guessing: false, begins: true });
  }

  #sequenceOptions({ space, shares, onlyReads, adapters }: Job, length: number): SequenceOptions {
    const long = length > this.#runner.shortLength;
    return { space, shares: shares !== false && onlyReads !== true, long, adapters };
  }

  #sequenceFor(job: Job, length: number): CachedSequence {
    return this.#runner.createSequence(this.#sequenceOptions(job, length));
  }

  /** Computes a text again from its tokens if its length requires another rotation. */
  #rotate(running: Running): void {
    const { job, sequence } = running;
    const next = withoutGuesses(running);
    const length = sequence.length + next.length;
    if (length > this.#runner.shortLength === sequence.long) return;
    Object.assign(running, { pending: [...sequence.tokens, ...next], guessing: false, begins: true });
    sequence.dispose();
    running.sequence = this.#sequenceFor(job, length);
  }

  async #runStep(): Promise<void> {
    for (const running of [...this.#running]) {
      this.#guard(running, () => {
        this.#makeRoom(running);
        if (this.#running.includes(running)) this.#rotate(running);
      });
    }
    const abandon = new AbortController();
    const composed = composeStep(this.#stepSources());
    const watch = (): void => {
      if (composed.every(({ running }) => running.job.signal?.aborted)) abandon.abort();
    };
    const chunks = composed.filter(({ running }) => {
      const { signal } = running.job;
      this.#guard(running, () => signal?.addEventListener("abort", watch));
      return this.#running.includes(running);
    });
    if (chunks.length === 0) return;
    this.#step = abandon;
    try {
      const parts = chunks.map(({ running: { sequence }, tokens, rows }) => ({ sequence, tokens, rows }));
      const from = performance.now();
      // Texts that generate have read their logits before the next step.
      const buffers = chunks.some(({ running }) => running.job.onlyReads) ? undefined : this.#buffers;
      const request = { signal: abandon.signal, wants: wantsOf(chunks), buffers };
      const results = await this.#runner.step(parts, request);
      const tokens = tokensOf(chunks);
      chunks.forEach((chunk, i) => {
        this.#advance(chunk, results[i]);
      });
      this.#pace.observe(performance.now() - from, tokens);
    } catch (error) {
      if (abandon.signal.aborted) return; // all readers left, or the scheduler was closed
      if (error instanceof CacheFullError && this.#makeSpace()) return;
      for (const { running } of chunks) this.#end(running, { kind: "failed", error });
    } finally {
      for (const { running } of chunks) running.job.signal?.removeEventListener("abort", watch);
    }
  }

  #stepSources(): StepSources {
    return {
      running: this.#running,
      runner: this.#runner,
      pace: this.#pace,
      guard: (running, task) => this.#guard(running, task),
    };
  }

  /** All pages are in use: the latest text that can pause gives up its own. False if that would not help. */
  #makeSpace(): boolean {
    const victim = this.#running.findLast(isPausable);
    if (victim === undefined || this.#running.length === 1) return false;
    this.#pause(victim);
    return true;
  }

  /** Runs `task`; an error ends only this text. */
  #guard<Result>(running: Running, task: () => Result): Result | undefined {
    try {
      return task();
    } catch (error) {
      this.#end(running, { kind: "failed", error });
      return undefined;
    }
  }

  /** Shifts a sequence whose cache is full, or ends it. */
  #makeRoom(running: Running): void {
    const { job, sequence } = running;
    if (sequence.length < this.#runner.limits.context) return;
    const before = sequence.tokens;
    const next = job.shorten?.(before, this.#runner.limits.context);
    if (next === undefined) {
      this.#end(running, { kind: "context" });
      return;
    }
    assert(next.length < before.length, "a text that fills the context was not shortened");
    const dropped = before.length - next.length;
    const kept = Math.min(sharedLength(before, next), sequence.whole);
    running.pending = [...next.slice(kept), ...withoutGuesses(running)];
    running.guessing = false;
    sequence.truncate(kept);
    job.shifted(dropped);
  }

  #advance({ running, tokens, rows }: Chunk, result: StepResult): void {
    const { job, sequence } = running;
    running.pending.splice(0, tokens.length);
    if (job.signal?.aborted) return;
    this.#guard(running, () => {
      if (running.pending.length > 0) {
        if (rows === "all") job.promptChunk?.(result);
        return;
      }
      if (!running.prefilled) {
        sequence.publishTail();
        job.prefilled(running.cached);
      }
      running.prefilled = true;
      running.begins = false;
      const { context } = this.#runner.limits;
      const room = job.shorten === undefined ? context - sequence.length : Number.POSITIVE_INFINITY;
      const advance = job.next(result, room);
      if (advance === undefined) {
        this.#end(running, { kind: "done" });
        return;
      }
      if (advance.keep !== undefined) sequence.truncate(sequence.length - tokens.length + advance.keep);
      running.pending.push(...advance.tokens);
      running.guessing = advance.tokens.length > 1;
    });
  }

  #end(running: Running, reason: TextEnding): void {
    if (!this.#running.includes(running)) return;
    this.#running = this.#running.filter((other) => other !== running);
    running.sequence.dispose();
    running.job.ended(reason);
  }
}
