/** The planner's memory, and the verification: every mutation of a valid plan is refused. */
import { describe, expect, it } from "vitest";
import { tinyConfig } from "../../../test/support/tiny-model.ts";
import { ShapeError } from "../../base/errors.ts";
import { parameterShapes } from "../../config/parameters.ts";
import { inferenceGraph, trainingGraph } from "../../model/graphs.ts";
import { plainWeights } from "../../model/weights.ts";
import { grad } from "./grad.ts";
import { Graph, type Node } from "./graph.ts";
import { add } from "./ops/elementwise.ts";
import { maxByteLength, type Place, type Plan, type PlannedOperand, planGraph } from "./plan.ts";
import { verifyPlan } from "./verify-plan.ts";

function inferencePlan(): Plan {
  const config = tinyConfig();
  const limits = {
    maxTokens: 9,
    maxSequences: 3,
    context: 40,
    nPages: 12,
    pageSize: 8,
    cacheDtype: "F32",
  } as const;
  return planGraph(inferenceGraph(config, limits, (g) => plainWeights(g, config, () => "F32")));
}

function trainingPlan(): Plan {
  const config = tinyConfig();
  const { graph, loss } = trainingGraph(config, 12);
  const params = parameterShapes(config).flatMap(({ name, shape, optional }) =>
    optional ? [] : [graph.param(name, shape, "F32")],
  );
  const gradients = Object.fromEntries(grad(loss, params).map((node, i) => [`d${i}`, node]));
  return planGraph({ graph, outputs: { loss, ...gradients } });
}

/** The plan with one operand of one step changed. Operand −1 is the output. */
function mutate(plan: Plan, step: number, operand: number, change: (place: Place) => Partial<Place>): Plan {
  const edit = (planned: PlannedOperand): PlannedOperand => {
    const place = { ...planned.place, ...change(planned.place) } as Place;
    return { node: planned.node, place };
  };
  const steps = plan.steps.map((original, i) => {
    if (i !== step) return original;
    if (operand === -1) return { ...original, outputs: [edit(original.outputs[0])] };
    return { ...original, inputs: original.inputs.map((input, j) => (j === operand ? edit(input) : input)) };
  });
  return { ...plan, steps };
}

describe.each([
  ["inference", inferencePlan],
  ["training", trainingPlan],
])("plan of %s", (_, makePlan) => {
  const plan = makePlan();

  it("is accepted unchanged", () => {
    expect(() => verifyPlan(plan)).not.toThrow();
  });

  it("needs less memory than all results together", () => {
    const sum = plan.steps.reduce((total, { node }) => total + maxByteLength(node, "f32"), 0);
    expect(plan.arenaByteLength).toBeLessThan(sum);
  });

  it("is refused with any range one byte too long or too short", () => {
    for (const delta of [1, -1]) {
      plan.steps.forEach((step, i) => {
        for (let operand = -1; operand < step.inputs.length; operand++) {
          const bad = mutate(plan, i, operand, ({ byteLength }) => ({ byteLength: byteLength + delta }));
          expect(() => verifyPlan(bad), `step ${i}, operand ${operand}`).toThrow(ShapeError);
        }
      });
    }
  });

  it("is refused with any result moved by a cache line, at any of its reads", () => {
    plan.steps.forEach((step, i) => {
      for (let operand = -1; operand < step.inputs.length; operand++) {
        const { place } = operand === -1 ? step.outputs[0] : step.inputs[operand];
        if (place.kind !== "arena") continue;
        const isRead =
          operand >= 0 || plan.steps.some(({ inputs }) => inputs.some(({ node }) => node === step.node));
        if (!isRead) continue;
        const bad = mutate(plan, i, operand, () => ({ offset: place.offset + 64 }));
        expect(() => verifyPlan(bad), `step ${i}, operand ${operand}`).toThrow(ShapeError);
      }
    });
  });

  it("is refused with a smaller arena, and with a missing result", () => {
    expect(() => verifyPlan({ ...plan, arenaByteLength: plan.arenaByteLength - 64 })).toThrow(ShapeError);
    for (let i = 0; i < plan.steps.length; i++) {
      if (plan.steps[i].outputs[0].place.kind !== "arena") continue;
      expect(() => verifyPlan({ ...plan, steps: plan.steps.toSpliced(i, 1) })).toThrow(ShapeError);
    }
  });
});

describe("planGraph", () => {
  it("does not let a result take the bytes of one that is still needed", () => {
    const graph = new Graph();
    const x = graph.input("x", [100], "F32");
    const sums: Node[] = [];
    for (let i = 0; i < 8; i++) sums.push(add(x, sums.at(-1) ?? x));
    const y = sums.reduce((a, b) => add(a, b));
    expect(() => verifyPlan(planGraph({ graph, outputs: { y } }))).not.toThrow();
  });

  it("omits nodes that no output depends on", () => {
    const graph = new Graph();
    const x = graph.input("x", [4], "F32");
    const y = add(x, x);
    add(y, graph.input("unused", [4], "F32"));
    const plan = planGraph({ graph, outputs: { y } });
    expect(plan.steps).toHaveLength(1);
    expect(plan.leaves).toEqual([x]);
  });
});
