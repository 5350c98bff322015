/** Identifies the known family of a Jinja template by the tags that it writes. */
import type { TemplateName } from "./builtin.ts";

type Rule = readonly [family: TemplateName, fits: (source: string) => boolean];

const has =
  (...parts: readonly string[]) =>
  (source: string): boolean =>
    parts.every((part) => source.includes(part));

/** The first match wins. Mistral's templates differ in the spaces around the same tag. */
const RULES: readonly Rule[] = [
  ["chatml", has("<|im_start|>")],
  ["llama3", has("<|start_header_id|>", "<|end_header_id|>")],
  ["mistral-v7", has("[INST]", "[SYSTEM_PROMPT]")],
  ["mistral-v1", (s) => isMistral(s) && s.includes(" [INST]")],
  ["mistral-v3-tekken", (s) => isMistral(s) && /['"]\[INST\]['"]/.test(s)],
  ["mistral-v3", (s) => isMistral(s)],
  ["llama2", has("[INST]")],
  ["zephyr", has("<|user|>", "eos_token")],
  ["vicuna-v1.1", has("USER:", "ASSISTANT:")],
  ["alpaca", has("### Instruction:", "### Response:")],
  ["vicuna-v0", has("### Human:", "### Assistant:")],
];

function isMistral(source: string): boolean {
  return source.includes("[AVAILABLE_TOOLS]") || /' \[INST\] ' \+ system_message/.test(source);
}

/** The built-in template of the same family, or undefined. */
export function detectTemplate(source: string): TemplateName | undefined {
  return RULES.find(([, fits]) => fits(source))?.[0];
}
