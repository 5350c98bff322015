/**
 * A program of kernels: the lowered, planned and verified graph as calls with addresses. The op's reference decodes
 * rows of quantised embedding tables before the kernels start; everything else runs without JavaScript.
 */
import { DISPOSE } from "../../../base/dispose.ts";
import { assert, RequestError, UnsupportedError } from "../../../base/errors.ts";
import type { Bindings } from "../../graph/bindings.ts";
import { checkBindings, checkDims, checkInputs } from "../../graph/check-step.ts";
import type { Leaf, Node } from "../../graph/graph.ts";
import type { FloatArray, Operand } from "../../graph/op.ts";
import { isOp } from "../../graph/ops/table.ts";
import { type Plan, type PlannedOperand, type PlanStep, resolveShape } from "../../graph/plan.ts";
import { verifyPlan } from "../../graph/verify-plan.ts";
import type { Kernel } from "../../jit/builder.ts";
import { type KernelRow, type Launch, takesFileLayout } from "../../kernels/launch.ts";
import type { PrepareOptions, Program, StepOptions } from "../backend.ts";
import { CallTable, type PlacedLaunch } from "./call-table.ts";
import type { KernelHost, Region } from "./kernel-host.ts";
import { KernelState } from "./kernel-state.ts";
import { barriers } from "./phases.ts";
import type { WeightStore, WeightUser } from "./weight-store.ts";

export interface KernelProgramParts {
  readonly host: KernelHost;
  readonly weights: WeightStore;
  readonly rows: readonly KernelRow[];
}

/** Ops that may run on this thread before the kernels: reading rows of a quantised table, whose inputs are leaves. */
function runsOnHost({ node }: PlanStep): boolean {
  return isOp(node, "gather_rows") && node.inputs.every((input) => input.leaf !== undefined);
}

interface KernelStep {
  readonly step: PlanStep;
  readonly row: KernelRow;
  readonly launch: Launch;
}

/** A computation as a table of kernel calls over its own memory, the weights of the store, and states. */
export class KernelProgram implements Program {
  readonly #plan: Plan;
  readonly #parts: KernelProgramParts;
  readonly #bindings: Bindings;
  readonly #weights: WeightUser;
  readonly #arena: Region;
  /** Inputs of the step and constants. */
  readonly #leaves = new Map<Leaf, Region>();
  readonly #hostSteps: PlanStep[] = [];
  readonly #launches: readonly PlacedLaunch[];
  /** Created when weights are packed: kernels are compiled while threads pack. */
  #table: CallTable | undefined;
  #running = false;
  /** Calls of `prepare` and `run` that have not ended. */
  #uses = 0;
  #disposed = false;

  constructor(plan: Plan, bindings: Bindings, parts: KernelProgramParts) {
    verifyPlan(plan);
    checkBindings(plan, bindings);
    this.#plan = plan;
    this.#parts = parts;
    this.#bindings = bindings;
    const kernelSteps = this.#splitSteps(); // throws before anything is allocated
    this.#weights = parts.weights.user();
    this.#arena = parts.host.allocate(plan.arenaByteLength);
    for (const node of plan.leaves) this.#placeLeaf(node);
    const waits = barriers(kernelSteps.map(({ step }) => step));
    this.#launches = kernelSteps.map((kernelStep, i) => this.#place(kernelStep, waits[i]));
  }

  /** Steps with their kernels. Steps without a kernel must come first and run on this thread. */
  #splitSteps(): KernelStep[] {
    const kernelSteps: KernelStep[] = [];
    for (const step of this.#plan.steps) {
      const kernelStep = this.#kernelStep(step);
      if (kernelStep !== undefined) kernelSteps.push(kernelStep);
      else if (kernelSteps.length === 0 && runsOnHost(step)) this.#hostSteps.push(step);
      else throw this.#noKernel(step.node);
    }
    return kernelSteps;
  }

  /** The first row that can compute the step. */
  #kernelStep(step: PlanStep): KernelStep | undefined {
    const { rows, host } = this.#parts;
    for (const row of rows) {
      const launch = row.launch(step.node, host.target);
      if (launch !== undefined) return { step, row, launch };
    }
    return undefined;
  }

  #noKernel({ op, inputs }: Node): UnsupportedError {
    const types = inputs.map(({ dtype, shape }) => `${dtype} [${shape.join(", ")}]`).join(", ");
    return new UnsupportedError({
      doing: `run the op ${op?.name} on ${this.#parts.host.target.name}`,
      found: `no kernel for ${types}`,
      fix: "use the reference backend",
    });
  }

  #placeLeaf(node: Node): void {
    const { leaf, shape, graph } = node;
    if (leaf === undefined || leaf.kind === "param" || leaf.kind === "state") return;
    const length = resolveShape(shape, graph.symbols).reduce((product, dim) => product * dim, 1);
    const region = this.#parts.host.allocate(4 * length);
    if (leaf.kind === "fill") floatsOf(region, 0, length).fill(leaf.value);
    if (leaf.kind === "table") floatsOf(region, 0, length).set(leaf.values);
    this.#leaves.set(leaf, region);
  }

  #place({ step, row, launch }: KernelStep, barrierBefore: boolean): PlacedLaunch {
    const packing = row.packing(step.node, this.#parts.host.target);
    let weight: PlacedLaunch["weight"];
    const inputs = step.inputs.map((operand, i) => {
      const { leaf } = operand.node;
      if (packing?.input !== i || leaf?.kind !== "param") return this.#address(operand);
      const place = this.#weights.packed(this.#param(leaf.name), packing, takesFileLayout(launch));
      weight = { input: i, place };
      return place.address;
    });
    const outputs = step.outputs.map((output) => this.#address(output));
    return { ...launch, inputs, outputs, barrierBefore, ...(weight && { weight }) };
  }

  #param(name: string) {
    const tensor = this.#bindings.params.get(name);
    assert(tensor !== undefined, `param ${name} passed the check unbound`);
    return tensor;
  }

  #address({ place }: PlannedOperand): bigint {
    if (place.kind === "arena") return this.#arena.address + BigInt(place.offset);
    const { leaf } = place;
    if (leaf.kind === "param") return this.#weights.plain(this.#param(leaf.name));
    if (leaf.kind === "state") {
      const state = this.#bindings.states.get(leaf.name);
      assert(state instanceof KernelState, `state ${leaf.name} belongs to another backend`);
      return state.region.address;
    }
    const region = this.#leaves.get(leaf);
    assert(region !== undefined, "a leaf has no memory");
    return region.address;
  }

  async prepare(options?: PrepareOptions): Promise<void> {
    await this.#using(() => this.#preparedTable(options));
  }

  /** Runs `work`. Threads may use the program's memory meanwhile, so a dispose frees it only after they are done. */
  async #using<T>(work: () => Promise<T>): Promise<T> {
    this.#uses++;
    try {
      return await work();
    } finally {
      this.#uses--;
      if (this.#disposed && this.#uses === 0) this.#free();
    }
  }

  /** Kernels to compile while weights are packed. Of launches whose weight stays in the file, a short one may suffice. */
  #longKernels(): ReadonlySet<Kernel> {
    const now = this.#launches.filter(
      ({ short, weight }) => short === undefined || weight?.place.inFile === false,
    );
    return new Set(now.map(({ kernel }) => kernel));
  }

  async #preparedTable(options?: PrepareOptions): Promise<CallTable> {
    const { host } = this.#parts;
    const kernels = this.#table === undefined ? this.#longKernels().values() : undefined;
    await this.#weights.prepare(options, () => {
      const kernel = kernels?.next().value;
      if (kernel !== undefined) host.kernel(kernel);
    });
    this.#table ??= new CallTable(host, this.#launches, () => this.#weights.moves());
    return this.#table;
  }

  async run(
    inputs: Readonly<Record<string, Int32Array | FloatArray>>,
    dims: Readonly<Record<string, number>>,
    { signal }: StepOptions = {},
  ): Promise<Readonly<Record<string, Float32Array>>> {
    const values = checkDims(this.#plan, dims);
    checkInputs(this.#plan, inputs, values);
    if (this.#disposed) throw new RequestError({ doing: "run a step", found: "a disposed program" });
    if (this.#running)
      throw new RequestError({ doing: "run a step", found: "another step is running", fix: "await it" });
    this.#running = true;
    try {
      await this.#using(async () => {
        const table = await this.#preparedTable({ signal });
        this.#writeInputs(inputs);
        for (const step of this.#hostSteps) this.#runOnHost(step, inputs, values);
        const several = table.hasSeveralTokens(values);
        await this.#weights.around(() => table.run(values, signal), { several, signal });
      });
    } finally {
      this.#running = false;
    }
    if (this.#disposed) throw new RequestError({ doing: "finish a step", found: "the program was disposed" });
    return Object.fromEntries(
      [...this.#plan.outputs].map(([name, operand]) => [name, this.#result(operand, values)]),
    );
  }

  #writeInputs(inputs: Readonly<Record<string, Int32Array | FloatArray>>): void {
    for (const [leaf, region] of this.#leaves) {
      if (leaf.kind !== "input") continue;
      const values = inputs[leaf.name];
      const bytes = region.bytes(0, 4 * values.length);
      const target = values instanceof Int32Array ? Int32Array : Float32Array;
      new target(bytes.buffer, bytes.byteOffset, values.length).set(values);
    }
  }

  #runOnHost(
    { node, outputs: [output] }: PlanStep,
    inputs: Readonly<Record<string, Int32Array | FloatArray>>,
    values: ReadonlyMap<string, number>,
  ): void {
    const operands = node.inputs.map(({ leaf, dtype, shape }): Operand => {
      assert(leaf?.kind === "param" || leaf?.kind === "input", "a host step reads leaves only");
      const data = leaf.kind === "param" ? this.#param(leaf.name).bytes : inputs[leaf.name];
      return { dtype, shape: resolveShape(shape, values), data };
    });
    const result: Operand = {
      dtype: "F32",
      shape: resolveShape(node.shape, values),
      data: this.#result(output, values),
    };
    node.op?.reference(operands, [result], node.attributes);
  }

  /** The elements of a result in the arena, as many as the step has. */
  #result({ node, place }: PlannedOperand, values: ReadonlyMap<string, number>): Float32Array<ArrayBuffer> {
    assert(place.kind === "arena", "a result outside the arena");
    const length = resolveShape(node.shape, values).reduce((product, dim) => product * dim, 1);
    return floatsOf(this.#arena, place.offset, length);
  }

  dispose(): void {
    if (!this.#disposed && this.#uses === 0) this.#free();
    this.#disposed = true;
  }

  #free(): void {
    this.#weights.dispose();
    this.#table?.dispose();
    this.#arena.dispose();
    for (const region of this.#leaves.values()) region.dispose();
    this.#leaves.clear();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

function floatsOf(region: Region, offset: number, length: number): Float32Array<ArrayBuffer> {
  const bytes = region.bytes(offset, 4 * length);
  return new Float32Array(bytes.buffer, bytes.byteOffset, length);
}
