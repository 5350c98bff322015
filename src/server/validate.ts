/** Bodies of requests: read within a limit, parsed as JSON, and checked against a schema. */
import * as z from "zod/mini";
import { RequestError } from "../base/errors.ts";
import { checkOptions } from "../schema/check.ts";
import { ApiError } from "./errors.ts";

/** The schema of a body: an object without further fields. */
export type BodySchema = z.ZodMiniObject;

/** Reads a body of JSON. @throws ApiError 413 above the limit, 415 for another type, 400 if it is not JSON in UTF-8. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    throw new ApiError(
      415,
      `The content type must be application/json, not ${JSON.stringify(type.slice(0, 60))}`,
    );
  }
  const text = decode(await readBytes(request, maxBytes));
  if (nestsDeeper(text, MAX_DEPTH))
    throw new ApiError(400, `The body nests deeper than ${MAX_DEPTH} levels`, { code: "invalid_json" });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, "The body is not valid JSON", { code: "invalid_json", cause: error });
  }
}

/** Deepest nesting of a body: what handles its values may be recursive. */
const MAX_DEPTH = 256;

/** Whether arrays and objects of a JSON text nest deeper than this. Other texts give any answer. */
function nestsDeeper(text: string, most: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isInString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) isInString = false;
    } else if (unit === QUOTE) isInString = true;
    else if (unit === BRACE || unit === BRACKET) {
      if (++depth > most) return true;
    } else if (unit === BRACE + 2 || unit === BRACKET + 2) depth--;
  }
  return false;
}
const [QUOTE, BACKSLASH, BRACKET, BRACE] = Array.from('"\\[{', (sign) => sign.charCodeAt(0));

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array[]> {
  // Made only where it is thrown: an error records its stack, which costs more than the rest of a small request.
  const tooLarge = () => new ApiError(413, `The body is larger than the limit of ${maxBytes} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (request.body === null) return chunks;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks;
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
  } catch (error) {
    throw new ApiError(400, "The body is not valid UTF-8", { code: "invalid_json", cause: error });
  }
}

/** `messages[0].content`. */
function pathName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");
}

/** @throws ApiError 400 that names the field at fault. */
export function checkBody<Schema extends BodySchema>(schema: Schema, body: unknown): z.output<Schema> {
  const { success, data, error } = z.safeParse(schema, body);
  if (success) return data;
  const unknown = error.issues.find(({ code }) => code === "unrecognized_keys");
  const issue = unknown ?? error.issues[0];
  const path = [...issue.path, ...(issue.code === "unrecognized_keys" ? [issue.keys[0]] : [])];
  const param = pathName(path).slice(0, 100);
  const code = unknown === undefined ? "invalid_value" : "unsupported_parameter";
  throw new ApiError(400, messageOf(schema, body, param, code), { param, code });
}

function messageOf(schema: BodySchema, body: unknown, param: string, code: string): string {
  try {
    checkOptions(schema, body, "read the request");
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { expected, found, fix } = error.problem;
    if (code === "unsupported_parameter")
      return `Unsupported field "${param}"${fix === undefined ? "" : `; ${fix}`}`;
    return `Invalid value of "${param}": expected ${expected}, got ${found}`;
  }
  return "Invalid request";
}
