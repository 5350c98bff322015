/** Exit codes of cria, and the output of errors. docs/cli.md has the same table. */
import { CriaError, type ErrorCode } from "../base/errors.ts";
import { colorsFor } from "./colors.ts";
import { jsonLine, printable } from "./text.ts";

export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  file: 3,
  unsupported: 4,
  context: 5,
  network: 6,
  interrupted: 130,
} as const;

const BY_CODE: Readonly<Record<ErrorCode, number>> = {
  REQUEST: EXIT.usage,
  CONFIG: EXIT.usage,
  FILE: EXIT.file,
  FORMAT: EXIT.file,
  TOKENIZER: EXIT.file,
  SHAPE: EXIT.file,
  DTYPE: EXIT.file,
  TEMPLATE: EXIT.file,
  UNSUPPORTED: EXIT.unsupported,
  DEVICE: EXIT.unsupported,
  CONTEXT: EXIT.context,
  NETWORK: EXIT.network,
};

export function exitCodeOf(error: unknown): number {
  return error instanceof CriaError ? BY_CODE[error.code] : EXIT.internal;
}

/** What `--json` prints instead of a result. */
export function errorObject(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof CriaError)) return { error: { code: "INTERNAL", message } };
  const { doing, expected, found, fix } = error.problem;
  return { error: { code: error.code, message, doing, expected, found, fix } };
}

/** Prints an error to stderr, with --json to stdout too. Prints the stack only with CRIA_DEBUG=1. */
export function reportError(error: unknown, { json }: { readonly json: boolean }): number {
  const colors = colorsFor(process.stderr);
  const known = error instanceof CriaError;
  const message = error instanceof Error ? error.message : String(error);
  if (json) process.stdout.write(jsonLine(errorObject(error)));
  process.stderr.write(`${colors.red(known ? "error:" : "internal error:")} ${printable(message)}\n`);
  if (process.env.CRIA_DEBUG) {
    process.stderr.write(`${printable(error instanceof Error ? (error.stack ?? "") : "")}\n`);
  } else if (!known) {
    process.stderr.write("This is a bug in Cria. CRIA_DEBUG=1 shows where it happened.\n");
  }
  return exitCodeOf(error);
}
