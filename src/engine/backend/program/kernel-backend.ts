/** A backend of kernels on any host: it lowers, plans, and binds weights that its programs share. */
import { DISPOSE } from "../../../base/dispose.ts";
import { UnsupportedError } from "../../../base/errors.ts";
import type { Node } from "../../graph/graph.ts";
import { MATMUL_PRECISIONS } from "../../graph/ops/matmul-precision.ts";
import { planGraph } from "../../graph/plan.ts";
import { multipliesIn, multipliesRounded } from "../../kernels/matmul/index.ts";
import { kernelRows } from "../../kernels/table.ts";
import type { Backend } from "../backend.ts";
import type { KernelHost } from "./kernel-host.ts";
import { KernelProgram } from "./kernel-program.ts";
import { KernelState } from "./kernel-state.ts";
import { lower } from "./lower.ts";
import { WeightStore } from "./weight-store.ts";

/**
 * Creates a backend over a host of kernels. The backend owns the host.
 * @param instructions what its kernels consist of, in words.
 */
export function kernelBackend(host: KernelHost, name: string, instructions: string): Backend {
  const weights = new WeightStore(host);
  const roundsFor = ({ shape: [rows, columns] }: Node) =>
    multipliesRounded(rows as number, columns as number, host.target);
  const dispose = (): void => {
    weights.dispose();
    host.dispose();
  };
  return {
    name,
    description: `${instructions}, ${host.threadCount} ${host.threadCount === 1 ? "thread" : "threads"}`,
    readsMappedMemory: host.readsMappedMemory,
    precisions: MATMUL_PRECISIONS.filter((precision) => multipliesIn(precision, host.target)),
    // Activations lose no more bits by it than weights in bf16 have lost.
    precisionFor: (dtype) => (dtype === "BF16" && multipliesIn("bf16", host.target) ? "bf16" : "f32"),
    createState: (shape, dtype) => new KernelState(host, shape, dtype),
    async compile(computation, bindings, precision = "f32") {
      if (precision !== "f32") {
        throw new UnsupportedError({
          doing: `compute in ${precision}`,
          found: `the backend ${name}`,
          fix: "use the reference backend",
        });
      }
      const plan = planGraph(lower(computation, roundsFor));
      const rows = await kernelRows(plan.steps.map(({ node }) => node.op));
      return new KernelProgram(plan, bindings, { host, weights, rows });
    },
    dispose,
    [DISPOSE]: dispose,
  };
}
