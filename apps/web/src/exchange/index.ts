/** Conversations in and out of files: the page's own form, OpenAI's messages, ShareGPT. */
import { fieldsOf } from "../settings/chat-settings.ts";
import { ExchangeError, LIMITS } from "./limits.ts";
import { fromOwn, OWN_FORMAT } from "./own.ts";
import { fromOpenAi, fromShareGpt, type Imported } from "./plain.ts";

export { ExchangeError } from "./limits.ts";
export { toOwn } from "./own.ts";
export { type Imported, toOpenAi, toShareGpt } from "./plain.ts";

/** Reads a file of any of the forms: JSON, or JSON lines. @throws ExchangeError with what is wrong. */
export function readConversations(source: string): Imported[] {
  if (source.length > LIMITS.fileBytes) throw new ExchangeError("The file is too large");
  return readValues(source).flatMap(readValue);
}

function readValues(source: string): readonly unknown[] {
  try {
    return [JSON.parse(source)];
  } catch (error) {
    const lines = source.split("\n").filter((line) => line.trim() !== "");
    if (lines.length < 2 || lines.length > LIMITS.conversations) throw notJson(error);
    try {
      return lines.map((line) => JSON.parse(line));
    } catch {
      throw notJson(error);
    }
  }
}

const notJson = (error: unknown): ExchangeError =>
  new ExchangeError(`The file is not JSON: ${(error as Error).message}`);

function readValue(value: unknown): Imported[] {
  if (Array.isArray(value)) {
    if (value.length > LIMITS.conversations) throw new ExchangeError(`The file has ${value.length} entries`);
    if (fieldsOf(value[0]).has("role")) return [fromOpenAi(value)];
    if (fieldsOf(value[0]).has("from")) return [fromShareGpt(value)];
    return value.flatMap(readValue);
  }
  const fields = fieldsOf(value);
  if (fields.get("format") === OWN_FORMAT) return fromOwn(value);
  if (fields.has("messages")) return [fromOpenAi(fields.get("messages"))];
  if (fields.has("conversations")) return [fromShareGpt(fields.get("conversations"))];
  throw new ExchangeError("The file is neither Cria's own, nor OpenAI messages, nor ShareGPT");
}
