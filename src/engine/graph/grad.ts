/**
 * grad: from graph to graph. It walks back from a scalar loss and adds the nodes that compute the gradient of
 * each wanted node, using the gradient rule that every op keeps in its own file. Nothing is recorded while a
 * graph runs; a training step is the same graph with more nodes.
 */
import { assert, UnsupportedError } from "../../base/errors.ts";
import type { Node } from "./graph.ts";
import { add } from "./ops/elementwise.ts";

/** Ids of the nodes through which `loss` depends on any of `wanted`. */
function dependents(loss: Node, wanted: readonly Node[]): Set<number> {
  const ids = new Set(wanted.map((node) => node.id));
  for (const node of loss.graph.nodes.slice(0, loss.id + 1)) {
    if (node.inputs.some((input) => ids.has(input.id))) ids.add(node.id);
  }
  return ids;
}

/**
 * Adds the gradients of `loss` (one element) with respect to each node of `wanted`, in their order. A node that
 * the loss does not depend on gets zeros.
 * @throws UnsupportedError if an op on the way has no gradient rule.
 */
export function grad(loss: Node, wanted: readonly Node[]): Node[] {
  const { graph } = loss;
  assert(
    loss.shape.every((dim) => dim === 1),
    "a loss must have one element",
  );
  const reached = dependents(loss, wanted);
  const gradients = new Map<number, Node>([[loss.id, graph.fill(loss.shape, 1)]]);
  for (let id = loss.id; id >= 0; id--) {
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
      const sum = gradients.get(input.id);
      gradients.set(input.id, sum === undefined ? dInput : add(sum, dInput));
    });
  }
  return wanted.map((node) => gradients.get(node.id) ?? graph.fill(node.shape, 0));
}
