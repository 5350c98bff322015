/** Copies parts of a graph to another graph, as the first step of every rewrite. */
import type { Graph, Leaf, Node } from "./graph.ts";

/** Declares a graph's symbols in another one. */
export function copySymbols(from: Graph, to: Graph): void {
  for (const [name, max] of from.symbols) to.symbol(name, max);
}

/** Adds the same leaf to another graph. */
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
