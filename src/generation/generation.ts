/**
 * One text being generated: the return value of `model.generate`. Read it piece by piece with `for await`, token
 * by token with `tokens()`, or all at once with `text()` and `result()`. Generation starts at once, whether or not
 * anyone reads it. Leaving the loop ends the text, unless something already waits for its result.
 */
import { RequestError } from "../base/errors.ts";
import { freshSeed } from "../base/random.ts";
import { Channel, pick, spread } from "./channel.ts";
import type { ChatMessage } from "./chat/types.ts";
import type { Scheduler } from "./scheduler.ts";
import { TextJob, type TextJobInputs } from "./text-job.ts";
import type { GeneratedToken, GenerationResult } from "./text-result.ts";
import { AnswerParser } from "./tools/answer-parser.ts";
import type { ToolFormat } from "./tools/formats.ts";
import { callMessage } from "./tools/messages.ts";
import type { AnswerPart, ToolCall } from "./tools/types.ts";

/** Makes a value of a finished text; throws if the text is not whole. */
export type ReadValue<Value> = (result: GenerationResult) => Value | Promise<Value>;

/** What a finished text means. */
export interface Meaning<Value> {
  /** Default: the value is the text. */
  readonly read?: ReadValue<Value> | undefined;
  /** How calls of functions stand in the text. Default: there are none. */
  readonly format?: ToolFormat | undefined;
}

/** A text that is being generated. It runs whether or not anyone reads it. `Value` is what the text means. */
export class Generation<Value = string> implements AsyncIterable<string> {
  readonly #channel = new Channel<GeneratedToken, GenerationResult>();
  readonly #meaning: Meaning<Value>;
  /** Splits the text into parts; its calls have the same ids wherever they are read. */
  readonly #parserSeed = freshSeed();
  #isRead = false;

  /** Throws RequestError for bad options and ContextError for a prompt that does not fit. */
  constructor(scheduler: Scheduler, inputs: TextJobInputs, meaning: Meaning<Value> = {}) {
    this.#meaning = meaning;
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
    const { read, format } = this.#meaning;
    if (format !== undefined && this.#parsed(result.text).calls.length > 0) {
      throw new RequestError({
        doing: "read the value of a text",
        found: "calls of functions",
        fix: "read them with calls()",
      });
    }
    return read === undefined ? (result.text as Value) : read(result);
  }

  /** Pieces of text and calls of functions as they are generated: a call's name, then its arguments bit by bit. */
  parts(): AsyncIterableIterator<AnswerPart> {
    const parser = this.#newParser();
    return spread(
      this.tokens(),
      ({ text }) => parser.push(text),
      () => parser.end(),
    );
  }

  /** Waits for the end and returns the calls of functions in the text. */
  async calls(): Promise<readonly ToolCall[]> {
    return this.#parsed((await this.#channel.result()).text).calls;
  }

  /** Waits for the end and returns the assistant's message, with `tool_calls` if the text has calls. */
  async message(): Promise<ChatMessage> {
    return this.messageOf((await this.#channel.result()).text);
  }

  /** The message that the text of this generation, or its beginning, makes. */
  messageOf(generated: string): ChatMessage {
    const { text, calls } = this.#parsed(generated);
    return callMessage(text, calls);
  }

  #parsed(text: string): AnswerParser {
    const parser = this.#newParser();
    parser.push(text);
    parser.end();
    return parser;
  }

  #newParser(): AnswerParser {
    return new AnswerParser(this.#meaning.format, this.#parserSeed);
  }
}
