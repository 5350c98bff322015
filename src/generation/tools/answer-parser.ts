/** Reads answers that may contain calls of functions, while they are generated. */
import { freshSeed, Random } from "../../base/random.ts";
import { CallScanner } from "./call-scanner.ts";
import type { ToolFormat } from "./formats.ts";
import type { AnswerPart, ToolCall } from "./types.ts";

const ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 9;

/** Splits one answer into text and calls. Text that could be the beginning of a marker is held back until it is decided. */
export class AnswerParser {
  readonly #format: ToolFormat | undefined;
  readonly #scanner: CallScanner;
  readonly #random: Random;
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  #parts: AnswerPart[] = [];
  #text = "";
  /** Text that is not decided yet. */
  #held = "";
  #inCalls = false;

  /**
   * @param format undefined: the answer is only text.
   * @param seed of the calls' ids; default: random.
   */
  constructor(format: ToolFormat | undefined, seed: number = freshSeed()) {
    this.#format = format;
    this.#random = new Random(seed);
    this.#scanner = new CallScanner(format?.argumentsKey ?? "arguments", {
      onName: (name) => this.#begin(name),
      onArguments: (text) => this.#extend(text),
    });
  }

  /** The parts that this piece of the answer completes. */
  push(piece: string): AnswerPart[] {
    if (this.#inCalls) this.#scanner.push(piece);
    else this.#pushText(this.#held + piece);
    return this.#take();
  }

  /** The rest, at the end of the answer. */
  end(): AnswerPart[] {
    this.#emit(this.#held);
    this.#held = "";
    return this.#take();
  }

  /** Text outside calls, so far. */
  get text(): string {
    return this.#text;
  }
  get calls(): readonly ToolCall[] {
    return this.#calls;
  }

  #pushText(text: string): void {
    const marker = this.#format?.marker;
    if (marker === undefined) {
      this.#emit(text);
      return;
    }
    const start = marker === "" ? this.#braceAtStart(text) : text.indexOf(marker);
    if (start >= 0) {
      this.#emit(text.slice(0, start));
      this.#held = "";
      this.#inCalls = true;
      this.#scanner.push(text.slice(start + marker.length));
      return;
    }
    const kept = text.length - undecidedLength(text, marker);
    this.#held = text.slice(kept);
    this.#emit(text.slice(0, kept));
  }

  /** An answer that begins with a brace is a call: 0. Otherwise −1. */
  #braceAtStart(text: string): number {
    return this.#text === "" && text.startsWith("{") ? 0 : -1;
  }

  #emit(text: string): void {
    if (text === "") return;
    this.#text += text;
    this.#parts.push({ type: "text", text });
  }

  #begin(name: string): void {
    const id = Array.from(
      { length: ID_LENGTH },
      () => ID_LETTERS[this.#random.u32() % ID_LETTERS.length],
    ).join("");
    const index = this.#calls.push({ id, name, arguments: "" }) - 1;
    this.#parts.push({ type: "call", index, id, name });
  }

  #extend(text: string): void {
    const index = this.#calls.length - 1;
    if (index < 0) return;
    this.#calls[index].arguments += text;
    this.#parts.push({ type: "arguments", index, text });
  }

  #take(): AnswerPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}

/** Length of the longest end of the text with which the marker begins. */
function undecidedLength(text: string, marker: string): number {
  for (let length = Math.min(text.length, marker.length - 1); length > 0; length--)
    if (marker.startsWith(text.slice(-length))) return length;
  return 0;
}
