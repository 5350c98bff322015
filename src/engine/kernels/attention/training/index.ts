/**
 * Attention for training on every target. Heads are first packed into panels, then each task computes some rows of a
 * head. The results of a task depend only on its rows, so bits do not depend on the number of threads. Memory grows
 * linearly with the number of tokens. Results and gradients are within NMSE 1e-11 of the reference.
 */
import type { Node } from "../../../graph/graph.ts";
import type { AttentionHeads } from "../../../graph/ops/attention.ts";
import { type Kernel, kernel } from "../../../jit/builder.ts";
import type { Target } from "../../../jit/target.ts";
import { f32, int, type KernelRow, kernelAt, kernelRow, scratch, scratchOf } from "../../launch.ts";
import { forEachPhasedTask, phasedArguments } from "../../phased-tasks.ts";
import { mostOf } from "../../sizes.ts";
import { FORWARD } from "./forward.ts";
import { GRADIENT_KV, GRADIENT_Q } from "./gradients.ts";
import { PACK_ELEMENTS, PACK_TOKENS, pack, packTasks } from "./packing.ts";
import { PRODUCT, productTiles } from "./product.ts";
import { type Form, MATRICES, type P, PARAMETERS } from "./site.ts";
import { OWN_BYTES, PART_TOKENS, ROWS } from "./sizes.ts";
import { setTask, taskIn } from "./task.ts";

/** Columns of the widest panel of any target. Panels of elements are padded to whole ones. */
const WIDEST_PANEL = 32;

function kernelOf(form: Form): Kernel {
  const pointers = Object.fromEntries(Object.keys(form.pointers).map((name) => [name, "ptr"] as const));
  return kernel(form.name, { ...pointers, ...PARAMETERS }, (k, args) => {
    const p = args as unknown as P;
    const own = k.variable(scratchOf(k, p.tasks, k.offset(p.scratch, p.packedBytes), OWN_BYTES));
    const place = { k, p, form, own };
    const blocks = () => k.div(k.add(p.rows, ROWS - 1), ROWS);
    const all = k.add(packTasks(place), k.mul(blocks(), p[form.rowsOf]));
    forEachPhasedTask(k, p, all, ({ number, waitFor }) => {
      const packing = k.variable(packTasks(place));
      k.if(
        k.is(number, "<", packing),
        () => pack(place, number),
        () => {
          waitFor(packing);
          const task = k.variable(k.sub(number, packing));
          const block = k.div(task, p[form.rowsOf]);
          // The longest tasks first: late queries see the most keys, early keys are seen by the most queries.
          const inOrder = form.rowsOf === "heads" ? k.sub(k.sub(blocks(), 1), block) : block;
          const start = k.mul(inOrder, ROWS);
          setTask(k, own, {
            head: k.rem(task, p[form.rowsOf]),
            start,
            count: k.min(k.sub(p.rows, start), ROWS),
          });
          form.task({ ...place, task: taskIn(k, own) });
        },
      );
    });
  }) as unknown as Kernel;
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Sizes and working memory of a launch. */
function argumentsOf(form: Form, node: Node, heads: AttentionHeads, target: Target) {
  const { nHeads, nKvHeads, headDim, scale } = heads;
  const [rows] = node.inputs[0].shape;
  const headBytes = 4 * roundUp(mostOf(node, rows), PART_TOKENS) * roundUp(headDim, WIDEST_PANEL);
  const packedHeads = MATRICES[form.packed[0].matrix] === "heads" ? nHeads : nKvHeads;
  const packedBytes = headBytes * packedHeads * form.packed.length;
  return {
    ...form.pointers,
    scratch: scratch(OWN_BYTES, packedBytes),
    packTokens: kernelAt(PACK_TOKENS),
    packElements: kernelAt(PACK_ELEMENTS),
    product: kernelAt(PRODUCT),
    ...productTiles(target),
    ...phasedArguments,
    rows: int(rows),
    heads: int(nHeads),
    kvHeads: int(nKvHeads),
    headDim: int(headDim),
    headBytes: int(headBytes),
    packedBytes: int(packedBytes),
    scale: f32(scale),
    scaleLog2: f32(scale * Math.LOG2E),
  };
}

function row(form: Form): KernelRow {
  const made = kernelOf(form);
  return kernelRow({
    op: form.name,
    launch: (node, target) => ({
      kernel: made,
      arguments: argumentsOf(form, node, node.attributes, target),
    }),
  });
}

export const TRAINING_ATTENTION_ROWS: readonly KernelRow[] = [FORWARD, GRADIENT_Q, GRADIENT_KV].map(row);
