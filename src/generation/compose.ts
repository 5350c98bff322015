/**
 * Fills a step: first the next tokens of running texts, then prompts with less than a page left (they cost little
 * and would wait long), then the other prompts; in order of arrival within each group.
 */
import type { PageNode } from "../cache/index.ts";
import type { LlamaRunner } from "../model/runner.ts";
import type { WantedRows } from "../model/step-arrays.ts";
import type { Pace, StepTokens } from "./pace.ts";
import { isNext, type Running } from "./running.ts";
import { rowsOf } from "./step-parts.ts";

/** A text's part of a step. */
export interface Chunk {
  readonly running: Running;
  readonly tokens: readonly number[];
  readonly rows: WantedRows;
}

/** Tokens of a composed step. */
export function tokensOf(chunks: readonly Chunk[]): StepTokens {
  const tokens = { prompt: 0, next: 0 };
  for (const { running, tokens: own } of chunks)
    tokens[isNext({ pending: own, guessing: running.guessing }) ? "next" : "prompt"] += own.length;
  return tokens;
}

/** Most logits that one text gets back from a step of its prompt: 64 MiB. Longer prompts come back in parts. */
const MAX_LOGITS = 2 ** 24;

/** What a step is composed from. */
export interface StepSources {
  readonly running: readonly Running[];
  readonly runner: LlamaRunner;
  readonly pace: Pace;
  /** Runs a task of a text; an error ends that text only, and the result is undefined. */
  readonly guard: <Result>(running: Running, task: () => Result) => Result | undefined;
}

/** Next tokens first, then prompts that end within a page, then others. */
function byUrgency(running: readonly Running[], pageSize: number): Running[] {
  const rank = (text: Running): number => (isNext(text) ? 0 : text.pending.length <= pageSize ? 1 : 2);
  return [...running].sort((a, b) => rank(a) - rank(b));
}

/** Most tokens of prompts in this step. */
function promptTokens({ running, runner, pace }: StepSources): number {
  const next = running.filter(({ prefilled }) => prefilled);
  if (next.length === 0) return runner.limits.maxTokens;
  return pace.promptTokens(next.reduce((sum, text) => sum + (isNext(text) ? text.pending.length : 0), 0));
}

export function composeStep(sources: StepSources): Chunk[] {
  const { running, runner, guard } = sources;
  const { maxTokens, context, pageSize } = runner.limits;
  let room = maxTokens;
  let promptRoom = promptTokens(sources);
  const maxRows = Math.max(1, Math.floor(MAX_LOGITS / runner.config.vocabSize));
  const claims = new PageClaims(pageSize);
  return byUrgency(running, pageSize).flatMap((text): Chunk[] => {
    const needsRows = !text.prefilled && text.job.promptRows === "all";
    if (text.begins && !needsRows && guard(text, () => claims.claim(text)) !== true) return [];
    const most = Math.min(needsRows ? maxRows : room, isNext(text) ? room : promptRoom);
    const length = Math.min(text.pending.length, room, most, context - text.sequence.length);
    room -= length;
    if (!isNext(text)) promptRoom -= length;
    if (length === 0) return [];
    if (text.guessing) text.pending.length = length;
    return [{ running: text, tokens: text.pending.slice(0, length), rows: rowsOf(text, length) }];
  });
}

/** The pages of prompts that the texts of one step compute. */
class PageClaims {
  readonly #pageSize: number;
  readonly #claimed = new Map<PageNode, Set<string>>();

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /**
   * Takes cached pages of the prompt, and claims the next page. False if another text of this step
   * computes that page; one step later it is in the cache.
   */
  claim(running: Running): boolean {
    const { sequence, pending } = running;
    const taken = sequence.adopt(pending, pending.length - 1);
    pending.splice(0, taken);
    if (!running.prefilled) running.cached += taken;
    const { tip } = sequence;
    if (tip === undefined) return true;
    const pages = this.#claimed.get(tip) ?? new Set();
    this.#claimed.set(tip, pages);
    const page = pending.slice(0, this.#pageSize).join(" ");
    if (pages.has(page)) return false;
    pages.add(page);
    return true;
  }
}
