/** Announces a swarm to its trackers, each at its own pace. */
import type { Http } from "../../platform/http.ts";
import type { TcpAddress } from "../../platform/tcp.ts";
import { MAX_FAILURES, type Pace } from "./limits.ts";
import { type Announcement, announce } from "./tracker.ts";

/** Trackers that are used; further ones in a torrent are ignored. */
const MAX_TRACKERS = 20;
/** Time for the last announcement when the swarm ends. */
const FAREWELL_MS = 2000;

interface Tracker {
  readonly url: string;
  next: number;
  failures: number;
  isStarted: boolean;
  isBusy: boolean;
}

export interface TrackerHandlers {
  /** The state to announce. */
  state(): Announcement;
  /** @param url the tracker that named them. */
  peers(addresses: readonly TcpAddress[], url: string): void;
  notice(text: string): void;
}

export class Trackers {
  readonly #http: Http;
  readonly #pace: Pace;
  readonly #handlers: TrackerHandlers;
  readonly #trackers: Tracker[] = [];
  readonly #stop = new AbortController();

  constructor(http: Http, pace: Pace, handlers: TrackerHandlers) {
    this.#http = http;
    this.#pace = pace;
    this.#handlers = handlers;
  }

  add(urls: readonly string[]): void {
    for (const url of urls) {
      if (this.#trackers.length >= MAX_TRACKERS || this.#trackers.some((known) => known.url === url))
        continue;
      this.#trackers.push({ url, next: 0, failures: 0, isStarted: false, isBusy: false });
    }
  }

  /** Number of trackers that may still name peers. */
  get alive(): number {
    return this.#trackers.filter(({ failures, isStarted }) => isStarted || failures < MAX_FAILURES).length;
  }

  /** Announces where it is time. */
  tick(now: number): void {
    for (const tracker of this.#trackers) {
      if (tracker.isBusy || now < tracker.next) continue;
      void this.#announce(tracker, tracker.isStarted ? undefined : "started");
    }
  }

  /** The last piece has arrived. */
  completed(): void {
    for (const tracker of this.#trackers) if (tracker.isStarted) void this.#announce(tracker, "completed");
  }

  async #announce(tracker: Tracker, event: Announcement["event"]): Promise<void> {
    tracker.isBusy = true;
    const { trackerTimeout, minAnnounce, retry, maxRetry } = this.#pace;
    let wait: number;
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(trackerTimeout)]);
      const answer = await announce(this.#http, tracker.url, { ...this.#handlers.state(), event }, signal);
      if (this.#stop.signal.aborted) return;
      if (answer.warning !== undefined) this.#handlers.notice(`${tracker.url} warns: ${answer.warning}`);
      tracker.isStarted = true;
      tracker.failures = 0;
      wait = Math.max(answer.interval * 1000, minAnnounce);
      this.#handlers.peers(answer.peers, tracker.url);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      wait = Math.min(retry * 2 ** tracker.failures++, maxRetry);
      const message = error instanceof Error ? error.message : String(error);
      if (tracker.failures === 1) this.#handlers.notice(message);
    }
    tracker.isBusy = false;
    tracker.next = performance.now() + wait;
  }

  /** Says goodbye, for two seconds at most. */
  async close(): Promise<void> {
    this.#stop.abort();
    const state: Announcement = { ...this.#handlers.state(), event: "stopped" };
    const started = this.#trackers.filter(({ isStarted }) => isStarted);
    await Promise.allSettled(
      started.map(({ url }) => announce(this.#http, url, state, AbortSignal.timeout(FAREWELL_MS))),
    );
  }
}
