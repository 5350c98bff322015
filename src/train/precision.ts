/** Checks that a backend can multiply in the precision that a recipe requests. */
import { RequestError } from "../base/errors.ts";
import type { Backend } from "../engine/backend/backend.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";

/**
 * @throws RequestError if it cannot. This error does not make the caller try another backend: the next one would be
 *   much slower, and nobody who requests bf16 wants that.
 */
export function requirePrecision(backend: Backend, precision: MatmulPrecision = "f32"): void {
  if (backend.precisions.includes(precision)) return;
  throw new RequestError({
    doing: `train in ${precision}`,
    expected: "a processor with AVX512-BF16, and the backend avx512",
    found: `${backend.name} (${backend.description})`,
    fix: "train in f32 (precision: f32)",
  });
}
