/** Settings that training programs store inside a PyTorch checkpoint: llama2.c's `model_args`. */
import type { JsonObject, JsonValue } from "../formats/hf/json.ts";
import { isKind, type PickleValue } from "../formats/pth/pickle-values.ts";

const KEY = "model_args";

/** `model_args` in the form of params.json; undefined if the checkpoint has none. */
export function paramsInPickle(root: PickleValue): JsonObject | undefined {
  if (!isKind(root, "dict")) return undefined;
  const args = root.entries.get(KEY);
  if (!isKind(args, "dict")) return undefined;
  const entries: [string, JsonValue][] = [];
  for (const [key, value] of args.entries) {
    const plain = value === null || ["number", "boolean", "string"].includes(typeof value);
    if (typeof key === "string" && plain) entries.push([key, value as JsonValue]);
  }
  return Object.fromEntries(entries);
}
