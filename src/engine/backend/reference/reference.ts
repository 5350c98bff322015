/**
 * The reference backend, which defines correct results: every other backend is tested against it. It walks the plan,
 * calls the loops of each op on this thread, and lets the event loop run between ops. It is slow on purpose. It decodes
 * quantised weights row by row and keeps no copy of them.
 */

import { platform } from "#platform";
import { DISPOSE } from "../../../base/dispose.ts";
import { type DType, dtypeInfo, tensorByteLength } from "../../../base/dtypes.ts";
import { assert, DtypeError } from "../../../base/errors.ts";
import type { Bindings, BoundTensor, State } from "../../graph/bindings.ts";
import { checkBindings, checkDims, checkInputs } from "../../graph/check-step.ts";
import type { Leaf, Node } from "../../graph/graph.ts";
import type { FloatArray, Operand } from "../../graph/op.ts";
import { MATMUL_PRECISIONS } from "../../graph/ops/matmul-precision.ts";
import {
  type Place,
  type Plan,
  type PlannedOperand,
  type PlanStep,
  planGraph,
  resolveShape,
} from "../../graph/plan.ts";
import { verifyPlan } from "../../graph/verify-plan.ts";
import type { Backend, Program, StepOptions } from "../backend.ts";

/** Steps yield to the event loop after this time. */
const YIELD_AFTER_MS = 8;

type Data = Operand["data"];

class ReferenceState implements State {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  data: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

  constructor(shape: readonly number[], dtype: DType) {
    const byteLength = tensorByteLength(dtype, shape);
    if (byteLength === undefined)
      throw new DtypeError({
        doing: "create a state",
        expected: "whole blocks",
        found: `${dtype} [${shape}]`,
      });
    this.dtype = dtype;
    this.shape = shape;
    this.byteLength = byteLength;
    this.data = dtype === "F32" ? new Float32Array(byteLength / 4) : new Uint8Array(byteLength);
  }
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.data.buffer, this.data.byteOffset, this.byteLength);
  }
  copyWithin(target: number, source: number, byteLength: number): void {
    this.bytes().copyWithin(target, source, source + byteLength);
  }
  dispose(): void {
    this.data = new Float32Array(0);
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/** Elements of a bound weight: floats if the bytes are aligned F32, else the bytes. */
function weightData({ dtype, bytes }: BoundTensor): Data {
  if (dtype !== "F32") return bytes;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** A program that runs the steps of a plan with the ops' reference loops. */
export class ReferenceProgram implements Program {
  readonly #plan: Plan;
  readonly #arena: ArrayBuffer;
  /** Weights, states and constants; inputs come with the step. */
  readonly #fixed = new Map<Node, Data>();
  readonly #floats: Float32ArrayConstructor | Float64ArrayConstructor;
  #running = false;
  #lastYield = performance.now();

  constructor(plan: Plan, bindings: Bindings) {
    verifyPlan(plan);
    checkBindings(plan, bindings);
    this.#plan = plan;
    this.#floats = plan.precision === "f64" ? Float64Array : Float32Array;
    this.#arena = new ArrayBuffer(plan.arenaByteLength);
    for (const node of plan.leaves) {
      const data = this.#fixedData(node, bindings);
      if (data !== undefined) this.#fixed.set(node, data);
    }
  }

  #fixedData({ leaf, shape, graph }: Node, { params, states }: Bindings): Data | undefined {
    switch (leaf?.kind) {
      case "param": {
        const tensor = params.get(leaf.name);
        assert(tensor !== undefined, `param ${leaf.name} passed the check unbound`);
        const data = weightData(tensor);
        return this.#plan.precision === "f64" && data instanceof Float32Array
          ? Float64Array.from(data)
          : data;
      }
      case "state": {
        const state = states.get(leaf.name);
        assert(state instanceof ReferenceState, `state ${leaf.name} belongs to another backend`);
        return state.data;
      }
      case "fill": {
        const length = resolveShape(shape, graph.symbols).reduce((product, dim) => product * dim, 1);
        return new this.#floats(length).fill(leaf.value);
      }
      case "table":
        return leaf.values;
      default:
        return undefined;
    }
  }

  async prepare(): Promise<void> {}

  async run(
    inputs: Readonly<Record<string, Int32Array | FloatArray>>,
    dims: Readonly<Record<string, number>>,
    { signal }: StepOptions = {},
  ): Promise<Readonly<Record<string, Float32Array>>> {
    const values = checkDims(this.#plan, dims);
    checkInputs(this.#plan, inputs, values);
    assert(!this.#running, "two steps of one program overlap");
    this.#running = true;
    try {
      await this.#runSteps(inputs, values, signal);
    } finally {
      this.#running = false;
    }
    const results = [...this.#plan.outputs].map(([name, operand]) => {
      const { data } = this.#operand(operand, inputs, values);
      return [name, data as Float32Array] as const;
    });
    return Object.fromEntries(results);
  }

  async #runSteps(
    inputs: Readonly<Record<string, Data>>,
    values: ReadonlyMap<string, number>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const step of this.#plan.steps) {
      if (performance.now() - this.#lastYield > YIELD_AFTER_MS) {
        await platform.yieldToEventLoop();
        this.#lastYield = performance.now();
      }
      signal?.throwIfAborted();
      this.#runStep(step, inputs, values);
    }
  }

  #runStep(step: PlanStep, inputs: Readonly<Record<string, Data>>, dims: ReadonlyMap<string, number>): void {
    const operands = step.inputs.map((input) => this.#operand(input, inputs, dims));
    const results = step.outputs.map((output) => this.#operand(output, inputs, dims));
    step.node.op?.reference(operands, results, step.node.attributes);
  }

  #operand(
    { node, place }: PlannedOperand,
    inputs: Readonly<Record<string, Data>>,
    dims: ReadonlyMap<string, number>,
  ): Operand {
    const shape = resolveShape(node.shape, dims);
    return { dtype: node.dtype, shape, data: this.#data(node, place, shape, inputs) };
  }

  #data(node: Node, place: Place, shape: readonly number[], inputs: Readonly<Record<string, Data>>): Data {
    const length = shape.reduce((product, dim) => product * dim, 1);
    if (place.kind === "arena") return this.#arenaData(node.dtype, place.offset, length);
    if (place.leaf.kind === "input") return inputs[place.leaf.name];
    const data = this.#fixed.get(node) ?? this.#stateData(place.leaf);
    return place.leaf.kind === "fill" ? (data as FloatArray).subarray(0, length) : data;
  }

  #arenaData(dtype: DType, offset: number, length: number): Data {
    if (dtype === "F32") return new this.#floats(this.#arena, offset, length) as FloatArray;
    if (dtype === "I32") return new Int32Array(this.#arena, offset, length);
    return new Uint8Array(this.#arena, offset, length * dtypeInfo(dtype).blockBytes);
  }

  /** The data of a state, which is also the data of nodes that write to it in place. */
  #stateData(leaf: Leaf): Data {
    for (const [node, data] of this.#fixed) if (node.leaf === leaf) return data;
    throw new Error("Internal error: a place without data");
  }

  dispose(): void {
    this.#fixed.clear();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/** The backend that defines correct results. It has no requirements on the machine. */
export function referenceBackend(): Backend {
  return {
    name: "reference",
    description: "plain loops on one thread: slow, but the definition of correct results",
    readsMappedMemory: false,
    precisions: MATMUL_PRECISIONS,
    precisionFor: () => "f32",
    createState: (shape, dtype) => new ReferenceState(shape, dtype),
    compile: async (computation, bindings, precision) =>
      new ReferenceProgram(planGraph(computation, precision), bindings),
    dispose() {},
    [DISPOSE]() {},
  };
}
