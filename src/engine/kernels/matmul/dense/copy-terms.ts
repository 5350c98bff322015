/** Copies a strip of a matrix, term by term, so that the values of each term follow those of the one before. */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import { wholeOrMasked } from "../../lanes.ts";

export interface Strip {
  readonly from: Operand<"ptr">;
  readonly to: Operand<"ptr">;
  /** Values of a row of the matrix from the strip on. What is beyond them becomes zeros. */
  readonly left: Operand<"int">;
  /** Number of terms. */
  readonly count: Operand<"int">;
  /** Bytes from one term of the matrix to the next. */
  readonly rowBytes: Operand<"int">;
  /** Bytes of a term of the copy. Vectors are stored whole: the next term overwrites what exceeds it. */
  readonly bytes: number;
  /** Bytes ahead to prefetch: terms are rows apart, further than processors prefetch by themselves. */
  readonly ahead?: Operand<"int">;
}

export function copyTerms(k: KernelBuilder, { from, to, left, count, rowBytes, bytes, ahead }: Strip): void {
  const source = k.variable(from);
  const out = k.variable(to);
  wholeOrMasked(k, left, Math.ceil(bytes / (4 * k.lanes)), (masks) =>
    k.loop(0, count, 1, () => {
      masks.forEach((mask, v) => {
        const disp = 4 * k.lanes * v;
        k.store({ base: out, disp }, k.load("f32v", { base: source, disp }, { mask }));
      });
      if (ahead !== undefined) k.prefetch({ base: source, index: ahead, scale: 1 });
      k.advance(source, rowBytes);
      k.advance(out, bytes);
    }),
  );
}
