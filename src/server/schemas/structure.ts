/** Fields of structured output and of tools, as in OpenAI's and llama.cpp's APIs. */
import * as z from "zod/mini";
import { anything, field, text } from "./fields.ts";

const schemaFormat = z.strictObject({
  name: field(text),
  description: field(text),
  schema: field(anything),
  strict: field(z.boolean()),
});

export const STRUCTURE = {
  response_format: field(
    z.strictObject({
      type: z.enum(["text", "json_object", "json_schema"]),
      json_schema: field(schemaFormat),
      schema: field(anything),
    }),
    "the form of the answer",
  ),
  grammar: field(text, "a grammar in GBNF that the answer must match"),
  json_schema: field(anything, "a JSON schema that the answer must match"),
  regex: field(text, "a regular expression that the answer must match completely"),
  choices: field(z.array(text).check(z.minLength(1), z.maxLength(65536)), "the answer is one of these"),
};

const tool = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: text,
    description: field(text),
    parameters: field(anything),
    strict: field(z.boolean()),
  }),
});

export const TOOLS = {
  tools: field(z.array(tool).check(z.maxLength(128)), "functions that the model may call"),
  tool_choice: field(
    z.union([
      z.enum(["none", "auto", "required"]),
      z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: text }) }),
    ]),
  ),
  parallel_tool_calls: field(z.boolean()),
};
