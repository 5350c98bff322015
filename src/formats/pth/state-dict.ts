/** Finds the tensors in a checkpoint's pickle. */
import { FormatError } from "../../base/errors.ts";
import { describeValue, isKind, type PickleDict, type PickleValue, type TensorRef } from "./pickle-values.ts";

/**
 * Keys under which training programs store the model, next to optimiser and settings. The first of these keys
 * whose dict holds tensors is the state dict; else the root itself. (The root may mislead: a loss next to
 * "model" may be a tensor, too.)
 */
const MODEL_KEYS = ["model", "state_dict", "model_state_dict", "module"] as const;

export interface StateDict {
  /** The key of the root under which it was found; absent if it is the root. */
  readonly key?: string;
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/** The dict's named tensors. Other values (counters, settings, nested dicts) are omitted. */
function tensorsOf(dict: PickleDict): Map<string, TensorRef> {
  const tensors = new Map<string, TensorRef>();
  for (const [key, value] of dict.entries) {
    if (typeof key === "string" && isKind(value, "tensor")) tensors.set(key, value);
  }
  return tensors;
}

function describeRoot(root: PickleValue): string {
  if (!isKind(root, "dict")) return describeValue(root);
  const keys = [...root.entries.keys()].slice(0, 8).map((key) => describeValue(key).replace(/^text /, ""));
  return `a dict with ${root.entries.size} keys (${keys.join(", ")}${root.entries.size > 8 ? ", …" : ""})`;
}

/** The state dict in a checkpoint. Throws FormatError if there are no named tensors. */
export function findStateDict(root: PickleValue, file: string): StateDict {
  if (isKind(root, "dict")) {
    for (const key of MODEL_KEYS) {
      const inner = root.entries.get(key);
      const tensors = isKind(inner, "dict") ? tensorsOf(inner) : undefined;
      if (tensors !== undefined && tensors.size > 0) return { key, tensors };
    }
    const tensors = tensorsOf(root);
    if (tensors.size > 0) return { tensors };
  }
  throw new FormatError({
    doing: `find the tensors of "${file}"`,
    expected: `a dict of tensors, or one under ${MODEL_KEYS.map((key) => `"${key}"`).join(", ")}`,
    found: describeRoot(root),
    fix: "save the model's state_dict()",
  });
}
