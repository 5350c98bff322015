/**
 * Checks the inputs of a step, and the bound data, against the plan. After this no token id, page number or weight of
 * the wrong size can make a kernel access memory out of range.
 */
import { tensorByteLength } from "../../base/dtypes.ts";
import { DeviceError, RequestError, ShapeError } from "../../base/errors.ts";
import type { Bindings, BoundTensor } from "./bindings.ts";
import type { Node } from "./graph.ts";
import { type Plan, resolveShape } from "./plan.ts";

type StepInputs = Readonly<Record<string, ArrayLike<number> | undefined>>;

/** The values of all symbols, each an integer from 0 to its maximum. Throws RequestError. */
export function checkDims(plan: Plan, dims: Readonly<Record<string, number>>): Map<string, number> {
  const values = new Map<string, number>();
  for (const [symbol, max] of plan.graph.symbols) {
    const value = dims[symbol];
    if (!Number.isSafeInteger(value) || value < 0 || value > max) {
      throw new RequestError({
        doing: "run a step",
        expected: `${symbol} from 0 to ${max}`,
        found: `${value}`,
      });
    }
    values.set(symbol, value);
  }
  return values;
}

/** Checks one input's length, and each integer's range. Throws RequestError. */
export function checkInput(
  node: Node,
  values: ArrayLike<number> | undefined,
  dims: ReadonlyMap<string, number>,
): void {
  const { leaf } = node;
  if (leaf?.kind !== "input") return;
  const length = resolveShape(node.shape, dims).reduce((product, dim) => product * dim, 1);
  const kindMatches =
    node.dtype === "I32"
      ? values instanceof Int32Array
      : values instanceof Float32Array || values instanceof Float64Array;
  if (values === undefined || !kindMatches || values.length !== length) {
    throw new RequestError({
      doing: `run a step with the input "${leaf.name}"`,
      expected: `${length} elements of type ${node.dtype}`,
      found: values === undefined ? "nothing" : `${values.length} of ${values.constructor.name}`,
    });
  }
  if (leaf.below === undefined) return;
  const [below] = resolveShape([leaf.below], dims);
  for (let i = 0; i < length; i++) {
    if (values[i] >= 0 && values[i] < below) continue;
    throw new RequestError({
      doing: `run a step with the input "${leaf.name}"`,
      expected: `integers from 0 to ${below - 1}`,
      found: `${values[i]} at index ${i}`,
    });
  }
}

export function checkInputs(plan: Plan, inputs: StepInputs, dims: ReadonlyMap<string, number>): void {
  for (const node of plan.leaves) {
    if (node.leaf?.kind === "input") checkInput(node, inputs[node.leaf.name], dims);
  }
}

/** Every weight and state of the plan must be bound, with its type, shape and length. */
export function checkBindings(plan: Plan, { params, states }: Bindings): void {
  for (const { leaf, dtype, shape } of plan.leaves) {
    if (leaf?.kind !== "param" && leaf?.kind !== "state") continue;
    const bound = leaf.kind === "param" ? params.get(leaf.name) : states.get(leaf.name);
    if (bound === undefined) {
      throw new DeviceError({ doing: `bind the ${leaf.kind} "${leaf.name}"`, found: "it is missing" });
    }
    const expected = `${dtype} [${shape.join(", ")}]`;
    const found = `${bound.dtype} [${bound.shape.join(", ")}]`;
    if (expected !== found)
      throw new ShapeError({ doing: `bind the ${leaf.kind} "${leaf.name}"`, expected, found });
    const needed = tensorByteLength(dtype, shape as number[]);
    const present = bound.byteLength ?? (bound as BoundTensor).bytes.byteLength;
    if (present !== needed) {
      throw new ShapeError({
        doing: `bind the ${leaf.kind} "${leaf.name}"`,
        expected: `${needed} bytes for ${expected}`,
        found: `${present} bytes`,
      });
    }
  }
}
