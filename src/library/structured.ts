/** Structured output: options that say what a text must look like, and the value that it stands for. */
import * as z from "zod/mini";
import { ContextError, type CriaError, RequestError, UnsupportedError } from "../base/errors.ts";
import type { ReadValue } from "../generation/generation.ts";
import { type Structure, type StructureOptions, structureOf } from "../generation/grammar/index.ts";
import type { GenerationFinish, GenerationResult } from "../generation/text-result.ts";

/** A schema object of zod or of another library (standardschema.dev), with checks of its own. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    /** Writes the schema as JSON Schema. */
    readonly jsonSchema?: { readonly input: (options: { readonly target: "draft-2020-12" }) => object };
  };
}

type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The value of a text with this schema: the type of a schema object, unknown for a JSON Schema. */
export type SchemaValue<Schema> = Schema extends {
  readonly "~standard": { readonly types?: { readonly output: infer Output } | undefined };
}
  ? Output
  : unknown;

/** The value of a text that is generated with these options. */
export type ValueOf<Options> = Options extends { readonly schema: infer Schema }
  ? SchemaValue<Schema>
  : Options extends { readonly json: true }
    ? Record<string, unknown>
    : Options extends { readonly choices: readonly (infer Choice extends string)[] }
      ? Choice
      : string;

/** Options from which the type of the value follows. */
export type Structured =
  | { readonly schema: unknown }
  | { readonly json: true }
  | { readonly choices: readonly string[] };

/** How a text is constrained, and how its value is read. */
export interface Reading {
  readonly structure: Structure;
  readonly read: ReadValue<unknown>;
}

/** JSON Schemas of schema objects, which programs use again and again. */
const converted = new WeakMap<object, unknown>();

/**
 * Undefined if the text is free.
 * @throws RequestError for more than one structure, or one that cannot be used with the other options.
 */
export function readingOf(options: StructureOptions & { readonly compat?: unknown }): Reading | undefined {
  const { schema } = options;
  const own = isStandard(schema) ? schema : undefined;
  const structure = structureOf(own === undefined ? options : { ...options, schema: jsonSchemaOf(own) });
  if (structure === undefined) return undefined;
  if (options.compat !== undefined) {
    throw new RequestError({
      doing: "generate",
      expected: "either a structure or compat",
      found: "both",
      fix: "leave compat out: its sampler takes any token",
    });
  }
  return { structure, read: (result) => readValue(result, structure.isJson, own) };
}

/** Whether a value is a schema object. */
export function isStandard(schema: unknown): schema is StandardSchema {
  return (
    (typeof schema === "object" || typeof schema === "function") && schema !== null && "~standard" in schema
  );
}

/** @throws UnsupportedError for a schema that does not convert. */
export function jsonSchemaOf(schema: StandardSchema): unknown {
  const known = converted.get(schema);
  if (known !== undefined) return known;
  const made = convert(schema);
  converted.set(schema, made);
  return made;
}

function convert(schema: StandardSchema): unknown {
  const { jsonSchema } = schema["~standard"];
  const doing = "use a schema object as a JSON Schema";
  try {
    if (jsonSchema !== undefined) return jsonSchema.input({ target: "draft-2020-12" });
    // zod/mini's objects do not convert themselves.
    if ("_zod" in schema) return z.toJSONSchema(schema as unknown as z.core.$ZodType, { io: "input" });
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new UnsupportedError({ doing, found, cause });
  }
  throw new UnsupportedError({
    doing,
    found: "a library whose schemas do not convert",
    fix: "pass a JSON Schema",
  });
}

async function readValue(
  result: GenerationResult,
  isJson: boolean,
  schema: StandardSchema | undefined,
): Promise<unknown> {
  requireWhole(result);
  const { text } = result;
  if (!isJson) return text;
  const value = parseJson(text);
  if (schema === undefined) return value;
  return validated(schema, value);
}

/** The value as the schema's own functions make it. @throws RequestError if they refuse it. */
export async function validated(schema: StandardSchema, value: unknown): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  throw refusedValue(result.issues);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RequestError({
      doing: "read the value of a text",
      expected: "JSON",
      found: shownEnd(text),
      cause,
    });
  }
}

type Cut = Exclude<GenerationFinish["reason"], "complete" | "eos">;

const CUTS: Readonly<Record<Cut, { readonly by: string; readonly fix: string }>> = {
  length: { by: "maxTokens or maxSeconds", fix: "allow more, or bound the lengths in the schema" },
  context: { by: "the end of the context", fix: "load the model with a larger context" },
  stop: { by: "a stop string or stop token", fix: "leave it out" },
  left: { by: "leaving its loop", fix: "read to the end" },
};

/** @throws RequestError or ContextError that says what cut a text. */
export function requireWhole(result: GenerationResult): void {
  const { reason } = result.finish;
  if (reason !== "complete" && reason !== "eos") throw cutText(result);
}

function cutText({ text, tokens, finish: { reason } }: GenerationResult): CriaError {
  const { by, fix } = CUTS[reason as Cut];
  const problem = {
    doing: "read the value of a text",
    expected: "a text that is whole",
    found: `one that ${by} cut after ${tokens.length} token${tokens.length === 1 ? "" : "s"}, at ${shownEnd(text)}`,
    fix,
  };
  return reason === "context" ? new ContextError(problem) : new RequestError(problem);
}

const SHOWN = 40;

/** The end of a text, for messages. */
const shownEnd = (text: string): string =>
  text.length > SHOWN ? `…${JSON.stringify(text.slice(-SHOWN))}` : JSON.stringify(text);

function refusedValue(issues: readonly Issue[]): RequestError {
  const [issue] = issues;
  const path = (issue?.path ?? [])
    .map((step) => String(typeof step === "object" ? step.key : step))
    .join(".");
  return new RequestError({
    doing: "read the value of a text",
    expected: "a value that passes its schema's own checks",
    found: `${path === "" ? "one" : `one whose "${path}"`} fails: ${issue?.message ?? "no reason given"}`,
    fix: "a grammar cannot keep checks written as functions; try again, or write them as limits",
  });
}
