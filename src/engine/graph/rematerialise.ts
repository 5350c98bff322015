/**
 * Activation checkpointing as a rewrite: results of the forward pass that are cheap to recompute are not kept for the
 * backward pass, which recomputes them at their first use [Checkpointing] [LLaMA, section 2.4]. The gradients are the
 * same, bit for bit. It saves memory and costs the time of the repeated ops.
 */
import { copyLeaf, copySymbols } from "./copy.ts";
import { Graph, type Node } from "./graph.ts";
import type { Op } from "./op.ts";
import type { Computation } from "./plan.ts";

class Rematerialisation {
  readonly graph = new Graph();
  readonly #lastForward: number;
  readonly #keeps: (node: Node) => boolean;
  readonly #mapped = new Map<Node, Node>();
  readonly #again = new Map<Node, Node>();

  constructor(source: Graph, lastForward: number, keeps: (node: Node) => boolean) {
    this.#lastForward = lastForward;
    this.#keeps = keeps;
    copySymbols(source, this.graph);
    for (const node of source.nodes) {
      if (this.#mapped.has(node)) continue;
      const isForward = node.id <= lastForward;
      this.#set(this.#mapped, node, this.#copy(node, isForward ? this.mapped : this.#late));
    }
  }

  readonly mapped = (node: Node): Node => this.#mapped.get(node) as Node;

  /** The node that the backward pass reads for a result. */
  readonly #late = (node: Node): Node => {
    const [application] = node.outputs;
    if (node.leaf !== undefined || node.id > this.#lastForward || this.#keeps(application))
      return this.mapped(node);
    if (!this.#again.has(node)) this.#set(this.#again, application, this.#copy(application, this.#late));
    return this.#again.get(node) as Node;
  };

  #copy(node: Node, input: (node: Node) => Node): Node {
    if (node.leaf !== undefined) return copyLeaf(this.graph, node, node.leaf);
    return this.graph.apply(node.op as Op, node.inputs.map(input), node.attributes);
  }

  #set(map: Map<Node, Node>, application: Node, copy: Node): void {
    application.outputs.forEach((output, i) => {
      map.set(output, copy.outputs[i]);
    });
  }
}

/**
 * The same computation in a new graph. Nodes after number `lastForward` read recomputed copies of the earlier results
 * that are not kept. Leaves are always kept. Ops of the forward pass must not write in place.
 */
export function rematerialise(
  { graph, outputs, effects = [] }: Computation,
  lastForward: number,
  keeps: (application: Node) => boolean,
): Computation {
  const { graph: rewritten, mapped } = new Rematerialisation(graph, lastForward, keeps);
  return {
    graph: rewritten,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, node]) => [name, mapped(node)])),
    effects: effects.map(mapped),
  };
}
