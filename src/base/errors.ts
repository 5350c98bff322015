/**
 * The errors that users see. The class identifies the kind of problem; the message says what was being done,
 * what was expected, what was found, and how to fix it. Bugs in Cria use `assert` instead.
 */

/** The parts of a message. `Cannot <doing>: expected <expected>, got <found>; <fix>` */
export interface Problem {
  /** What was being done, as a continuation of "Cannot": `load tensor "output.weight" from "x.gguf"`. */
  readonly doing: string;
  /** What was found. */
  readonly found: string;
  /** What was expected. */
  readonly expected?: string;
  /** What the user can do about it. */
  readonly fix?: string;
  readonly cause?: unknown;
}

export type ErrorCode =
  | "FORMAT"
  | "SHAPE"
  | "DTYPE"
  | "UNSUPPORTED"
  | "CONFIG"
  | "DEVICE"
  | "TOKENIZER"
  | "TEMPLATE"
  | "REQUEST"
  | "CONTEXT"
  | "FILE"
  | "NETWORK";

function describe({ doing, expected, found, fix }: Problem): string {
  const difference = expected === undefined ? found : `expected ${expected}, got ${found}`;
  return `Cannot ${doing}: ${difference}${fix === undefined ? "" : `; ${fix}`}`;
}

/** Base class of every error that Cria throws intentionally. */
export abstract class CriaError extends Error {
  abstract readonly code: ErrorCode;
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(describe(problem), problem.cause === undefined ? undefined : { cause: problem.cause });
    this.name = new.target.name;
    this.problem = problem;
  }
}

/** A file's bytes break its format: wrong magic, a count past the end, an overlap, a bad type. */
export class FormatError extends CriaError {
  readonly code = "FORMAT";
}
/** A tensor or a graph node has the wrong shape. */
export class ShapeError extends CriaError {
  readonly code = "SHAPE";
}
/** A tensor has a type that this operation does not support. */
export class DtypeError extends CriaError {
  readonly code = "DTYPE";
}
/** Valid input that Cria does not handle (yet, or on this machine). */
export class UnsupportedError extends CriaError {
  readonly code = "UNSUPPORTED";
}
/** A model configuration or an option is invalid. */
export class ConfigError extends CriaError {
  readonly code = "CONFIG";
}
/** A backend, worker or memory mapping failed. */
export class DeviceError extends CriaError {
  readonly code = "DEVICE";
}
/** A vocabulary is broken or missing, or text cannot be encoded with it. */
export class TokenizerError extends CriaError {
  readonly code = "TOKENIZER";
}
/** A chat template is broken, or exceeded its limits. */
export class TemplateError extends CriaError {
  readonly code = "TEMPLATE";
}
/** A caller's option or request field is wrong. */
export class RequestError extends CriaError {
  readonly code = "REQUEST";
}
/** The text does not fit the model's context. Text is never truncated silently. */
export class ContextError extends CriaError {
  readonly code = "CONTEXT";
}
/** A file or folder cannot be opened, read or written. */
export class FileError extends CriaError {
  readonly code = "FILE";
}
/** A server cannot be reached, refuses a request, or its answer is invalid. */
export class NetworkError extends CriaError {
  readonly code = "NETWORK";
}

/** Checks an invariant of Cria's code; never used for user input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Internal error: ${message}`);
}
