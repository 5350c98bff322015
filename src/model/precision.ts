/** The precision of a model's products. */
import { type DType, dtypeInfo } from "../base/dtypes.ts";
import { RequestError } from "../base/errors.ts";
import type { Backend } from "../engine/backend/backend.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";

/**
 * The precision of products with weights of each type: the requested one for floats, else the backend's.
 * @throws RequestError if the backend lacks it. This error does not make the caller try another backend: the next one would be
 *   slower, and bf16 is requested for speed.
 */
export function precisionsOf(
  backend: Backend,
  requested: MatmulPrecision | undefined,
): (dtype: DType) => MatmulPrecision {
  if (requested === undefined) return (dtype) => backend.precisionFor(dtype);
  if (!backend.precisions.includes(requested)) {
    throw new RequestError({
      doing: `multiply in ${requested}`,
      expected: "a processor with AVX512-BF16, and the backend avx512",
      found: `${backend.name} (${backend.description})`,
      fix: "leave out the precision",
    });
  }
  return (dtype) => (dtypeInfo(dtype).kind === "quantised" ? "f32" : requested);
}

/** The lowest precision of the products with these weights. */
export function lowestPrecision(
  params: Iterable<Pick<BoundTensor, "dtype" | "shape">>,
  precisionFor: (dtype: DType) => MatmulPrecision,
): MatmulPrecision {
  const matrices = [...params].filter(({ shape }) => shape.length > 1);
  return matrices.some(({ dtype }) => precisionFor(dtype) === "bf16") ? "bf16" : "f32";
}
