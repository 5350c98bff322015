/**
 * grad: from graph to graph. It walks back from results whose gradients are known and adds the nodes that compute the
 * gradient of each wanted node, with the gradient rules in the files of the ops. Nothing is recorded while a graph
 * runs; a training step is the same graph with more nodes.
 */
import { assert, UnsupportedError } from "../../base/errors.ts";
import type { Node } from "./graph.ts";
import { add } from "./ops/elementwise.ts";
import { isOp } from "./ops/table.ts";

/** Ids of the nodes through which any of `wanted` influences others, among those from number `first` to `last`. */
function dependents(
  nodes: readonly Node[],
  wanted: readonly Node[],
  [first, last]: readonly [number, number],
): Set<number> {
  const ids = new Set(wanted.map((node) => node.id));
  for (const node of nodes.slice(first, last + 1)) {
    if (node.inputs.some((input) => ids.has(input.id))) ids.add(node.id);
  }
  return ids;
}

/**
 * The sum of two gradients of one node. A product or scattered rows are added in place to the known gradient, if
 * nothing else reads it.
 */
function sumOf(known: Node, more: Node): Node {
  const { graph } = more;
  const isFresh = isOp(known, "matmul") || isOp(known, "scatter_add_rows");
  const isRead = graph.nodes.some(({ inputs }) => inputs.includes(known));
  if (isFresh && !isRead && more.inputs.length === 2 && more.op !== undefined) {
    if (isOp(more, "matmul") || isOp(more, "scatter_add_rows"))
      return graph.apply(more.op, [...more.inputs, known], more.attributes);
  }
  return add(known, more);
}

/**
 * Adds the gradients with respect to each node of `wanted`, in their order, of a scalar that depends on `seeds`: nodes
 * whose gradients are known. A node on which no seed depends gets zeros. Only nodes from number `first` on are
 * differentiated: earlier ones count as constants.
 * @throws UnsupportedError if an op on the way has no gradient rule.
 */
export function backward(seeds: ReadonlyMap<Node, Node>, wanted: readonly Node[], first = 0): Node[] {
  const [seed] = seeds.keys();
  assert(seed !== undefined, "gradients need a node to start from");
  const { graph } = seed;
  const last = Math.max(...[...seeds.keys()].map(({ id }) => id));
  const reached = dependents(graph.nodes, wanted, [first, last]);
  const gradients = new Map<number, Node>([...seeds].map(([node, gradient]) => [node.id, gradient]));
  for (let id = last; id >= first; id--) {
    const node = graph.nodes[id];
    const dOut = gradients.get(id);
    if (node.op === undefined || dOut === undefined || !reached.has(id)) continue;
    if (node.op.gradient === undefined) {
      throw new UnsupportedError({
        doing: `differentiate through ${node.op.name}`,
        found: "it has no gradient rule",
      });
    }
    node.op.gradient(node, dOut, node.attributes).forEach((dInput, i) => {
      const input = node.inputs[i];
      if (dInput === undefined || !reached.has(input.id)) return;
      const known = gradients.get(input.id);
      gradients.set(input.id, known === undefined ? dInput : sumOf(known, dInput));
    });
  }
  return wanted.map((node) => gradients.get(node.id) ?? graph.fill(node.shape, 0));
}

/** Adds the gradients of `loss` (one element) with respect to each node of `wanted`, in their order. */
export function grad(loss: Node, wanted: readonly Node[]): Node[] {
  assert(
    loss.shape.every((dim) => dim === 1),
    "a loss must have one element",
  );
  return backward(new Map([[loss, loss.graph.fill(loss.shape, 1)]]), wanted);
}
