/** Streams a generation to the terminal or a pipe, and keeps the text so far if it is interrupted. */
import type { GeneratedToken, Generation, GenerationResult } from "../generation/index.ts";
import { colorsFor } from "./colors.ts";
import { forOutput } from "./text.ts";

export interface Streamed {
  readonly text: string;
  readonly tokens: readonly GeneratedToken[];
  /** Absent if the generation was interrupted. */
  readonly result?: GenerationResult;
}

export interface StreamOptions {
  readonly signal: AbortSignal;
  /** Receives the text. Default: standard output. */
  readonly write?: (text: string) => void;
  /** Show a note on a terminal while a long prompt is being read; or what is shown instead, until the first token. */
  readonly note?: boolean | WaitingNote;
}

export interface WaitingNote {
  clear(): void;
}

function writeText(text: string): void {
  process.stdout.write(forOutput(text));
}

/** Reads a generation to its end. Rejects with its error, except that of an interruption. */
export async function streamGeneration(
  generation: Generation,
  { signal, write = writeText, note: wantsNote }: StreamOptions,
): Promise<Streamed> {
  const tokens: GeneratedToken[] = [];
  let text = "";
  const note = wantsNote === true ? promptNote() : wantsNote || undefined;
  try {
    for await (const token of generation.tokens()) {
      note?.clear();
      tokens.push(token);
      text += token.text;
      if (token.text !== "") write(token.text);
    }
    return { text, tokens, result: await generation.result() };
  } catch (error) {
    if (signal.aborted) return { text, tokens };
    throw error;
  } finally {
    note?.clear();
  }
}

const NOTE_AFTER_MS = 700;
const ERASE_LINE = "\r\u001b[K";

/** Shows a note on a terminal while a long prompt is being read; none if the first token comes soon. */
function promptNote(): WaitingNote {
  if (!process.stderr.isTTY) return { clear() {} };
  let shown = false;
  const from = performance.now();
  const timer = setInterval(() => {
    shown = true;
    const seconds = ((performance.now() - from) / 1000).toFixed(0);
    process.stderr.write(ERASE_LINE + colorsFor(process.stderr).dim(`reading the prompt, ${seconds} s`));
  }, NOTE_AFTER_MS);
  return {
    clear() {
      clearInterval(timer);
      if (shown) process.stderr.write(ERASE_LINE);
      shown = false;
    },
  };
}
