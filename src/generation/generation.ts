/**
 * One text being generated: the return value of `model.generate`. Read it piece by piece with `for await`, token
 * by token with `tokens()`, or all at once with `text()` and `result()`. Generation starts at once, whether or not
 * anyone reads it. Leaving the loop ends the text, unless something already waits for its result.
 */
import { RequestError } from "../base/errors.ts";
import { Channel, pick } from "./channel.ts";
import type { Scheduler } from "./scheduler.ts";
import { TextJob, type TextJobInputs } from "./text-job.ts";
import type { GeneratedToken, GenerationResult } from "./text-result.ts";

/** Makes a value of a finished text; throws if the text is not whole. */
export type ReadValue<Value> = (result: GenerationResult) => Value | Promise<Value>;

/** A text that is being generated. It runs whether or not anyone reads it. `Value` is what the text means. */
export class Generation<Value = string> implements AsyncIterable<string> {
  readonly #channel = new Channel<GeneratedToken, GenerationResult>();
  readonly #read: ReadValue<Value> | undefined;
  #isRead = false;

  /**
   * Throws RequestError for bad options and ContextError for a prompt that does not fit.
   * @param read default: the value is the text.
   */
  constructor(scheduler: Scheduler, inputs: TextJobInputs, read?: ReadValue<Value>) {
    this.#read = read;
    if (inputs.prompt.length === 0) {
      throw new RequestError({
        doing: "generate",
        expected: "a prompt of at least one token",
        found: "none",
      });
    }
    scheduler.submit(new TextJob(inputs, this.#channel));
  }

  /** Tokens as they are generated, each once. A generation can be read only once. */
  tokens(): AsyncIterableIterator<GeneratedToken> {
    if (this.#isRead)
      throw new RequestError({ doing: "read a generation", found: "it has been read already" });
    this.#isRead = true;
    return this.#channel.read();
  }

  /** Pieces of text as they are generated; a piece never splits a character. */
  [Symbol.asyncIterator](): AsyncIterableIterator<string> {
    return pick(this.tokens(), ({ text }) => (text === "" ? undefined : text));
  }

  /** Waits for the end. Rejects with the signal's reason if the generation was aborted. */
  result(): Promise<GenerationResult> {
    return this.#channel.result();
  }

  /** Waits for the end and returns the whole text. */
  async text(): Promise<string> {
    return (await this.#channel.result()).text;
  }

  /**
   * Waits for the end and returns what the text means: with `schema` or `json` the parsed and checked JSON, else the text.
   * @throws RequestError if the text was cut before it was whole, or if a value does not pass its schema's own checks.
   */
  async value(): Promise<Value> {
    const result = await this.#channel.result();
    return this.#read === undefined ? (result.text as Value) : this.#read(result);
  }
}
