/**
 * The errors that users see. A class says what kind of thing went wrong; the message says what was being
 * done, what was expected, what was found, and what to do about it. Programmer slips use `assert` instead.
 */

/** The parts of a message. `Cannot <doing>: expected <expected>, got <found>; <fix>` */
export interface Problem {
  /** What was being done, as it follows "Cannot": `load tensor "output.weight" from "x.gguf"`. */
  readonly doing: string;
  /** What was found. */
  readonly found: string;
  /** What would have been right. */
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
  | "FILE";

function describe({ doing, expected, found, fix }: Problem): string {
  const difference = expected === undefined ? found : `expected ${expected}, got ${found}`;
  return `Cannot ${doing}: ${difference}${fix === undefined ? "" : `; ${fix}`}`;
}

/** Base of every error that Cria throws on purpose. */
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
/** A tensor or a graph node has another shape than it must have. */
export class ShapeError extends CriaError {
  readonly code = "SHAPE";
}
/** A tensor has a type that this operation does not take. */
export class DtypeError extends CriaError {
  readonly code = "DTYPE";
}
/** Valid input that Cria does not handle (yet, or on this machine). */
export class UnsupportedError extends CriaError {
  readonly code = "UNSUPPORTED";
}
/** A model configuration or an option is impossible. */
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
/** The text does not fit the model's context. Never cut silently. */
export class ContextError extends CriaError {
  readonly code = "CONTEXT";
}
/** A file or folder cannot be opened, read or written. */
export class FileError extends CriaError {
  readonly code = "FILE";
}

/** Guards an invariant of our own code; never used for user input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Internal error: ${message}`);
}
