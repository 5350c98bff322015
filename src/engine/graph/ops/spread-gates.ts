/**
 * spread_gates: the factors of groups of columns, once for each column: from gates [B, groups] to [B, R]. The columns belong
 * to groups, one after another:
 *
 *     out[b][j] = gates[b][group of j]
 */
import { ShapeError } from "../../../base/errors.ts";
import { expectRank, type Node } from "../graph.ts";
import { floats, type Op } from "../op.ts";

export interface SpreadGatesAttributes {
  /** Columns of each group. */
  readonly ranks: readonly number[];
}

/** The group of each column. */
export const groupsOf = ({ ranks }: SpreadGatesAttributes): number[] =>
  ranks.flatMap((rank, group) => Array.from({ length: rank }, () => group));

export const SPREAD_GATES: Op<SpreadGatesAttributes> = {
  name: "spread_gates",
  infer([gates], { ranks }) {
    const [sequences, groups] = expectRank("spread_gates", "gates", gates, 2);
    if (groups !== ranks.length) {
      throw new ShapeError({
        doing: "apply spread_gates",
        expected: `gates of ${ranks.length} groups`,
        found: `of ${groups}`,
      });
    }
    return { shape: [sequences, ranks.reduce((sum, rank) => sum + rank, 0)], dtype: "F32" };
  },
  reference([gates], [output], attributes) {
    const [factors, out] = [floats(gates), floats(output)];
    const [sequences, groups] = gates.shape;
    const groupOf = groupsOf(attributes);
    for (let b = 0; b < sequences; b++)
      groupOf.forEach((group, j) => {
        out[b * groupOf.length + j] = factors[b * groups + group];
      });
  },
};

/** [B, R] from gates [B, groups] and the columns of each group. */
export function spreadGates(gates: Node, ranks: readonly number[]): Node {
  return gates.graph.apply(SPREAD_GATES, [gates], { ranks });
}
