/** Packs heads for the tiles, one head at a time, with the packers of dense products. */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { callWith } from "../../launch.ts";
import { DENSE_LAYOUTS } from "../../matmul/dense/operands.ts";
import { packerOf } from "../../matmul/dense/pack.ts";
import { tileColumns } from "../../matmul/dense/sizes.ts";
import { MATRICES, type P, type Packed, type Place, packedHead } from "./site.ts";
import { PART_TOKENS } from "./sizes.ts";

export const PACK_TOKENS = packerOf(DENSE_LAYOUTS.f32.NT).kernel;
export const PACK_ELEMENTS = packerOf(DENSE_LAYOUTS.f32.NN).kernel;

const parts = (k: KernelBuilder, p: P): Value<"int"> => k.div(k.add(p.rows, PART_TOKENS - 1), PART_TOKENS);

/** Number of parts of one matrix. */
const partsOf = ({ k, p }: Place, { matrix }: Packed): Value<"int"> =>
  k.mul(p[MATRICES[matrix]], parts(k, p));

/** Number of packing tasks. */
export function packTasks(place: Place): Value<"int"> {
  const { k, form } = place;
  return k.mul(partsOf(place, form.packed[0]), form.packed.length);
}

/** Packs part number `task` of all matrices, which have the same number of heads. */
export function pack(place: Place, task: Operand<"int">): void {
  const { k, p, form } = place;
  form.packed.forEach((which, i) => {
    const index = k.variable(k.sub(task, k.mul(partsOf(place, which), i)));
    k.if(k.is(index, ">=", 0), () => {
      k.if(k.is(index, "<", partsOf(place, which)), () => {
        const head = k.variable(k.div(index, parts(k, p)));
        PACK[which.along](place, which, head, k.rem(index, parts(k, p)));
      });
    });
  });
}

type PackPart = (place: Place, which: Packed, head: Operand<"int">, part: Operand<"int">) => void;

const PACK: Readonly<Record<Packed["along"], PackPart>> = {
  tokens(place, which, head, part) {
    const { k, p, own } = place;
    const panels = PART_TOKENS / tileColumns(k);
    const first = k.variable(k.mul(part, panels));
    const zero = k.variable(k.constant("int", 0));
    k.loop(first, k.add(first, panels), 1, (panel) => {
      callWith(k, PACK_TOKENS, p.packTokens, own, {
        source: () => k.offset(p[which.matrix], k.shl(k.mul(head, p.headDim), 2)),
        depth: () => k.mul(p[MATRICES[which.matrix]], p.headDim),
        columns: () => p.rows,
        start: () => zero,
        end: () => p.rows,
        term: () => zero,
        terms: () => p.headDim,
        part: () => panel,
        to: () => packedHead(place, which, head),
      });
    });
  },
  elements(place, which, head, part) {
    const { k, p, own } = place;
    const zero = k.variable(k.constant("int", 0));
    const start = k.variable(k.mul(head, p.headDim));
    callWith(k, PACK_ELEMENTS, p.packElements, own, {
      source: () => p[which.matrix],
      depth: () => p.rows,
      columns: () => k.mul(p[MATRICES[which.matrix]], p.headDim),
      start: () => start,
      end: () => k.add(start, p.headDim),
      term: () => zero,
      terms: () => p.rows,
      part: () => part,
      to: () => packedHead(place, which, head),
    });
  },
};
