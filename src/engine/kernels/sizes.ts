/** Sizes of operands for launches. */
import type { Dim, Node } from "../graph/graph.ts";

/** The greatest value that a dim can have. */
export function mostOf({ graph }: Node, dim: Dim): number {
  return typeof dim === "number" ? dim : (graph.symbols.get(dim) ?? 0);
}

/** The greatest number of elements that a node can have. */
export function mostElements(node: Node): number {
  return node.shape.reduce<number>((product, dim) => product * mostOf(node, dim), 1);
}
