/**
 * Metrics in Prometheus' text form. Those with the prefix `llamacpp:` have llama.cpp's names and meanings, so that its
 * dashboards work; the others are this server's own.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { GenerationResult } from "../generation/text-result.ts";
import type { Model } from "../library/model.ts";
import type { Admission } from "./admission.ts";
import type { ModelRegistry } from "./models/registry.ts";

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Names and descriptions of the counters. */
const COUNTERS = {
  promptTokens: ["llamacpp:prompt_tokens_total", "Prompt tokens computed"],
  cachedTokens: ["cria_prompt_tokens_cached_total", "Prompt tokens taken from the cache"],
  promptSeconds: ["llamacpp:prompt_seconds_total", "Seconds spent on prompts"],
  tokens: ["llamacpp:tokens_predicted_total", "Tokens generated"],
  guessed: ["cria_tokens_guessed_total", "Tokens guessed ahead"],
  accepted: ["cria_tokens_guessed_right_total", "Guessed tokens that were right"],
  tokenSeconds: ["llamacpp:tokens_predicted_seconds_total", "Seconds spent generating"],
} as const;

export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #counters: Readonly<Record<keyof typeof COUNTERS, Counter>>;
  readonly #requests: Counter<"route" | "status">;
  readonly #seconds: Histogram<"route">;
  readonly #firstToken: Histogram;

  constructor(models: ModelRegistry, admission: Admission) {
    const registers = [this.#registry];
    this.#counters = Object.fromEntries(
      Object.entries(COUNTERS).map(([key, [name, help]]) => [key, new Counter({ name, help, registers })]),
    ) as Record<keyof typeof COUNTERS, Counter>;
    this.#requests = new Counter({
      name: "cria_requests_total",
      help: "Requests answered",
      labelNames: ["route", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "cria_request_seconds",
      help: "Seconds from a request to the end of its answer",
      labelNames: ["route"],
      buckets: SECONDS,
      registers,
    });
    this.#firstToken = new Histogram({
      name: "cria_first_token_seconds",
      help: "Seconds from a request to its first token",
      buckets: SECONDS,
      registers,
    });
    this.#addGauges(models, admission);
  }

  #addGauges(models: ModelRegistry, admission: Admission): void {
    const gauge = (name: string, help: string, read: () => number): void => {
      const registers = [this.#registry];
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    const total = (count: (model: Model) => number) => () =>
      [...models.loaded.values()].reduce((sum, model) => sum + count(model), 0);
    gauge(
      "llamacpp:requests_processing",
      "Texts that run",
      total(({ load, waiting }) => load - waiting),
    );
    gauge(
      "llamacpp:requests_deferred",
      "Texts that wait for a place",
      total(({ waiting }) => waiting),
    );
    gauge("cria_requests_open", "Requests that run or wait", () => admission.total);
    gauge("cria_models_loaded", "Models in memory", () => models.loaded.size);
    gauge("cria_resident_bytes", "Memory of the process", () => process.memoryUsage.rss());
  }

  /** Counts a finished request. `route` is its path in the table, so that the number of series is bounded. */
  request(route: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status });
    this.#seconds.observe({ route }, seconds);
  }

  /** Counts a finished text. */
  answered({ speculation, promptTokens, cachedTokens, tokens, timings }: GenerationResult): void {
    const {
      promptTokens: computed,
      cachedTokens: cached,
      promptSeconds,
      tokens: made,
      tokenSeconds,
    } = this.#counters;
    computed.inc(promptTokens - cachedTokens);
    cached.inc(cachedTokens);
    promptSeconds.inc(Math.max(0, timings.promptSeconds));
    made.inc(tokens.length);
    this.#counters.guessed.inc(speculation?.guessed ?? 0);
    this.#counters.accepted.inc(speculation?.accepted ?? 0);
    tokenSeconds.inc(Math.max(0, timings.generationSeconds));
    this.#firstToken.observe(timings.firstTokenSeconds);
  }

  /** Sums since the start, by the names of the counters. */
  async totals(): Promise<Readonly<Record<keyof typeof COUNTERS, number>>> {
    const sums = Object.entries(this.#counters).map(async ([name, counter]) => {
      const { values } = await counter.get();
      return [name, values[0]?.value ?? 0] as const;
    });
    return Object.fromEntries(await Promise.all(sums)) as Record<keyof typeof COUNTERS, number>;
  }

  async response(): Promise<Response> {
    return new Response(await this.#registry.metrics(), {
      headers: { "content-type": this.#registry.contentType },
    });
  }
}
