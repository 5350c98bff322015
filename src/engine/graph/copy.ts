/** Copies of a graph's parts in another graph: what every rewrite begins with. */
import type { Graph, Leaf, Node } from "./graph.ts";

/** A graph's symbols, declared in another one. */
export function copySymbols(from: Graph, to: Graph): void {
  for (const [name, max] of from.symbols) to.symbol(name, max);
}

/** The same leaf in another graph. */
export function copyLeaf(graph: Graph, { shape, dtype }: Node, leaf: Leaf): Node {
  switch (leaf.kind) {
    case "input":
      return dtype === "I32"
        ? graph.input(leaf.name, shape, "I32", leaf.below as number)
        : graph.input(leaf.name, shape, "F32");
    case "param":
      return graph.param(leaf.name, shape as number[], dtype);
    case "state":
      return graph.state(leaf.name, shape as number[], dtype);
    case "fill":
      return graph.fill(shape, leaf.value);
    case "table":
      return graph.table(leaf.values);
  }
}
