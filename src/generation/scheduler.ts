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
import { type CachedSequence, CacheFullError, type PageNode } from "../cache/index.ts";
import type { AdapterUse } from "../model/adapters.ts";
import { pagesPerSequence, type StepWants } from "../model/graphs.ts";
import type { LlamaRunner, SequenceOptions } from "../model/runner.ts";
import type { StepResult, WantedRows } from "../model/step-arrays.ts";
import { Pace, type StepTokens } from "./pace.ts";
import { FairQueue, type Waiting } from "./queue.ts";
import { type Shorten, sharedLength } from "./shorten.ts";
import { rowsOf, unwanted, wantsOf } from "./step-parts.ts";

/** What a job does next. */
export interface Advance {
  /**
   * Tokens to compute in the next step, at least one: the next token, and guessed tokens that may follow it. The rows
   * of all of them come back, or of the first ones if the step or the context has no space for more.
   */
  readonly tokens: readonly number[];
  /** Number of the tokens just computed to keep; wrong guesses are dropped. Default: all. */
  readonly keep?: number | undefined;
}

/** One text, as the scheduler sees it. */
export interface Job {
  readonly prompt: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** True once nobody reads the rest; the text then ends with "left". */
  readonly abandoned?: boolean | undefined;
  /** Results requested from each step (default: logits). */
  readonly wants?: StepWants | undefined;
  /** Prompt tokens with results (default: the last). "all" computes the whole prompt, whatever the cache holds. */
  readonly promptRows?: Exclude<WantedRows, "none"> | undefined;
  /** True if the text is only read: it generates nothing, so it need not wait for others to end. */
  readonly onlyReads?: boolean | undefined;
  /** Texts of one client take turns, so that they leave places to those of others. Default: "". */
  readonly client?: string | undefined;
  /** Adapters of the text, from the runner (default: none). */
  readonly adapters?: readonly AdapterUse[] | undefined;
  /** Space of texts that may share the cache with this one; see SequenceOptions. */
  readonly space?: string | undefined;
  /** False: nothing is read from the cache or left in it. */
  readonly shares?: boolean | undefined;
  /** Chooses the tokens to keep when the context is full. Absent: the job ends with "context". */
  readonly shorten?: Shorten | undefined;
  /** A part of the prompt has been computed, all of its rows were requested, and more of it follows. */
  promptChunk?(result: StepResult): void;
  /** The prompt has been computed, except `cachedTokens` tokens found in the cache. Called before the first `next`. */
  prefilled(cachedTokens: number): void;
  /**
   * Decides from the rows of the last step; undefined ends the text. May throw, which ends it too.
   * @param room number of tokens that still fit the context; if it is 0, none may be added.
   */
  next(result: StepResult, room: number): Advance | undefined;
  /**
   * Guesses tokens that may follow the next one, before the step that computes it; as `Advance.tokens` after the first.
   * All texts wait for it.
   * @param room most guesses that fit the context.
   */
  guess?(room: number): readonly number[] | Promise<readonly number[]>;
  /** Tokens were dropped by a shift. */
  shifted(dropped: number): void;
  /** Called exactly once. `context`: no room for another token. */
  ended(reason: TextEnding): void;
}

/** How a job ended. */
export type TextEnding =
  | { readonly kind: "done" | "context" | "left" }
  | { readonly kind: "failed"; readonly error: unknown };

interface Running extends Waiting {
  sequence: CachedSequence;
  /** True if all but the first of the pending tokens are guesses: those that do not fit are dropped. */
  guessing: boolean;
  /** True until some of the tokens pending when it got its place have been computed. */
  begins: boolean;
}

/** Whether a text can be computed again later: not while rows of its prompt have been reported in part. */
const isPausable = ({ job, prefilled }: Running): boolean =>
  job.onlyReads !== true && (prefilled || job.promptRows !== "all");

/** A text's part of a step. */
interface Chunk {
  readonly running: Running;
  readonly tokens: readonly number[];
  readonly rows: WantedRows;
}

/** Whether these tokens of a text are those that follow, one and guesses, and not of its prompt. */
const isNext = ({
  pending,
  guessing,
}: {
  readonly pending: readonly number[];
  readonly guessing: boolean;
}): boolean => guessing || pending.length === 1;

function tokensOf(chunks: readonly Chunk[]): StepTokens {
  const tokens = { prompt: 0, next: 0 };
  for (const { running, tokens: own } of chunks)
    tokens[isNext({ pending: own, guessing: running.guessing }) ? "next" : "prompt"] += own.length;
  return tokens;
}

/** Most logits that one text gets back from a step of its prompt: 64 MiB. Longer prompts come back in parts. */
const MAX_LOGITS = 2 ** 24;

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
    const { job, cached, prefilled, sequence, pending, guessing } = running;
    const next = guessing ? pending.slice(0, 1) : pending;
    this.#running = this.#running.filter((other) => other !== running);
    this.#waiting.giveBack({
      job,
      prefilled,
      cached: prefilled ? cached : 0,
      pending: [...sequence.tokens, ...next],
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
    const { job, sequence, pending, guessing } = running;
    const next = guessing ? pending.slice(0, 1) : pending;
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
    const composed = this.#compose();
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
      const results = await this.#runner.step(parts, { signal: abandon.signal, wants: wantsOf(chunks) });
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

  /** All pages are in use: the latest text that can pause gives up its own. False if that would not help. */
  #makeSpace(): boolean {
    const victim = this.#running.findLast(isPausable);
    if (victim === undefined || this.#running.length === 1) return false;
    this.#pause(victim);
    return true;
  }

  /**
   * Fills a step: first the next tokens of running texts, then prompts with less than a page left (they cost little
   * and would wait long), then the other prompts; in order of arrival within each group.
   */
  #compose(): Chunk[] {
    const { maxTokens, context, pageSize } = this.#runner.limits;
    let room = maxTokens;
    const next = this.#running.filter(({ prefilled }) => prefilled);
    const nextTokens = next.reduce((sum, running) => sum + (isNext(running) ? running.pending.length : 0), 0);
    let promptRoom = next.length > 0 ? this.#pace.promptTokens(nextTokens) : room;
    const maxRows = Math.max(1, Math.floor(MAX_LOGITS / this.#runner.config.vocabSize));
    const rank = (running: Running): number =>
      isNext(running) ? 0 : running.pending.length <= pageSize ? 1 : 2;
    const byUrgency = [...this.#running].sort((a, b) => rank(a) - rank(b));
    const claimed = new Map<PageNode, Set<string>>();
    return byUrgency.flatMap((running): Chunk[] => {
      const needsRows = !running.prefilled && running.job.promptRows === "all";
      if (running.begins && !needsRows && this.#guard(running, () => this.#claim(running, claimed)) !== true)
        return [];
      const most = Math.min(needsRows ? maxRows : room, isNext(running) ? room : promptRoom);
      const length = Math.min(running.pending.length, room, most, context - running.sequence.length);
      room -= length;
      if (!isNext(running)) promptRoom -= length;
      if (length === 0) return [];
      if (running.guessing) running.pending.length = length;
      const rows = rowsOf(running, length);
      return [{ running, tokens: running.pending.slice(0, length), rows }];
    });
  }

  /**
   * Takes cached pages of the prompt, and claims the next page. False if another text of this step
   * computes that page; one step later it is in the cache.
   */
  #claim(running: Running, claimed: Map<PageNode, Set<string>>): boolean {
    const { sequence, pending } = running;
    const taken = sequence.adopt(pending, pending.length - 1);
    pending.splice(0, taken);
    if (!running.prefilled) running.cached += taken;
    const { tip } = sequence;
    if (tip === undefined) return true;
    const pages = claimed.get(tip) ?? new Set();
    claimed.set(tip, pages);
    const page = pending.slice(0, this.#runner.limits.pageSize).join(" ");
    if (pages.has(page)) return false;
    pages.add(page);
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
    running.pending = [...next.slice(kept), ...running.pending.slice(0, running.guessing ? 1 : undefined)];
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
