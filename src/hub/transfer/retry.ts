/** Which failures are tried again, and after how long. */
import type { CriaError } from "../../base/errors.ts";
import { ConnectionError } from "./request.ts";

/** Statuses that another attempt may change. */
const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);
const MAX_DELAY_MS = 30_000;
/** A server that asks for a longer pause than this is not waited for. */
const MAX_ASKED_MS = 300_000;

export interface RetryPolicy {
  /** Attempts in succession that bring nothing. */
  readonly attempts: number;
  /** Pause after the first failure, in milliseconds; doubled by each further one. */
  readonly firstDelay: number;
}

export const RETRY: RetryPolicy = { attempts: 6, firstDelay: 500 };

export const isTemporary = (status: number): boolean => TEMPORARY.has(status);

/** A failure after which another attempt makes sense. */
export class TemporaryFailure extends Error {
  /** The error for the user if no attempt succeeds. */
  readonly error: CriaError;
  /** Milliseconds that the server asks to wait. */
  readonly asked: number | undefined;
  constructor(error: CriaError, asked?: number) {
    super(error.message);
    this.error = error;
    this.asked = asked;
  }
}

/** Retry-After in milliseconds: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** The pause before attempt `failures + 1`. Half of it is random, so that many clients do not return together. */
export function delayOf({ firstDelay }: RetryPolicy, failures: number, asked = 0): number {
  const backOff = Math.min(MAX_DELAY_MS, firstDelay * 2 ** (failures - 1));
  return Math.max(asked, backOff * (0.5 + Math.random() / 2));
}

/** Waits; rejects with the signal's reason. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/**
 * Repeats an action while it fails temporarily. `progress` tells how much has been achieved: a failure after progress
 * starts the count anew.
 */
export async function withRetries<T>(
  action: () => Promise<T>,
  options: {
    readonly policy?: RetryPolicy | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly progress?: () => number;
  } = {},
): Promise<T> {
  const { policy = RETRY, signal, progress = () => 0 } = options;
  let before = progress();
  for (let failures = 1; ; failures++) {
    try {
      return await action();
    } catch (error) {
      signal?.throwIfAborted();
      const failure = temporary(error);
      if (failure === undefined) throw error;
      if (progress() > before) failures = 1;
      before = progress();
      if (failures >= policy.attempts || (failure.asked ?? 0) > MAX_ASKED_MS) throw failure.error;
      await pause(delayOf(policy, failures, failure.asked), signal);
    }
  }
}

function temporary(
  error: unknown,
): { readonly error: CriaError; readonly asked?: number | undefined } | undefined {
  if (error instanceof TemporaryFailure) return error;
  return error instanceof ConnectionError ? { error } : undefined;
}
