/** The structure that a text must have, from the options of the command line. */
import { FormatError } from "../base/errors.ts";
import { GRAMMAR_LIMITS } from "../generation/grammar/limits.ts";
import type { StructureOptions } from "../generation/index.ts";
import { readTextFile } from "./text-file.ts";
import type { OptionValues } from "./values.ts";

/** @throws FileError, FormatError for files that cannot be read; only one option may be given, as in the library. */
export function structureOptions({
  schema,
  grammar,
  regex,
  choices,
  jsonMode,
}: OptionValues): StructureOptions {
  return {
    ...(schema === undefined ? {} : { schema: readSchema(schema) }),
    ...(grammar === undefined ? {} : { grammar: readTextFile(grammar, GRAMMAR_LIMITS.sourceLength) }),
    regex,
    choices,
    ...(jsonMode === true ? { json: true } : {}),
  };
}

function readSchema(path: string): unknown {
  const text = readTextFile(path, GRAMMAR_LIMITS.sourceLength);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError({ doing: `read the schema "${path}"`, expected: "JSON", found, cause });
  }
}
