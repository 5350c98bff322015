/** Statistics of a generation: one line for people, one object for programs. */
import type { GenerationResult } from "../generation/index.ts";
import { formatBytes, formatSeconds, threeDigits } from "./text.ts";

export interface Statistics {
  readonly promptTokensPerSecond: number | undefined;
  readonly generationTokensPerSecond: number | undefined;
  readonly peakMemoryBytes: number;
}

/**
 * The prompt's last step yields the first token, so n tokens took n − 1 steps of generation; one more if an
 * end token was generated that is not part of the text.
 */
function generationSteps({ tokens, finish }: GenerationResult): number {
  const ended = "token" in finish ? 1 : 0;
  return Math.max(0, tokens.length - 1 + ended);
}

function rate(count: number, seconds: number): number | undefined {
  return count > 0 && seconds > 0 ? count / seconds : undefined;
}

export function statisticsOf(result: GenerationResult): Statistics {
  const { promptTokens, cachedTokens, timings } = result;
  return {
    promptTokensPerSecond: rate(promptTokens - cachedTokens, timings.promptSeconds),
    generationTokensPerSecond: rate(generationSteps(result), timings.generationSeconds),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}

const FINISH: Readonly<Record<GenerationResult["finish"]["reason"], string>> = {
  eos: "the model ended",
  stop: "stop text",
  complete: "the structure is complete",
  length: "--max-tokens",
  context: "the context is full",
  left: "no longer wanted",
};

/**
 * `prompt 5 tokens, 120 tok/s · … · backend reference`: one line; a narrow terminal gets only the first parts.
 * @param columns width of the terminal; undefined or 0 without a terminal.
 */
export function statisticsLine(result: GenerationResult, backend: string, columns?: number): string {
  const { promptTokensPerSecond, generationTokensPerSecond, peakMemoryBytes } = statisticsOf(result);
  const perSecond = (value: number | undefined) =>
    value === undefined ? "" : `, ${threeDigits(value)} tok/s`;
  const cached = result.cachedTokens === 0 ? "" : ` (${result.cachedTokens} cached)`;
  const parts = [
    `prompt ${result.promptTokens} tokens${cached}${perSecond(promptTokensPerSecond)}`,
    `generated ${result.tokens.length} tokens${perSecond(generationTokensPerSecond)}`,
    ...guessesOf(result),
    `first token after ${formatSeconds(result.timings.firstTokenSeconds)}`,
    `peak memory ${formatBytes(peakMemoryBytes)}`,
    `seed ${result.seed}`,
    `finish: ${FINISH[result.finish.reason]}`,
    `backend ${backend}`,
  ];
  const lines = parts.map((_, i) => parts.slice(0, parts.length - i).join(" · "));
  return lines.find((line) => line.length < (columns || Number.POSITIVE_INFINITY)) ?? "";
}

function guessesOf({ speculation }: GenerationResult): string[] {
  if (speculation === undefined) return [];
  return [`${speculation.accepted} of ${speculation.guessed} guesses right`];
}

/** For --json. */
export function statisticsObject(result: GenerationResult) {
  const { promptTokensPerSecond, generationTokensPerSecond, peakMemoryBytes } = statisticsOf(result);
  const { promptTokens, cachedTokens, tokens, droppedTokens, timings } = result;
  return {
    usage: {
      promptTokens,
      cachedTokens,
      generatedTokens: tokens.length,
      totalTokens: promptTokens + tokens.length,
      droppedTokens,
      ...(result.speculation === undefined
        ? {}
        : { guessedTokens: result.speculation.guessed, acceptedTokens: result.speculation.accepted }),
    },
    timings: { ...timings, promptTokensPerSecond, generationTokensPerSecond },
    seed: result.seed,
    peakMemoryBytes,
  };
}
