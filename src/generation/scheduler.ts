/**
 * Continuous batching: every running text gets its next token in the same step, and prompts are fed in chunks
 * beside them, so that one user's long prompt does not stop another's answer. A text's tokens do not depend on
 * what else is in the batch. Texts wait in order when all places are taken.
 *
 * A prompt is computed once: a text takes what the cache knows of its beginning, and where another text is about to
 * compute the same page in the same step, it waits a step and takes that.
 */
import { ContextError, RequestError } from "../base/errors.ts";
import type { CachedSequence, PageNode } from "../cache/index.ts";
import type { StepWants } from "../model/graphs.ts";
import type { LlamaRunner, StepResult, WantedRows } from "../model/runner.ts";

/** What a job does next. */
export interface Advance {
  /**
   * Tokens to compute in the next step, at least one: the next token, and tokens guessed to follow it. The rows of all
   * of them come back, or of the first ones where the step or the context has no room for more.
   */
  readonly tokens: readonly number[];
  /** Of the tokens just computed, how many stay: guesses that proved wrong are forgotten. Default: all. */
  readonly keep?: number | undefined;
}

/** One text, as the scheduler sees it. */
export interface Job {
  readonly prompt: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** What is wanted of each step (default: logits). */
  readonly wants?: StepWants | undefined;
  /** Of which tokens of the prompt (default: the last). "all" computes the whole prompt, whatever the cache knows. */
  readonly promptRows?: Exclude<WantedRows, "none"> | undefined;
  /** Which texts may share the cache with this one; see SequenceOptions. */
  readonly space?: string | undefined;
  /** False: nothing is taken from the cache and nothing left there. */
  readonly shares?: boolean | undefined;
  /**
   * Instead of ending when the context is full: keep the first `keep` tokens, drop the older half of the rest,
   * and compute what stays anew at its new positions. Absent: the job ends with "context".
   */
  readonly contextShift?: { readonly keep: number } | undefined;
  /** A part of the prompt has been computed whose rows were all wanted, and more of it follows. */
  promptChunk?(result: StepResult): void;
  /** The whole prompt has been computed, but for so many tokens that the cache knew. Called before the first `next`. */
  prefilled(cachedTokens: number): void;
  /** Decides from the rows of the last step; undefined ends the text. May throw, which ends it too. */
  next(result: StepResult): Advance | undefined;
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
  /** Tokens still to be computed. */
  pending: number[];
  /** True if all but the first of them are guesses: what has no room is dropped. */
  guessing: boolean;
  /** Tokens of the prompt that the cache knew. */
  cached: number;
  prefilled: boolean;
}

/** A text's part of a step. */
interface Chunk {
  readonly running: Running;
  readonly tokens: readonly number[];
  readonly rows: WantedRows;
}

/** Runs jobs on one runner, step after step, until none is left. */
export class Scheduler {
  readonly #runner: LlamaRunner;
  readonly #waiting: Job[] = [];
  #running: Running[] = [];
  #loop: Promise<void> | undefined;
  /** Why nothing more may run. */
  #closed: { readonly error: unknown } | undefined;
  #step = new AbortController();

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
    // A text that is only looked at needs no room for another token.
    const longest = job.promptRows === "all" ? context : context - 1;
    if (job.prompt.length > longest && job.contextShift === undefined) {
      throw new ContextError({
        doing: "generate",
        expected: `a prompt of at most ${longest} tokens`,
        found: `${job.prompt.length}`,
        fix: "shorten it, load the model with a larger context, or allow a context shift",
      });
    }
    if (this.#closed !== undefined)
      throw new RequestError({ doing: "generate", found: "a closed scheduler" });
    this.#waiting.push(job);
    this.#loop ??= this.#run();
  }

  /** Ends every text with the given error and waits until nothing runs. */
  async close(error: unknown): Promise<void> {
    this.#closed ??= { error };
    this.#step.abort(error);
    await this.#loop;
    for (const job of this.#waiting.splice(0)) job.ended({ kind: "failed", error });
    for (const running of [...this.#running]) this.#end(running, { kind: "failed", error });
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // whoever submits in this turn is in the first step
    while (this.#closed === undefined && this.load > 0) {
      this.#dropAborted();
      this.#admit();
      if (this.#running.length > 0) await this.#runStep();
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
      const { space, shares, promptRows } = job;
      const sequence = this.#runner.createSequence({
        space,
        shares: shares !== false && promptRows !== "all",
      });
      this.#running.push({
        job,
        sequence,
        pending: [...job.prompt],
        guessing: false,
        cached: 0,
        prefilled: false,
      });
    }
  }

  async #runStep(): Promise<void> {
    for (const running of [...this.#running]) this.#guard(running, () => this.#makeRoom(running));
    const chunks = this.#compose();
    if (chunks.length === 0) return;
    const abandon = new AbortController();
    this.#step = abandon;
    const watch = (): void => {
      if (chunks.every(({ running }) => running.job.signal?.aborted)) abandon.abort();
    };
    for (const { running } of chunks) running.job.signal?.addEventListener("abort", watch);
    try {
      const parts = chunks.map(({ running: { sequence }, tokens, rows }) => ({ sequence, tokens, rows }));
      const results = await this.#runner.step(parts, { signal: abandon.signal, wants: wantsOf(chunks) });
      chunks.forEach((chunk, i) => {
        this.#advance(chunk, results[i]);
      });
    } catch (error) {
      if (abandon.signal.aborted) return; // everybody left, or the scheduler was closed
      for (const { running } of chunks) this.#end(running, { kind: "failed", error });
    } finally {
      for (const { running } of chunks) running.job.signal?.removeEventListener("abort", watch);
    }
  }

  /**
   * As many tokens as a step takes: first the next tokens of running texts, then prompts of which less than a page is
   * left, since they cost little and would wait long, then the other prompts; in order of arrival within each.
   */
  #compose(): Chunk[] {
    const { maxTokens, context, pageSize } = this.#runner.limits;
    let room = maxTokens;
    const rank = ({ pending, guessing }: Running): number =>
      pending.length === 1 || guessing ? 0 : pending.length <= pageSize ? 1 : 2;
    const byUrgency = [...this.#running].sort((a, b) => rank(a) - rank(b));
    const claimed = new Map<PageNode, Set<string>>();
    return byUrgency.flatMap((running): Chunk[] => {
      if (!running.prefilled && this.#guard(running, () => this.#claim(running, claimed)) !== true) return [];
      const length = Math.min(running.pending.length, room, context - running.sequence.length);
      room -= length;
      if (length === 0) return [];
      if (running.guessing) running.pending.length = length;
      const rows = rowsOf(running, length);
      return [{ running, tokens: running.pending.slice(0, length), rows }];
    });
  }

  /**
   * Takes what the cache knows of the prompt, and claims the page that comes next. False if another text of this step
   * computes that page: a step later it is there.
   */
  #claim(running: Running, claimed: Map<PageNode, Set<string>>): boolean {
    const { sequence, pending } = running;
    const taken = sequence.adopt(pending, pending.length - 1);
    pending.splice(0, taken);
    running.cached += taken;
    const { tip } = sequence;
    if (tip === undefined) return true;
    const pages = claimed.get(tip) ?? new Set();
    claimed.set(tip, pages);
    const page = pending.slice(0, this.#runner.limits.pageSize).join(" ");
    if (pages.has(page)) return false;
    pages.add(page);
    return true;
  }

  /** What goes wrong with one text ends that text only. */
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
    if (job.contextShift === undefined) {
      this.#end(running, { kind: "context" });
      return;
    }
    const cached = sequence.tokens;
    const keep = Math.min(job.contextShift.keep, cached.length - 2);
    const dropped = Math.max(1, Math.floor((cached.length - keep) / 2));
    running.pending = [
      ...cached.slice(keep + dropped),
      ...running.pending.slice(0, running.guessing ? 1 : undefined),
    ];
    running.guessing = false;
    sequence.truncate(keep);
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
      const advance = job.next(result);
      if (advance === undefined) {
        this.#end(running, { kind: "done" });
        return;
      }
      if (advance.keep !== undefined) sequence.truncate(sequence.length - tokens.length + advance.keep);
      running.pending.push(...advance.tokens);
      running.guessing = advance.tokens.length > 1;
    });
  }

  #end(running: Running, reason: Parameters<Job["ended"]>[0]): void {
    if (!this.#running.includes(running)) return;
    this.#running = this.#running.filter((other) => other !== running);
    running.sequence.dispose();
    running.job.ended(reason);
  }
}

/** Rows of a chunk: all where the job wants all, or where it has guessed tokens; else the last of the last chunk. */
function rowsOf({ job, pending, prefilled, guessing }: Running, length: number): WantedRows {
  if (guessing || (!prefilled && job.promptRows === "all")) return "all";
  return length === pending.length ? "last" : "none";
}

/** What any of the jobs wants. */
function wantsOf(chunks: readonly Chunk[]): StepWants {
  const all = chunks.map(({ running }) => running.job.wants ?? { logits: true });
  return {
    logits: all.some(({ logits }) => logits === true),
    hidden: all.some(({ hidden }) => hidden === true),
    taps: [...new Set(all.flatMap(({ taps = [] }) => taps))],
  };
}
