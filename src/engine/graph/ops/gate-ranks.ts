/**
 * gate_ranks: scales the columns of h [T, R] by factors of each token's sequence. The columns belong to groups, one after
 * another; `gates` [B, groups] has a factor for each sequence and group:
 *
 *     out[t][j] = h[t][j] · gates[sequences[t]][group of j]
 *
 * With the down-projections of several low-rank adapters side by side, each text of a batch gets its own adapters, at its
 * own scales: a factor of 0 switches an adapter off.
 */
import { ShapeError } from "../../../base/errors.ts";
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, integers, type Op } from "../op.ts";

export interface GateRanksAttributes {
  /** Columns of each group. */
  readonly ranks: readonly number[];
}

export const GATE_RANKS: Op<GateRanksAttributes> = {
  name: "gate_ranks",
  infer([h, gates, sequences], { ranks }) {
    const [tokens, columns] = expectRank("gate_ranks", "a matrix", h, 2);
    const [count] = expectRank("gate_ranks", "gates", gates, 2);
    expectShape("gate_ranks", "gates", gates, [count, ranks.length]);
    expectShape("gate_ranks", "sequences", sequences, [tokens]);
    const total = ranks.reduce((sum, rank) => sum + rank, 0);
    if (total === columns) return { shape: h.shape, dtype: "F32" };
    throw new ShapeError({
      doing: "apply gate_ranks",
      expected: `groups of ${columns} columns in all`,
      found: `${ranks.join(" + ")} = ${total}`,
    });
  },
  reference([h, gates, sequences], [output], { ranks }) {
    const [values, factors, owners, out] = [floats(h), floats(gates), integers(sequences), floats(output)];
    const groups = ranks.flatMap((rank, group) => Array.from({ length: rank }, () => group));
    const columns = groups.length;
    owners.forEach((sequence, t) => {
      for (let j = 0; j < columns; j++) {
        const factor = factors[sequence * ranks.length + groups[j]];
        // An adapter that is off adds nothing, whatever it contains.
        out[t * columns + j] = factor === 0 ? 0 : values[t * columns + j] * factor;
      }
    });
  },
};

/** h [T, R] with its columns scaled by the gates [B, groups] of each token's sequence [T]. */
export function gateRanks(h: Node, gates: Node, sequences: Node, ranks: readonly number[]): Node {
  return h.graph.apply(GATE_RANKS, [h, gates, sequences], { ranks });
}
