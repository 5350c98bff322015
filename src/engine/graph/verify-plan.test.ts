/**
 * The verification, compared with an independent simulation. Random graphs with ops of several outputs, in-place writes
 * and states are planned; each plan is then damaged at random. The simulation runs the steps over memory in which every
 * line records the value that was last written there. A plan that reads another value's line must have been refused.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { Graph, type Node } from "./graph.ts";
import type { Op } from "./op.ts";
import { ARENA_ALIGNMENT, type Place, type Plan, type PlannedOperand, planGraph } from "./plan.ts";
import { verifyPlan } from "./verify-plan.ts";

const WIDTH = 16;
const spec = { shape: [WIDTH], dtype: "F32" } as const;
const reference = (): void => {};

/** Ops that only provide structure. */
const COMBINE: Op<undefined> = { name: "combine", infer: () => spec, reference };
const PAIR: Op<undefined> = { name: "pair", infer: () => [spec, { ...spec, shape: [3 * WIDTH] }], reference };
const UPDATE: Op<undefined> = { name: "update", infer: () => spec, reference, writes: [0] };
const UPDATE_TWO: Op<undefined> = {
  name: "update_two",
  infer: () => [spec, spec],
  reference,
  writes: [0, 1],
};

/** Values that may still be read: the last version of each piece of memory. */
function randomPlan(random: Random): Plan {
  const graph = new Graph();
  const x = graph.input("x", [WIDTH], "F32");
  let current: Node[] = [
    x,
    graph.param("w", [WIDTH], "F32"),
    graph.state("a", [WIDTH], "F32"),
    graph.state("b", [WIDTH], "F32"),
  ];
  const pick = (from: readonly Node[]): Node => from[random.below(from.length)];
  const effects: Node[] = [];
  for (let i = 0; i < 12; i++) {
    const narrow = current.filter(({ shape }) => shape[0] === WIDTH);
    const writable = narrow.filter(({ leaf }) => leaf === undefined || leaf.kind === "state");
    const [first, second] = [pick(writable), pick(writable)];
    const kind = random.below(4);
    if (kind === 0) current.push(graph.apply(COMBINE, [pick(narrow), pick(narrow)], undefined));
    else if (kind === 1) current.push(...graph.apply(PAIR, [pick(narrow)], undefined).outputs);
    else {
      const two = kind === 3 && first !== second;
      const op = two ? UPDATE_TWO : UPDATE;
      const { outputs } = graph.apply(op, [first, second, pick(narrow)], undefined);
      current = current.filter((node) => node !== first && !(two && node === second)).concat(outputs);
      effects.push(...outputs);
    }
  }
  const results = current.filter(({ leaf }) => leaf === undefined);
  const outputs = Object.fromEntries(results.slice(-2).map((node, i) => [`out${i}`, node]));
  const last = effects.filter((node) => current.includes(node));
  return planGraph({ graph, outputs, effects: last });
}

/** The first wrong read of two runs, or undefined. */
function simulate(plan: Plan): string | undefined {
  const lines = new Map<string, Node>();
  const keysOf = ({ place }: PlannedOperand): string[] => {
    if (place.kind !== "arena") return [`${place.leaf.kind} ${"name" in place.leaf ? place.leaf.name : ""}`];
    const from = place.offset / ARENA_ALIGNMENT;
    const count = Math.ceil(place.byteLength / ARENA_ALIGNMENT);
    return Array.from({ length: count }, (_, i) => `arena ${from + i}`);
  };
  const readsWrong = (operand: PlannedOperand): boolean =>
    keysOf(operand).some((key) => {
      const holder = lines.get(key);
      return operand.node.leaf === undefined ? holder !== operand.node : holder !== undefined;
    });
  for (let run = 0; run < 2; run++) {
    lines.clear();
    for (const { inputs, outputs } of plan.steps) {
      for (const input of inputs)
        if (readsWrong(input)) return `run ${run} reads node ${input.node.id} wrongly`;
      for (const output of outputs) for (const key of keysOf(output)) lines.set(key, output.node);
    }
    for (const output of plan.outputs.values())
      if (readsWrong(output)) return `output ${output.node.id} is wrong`;
  }
  return undefined;
}

const moved = (operand: PlannedOperand, place: Partial<Place>): PlannedOperand => ({
  node: operand.node,
  place: { ...operand.place, ...place } as Place,
});

/** One random fault. */
function damage(plan: Plan, random: Random): Plan {
  const steps = [...plan.steps];
  const i = random.below(steps.length);
  const j = random.below(steps.length);
  const offset = ARENA_ALIGNMENT * random.below(Math.ceil(plan.arenaByteLength / ARENA_ALIGNMENT) + 1);
  const other = steps[j].outputs[0].place;
  const step = steps[i];
  switch (random.below(8)) {
    case 0:
      [steps[i], steps[j]] = [steps[j], steps[i]];
      break;
    case 1:
      steps.splice(i, 1);
      break;
    case 2:
      steps.splice(j, 0, step);
      break;
    case 3:
      steps[i] = { ...step, outputs: step.outputs.map((output) => moved(output, { offset })) };
      break;
    case 4:
      steps[i] = { ...step, inputs: step.inputs.map((input) => moved(input, { offset })) };
      break;
    case 5: {
      // Every operand of one value moves with it, so only the check for overlaps can detect that.
      const [{ node }] = step.outputs;
      const move = (operand: PlannedOperand): PlannedOperand =>
        operand.node === node && operand.place.kind === "arena" ? moved(operand, { offset }) : operand;
      const wired = steps.map((s) => ({
        ...s,
        inputs: s.inputs.map(move),
        outputs: s.outputs.map(move),
      }));
      const outputs = new Map([...plan.outputs].map(([name, operand]) => [name, move(operand)]));
      return { ...plan, steps: wired, outputs };
    }
    case 6:
      steps[i] = { ...step, outputs: step.outputs.map((output) => ({ ...output, place: other })) };
      break;
    default:
      return { ...plan, arenaByteLength: [Number.NaN, -64, plan.arenaByteLength - 64][random.below(3)] };
  }
  return { ...plan, steps };
}

function isAccepted(plan: Plan): boolean {
  try {
    verifyPlan(plan);
    return true;
  } catch {
    return false;
  }
}

describe("verifyPlan", () => {
  const random = new Random(11);
  const plans = Array.from({ length: 60 }, () => randomPlan(random));

  it("accepts the planner's plans", () => {
    for (const plan of plans) {
      expect(simulate(plan)).toBeUndefined();
      expect(() => verifyPlan(plan)).not.toThrow();
    }
  });

  it("refuses every damaged plan that would read another value", () => {
    let wrong = 0;
    for (const plan of plans) {
      for (let n = 0; n < 150; n++) {
        const damaged = damage(plan, random);
        const fault = simulate(damaged);
        if (fault === undefined) continue;
        wrong++;
        expect(isAccepted(damaged), fault).toBe(false);
      }
    }
    expect(wrong).toBeGreaterThan(2000);
  });

  it("refuses an arena without a size, and one that is too small", () => {
    const [plan] = plans;
    for (const arenaByteLength of [Number.NaN, Number.POSITIVE_INFINITY, -64, 0.5])
      expect(isAccepted({ ...plan, arenaByteLength })).toBe(false);
    const needed = Math.max(
      ...plan.steps
        .flatMap(({ outputs }) => outputs)
        .map(({ place }) => (place.kind === "arena" ? place.offset + place.byteLength : 0)),
    );
    expect(isAccepted({ ...plan, arenaByteLength: needed - 1 })).toBe(false);
  });

  it("refuses two values alive at once in the same bytes", () => {
    const graph = new Graph();
    const x = graph.input("x", [WIDTH], "F32");
    const a = graph.apply(COMBINE, [x, x], undefined);
    const b = graph.apply(COMBINE, [x, x], undefined);
    const plan = planGraph({ graph, outputs: { y: graph.apply(COMBINE, [a, b], undefined) } });
    const [first, second, last] = plan.steps;
    const { place } = first.outputs[0];
    const steps = [
      first,
      { ...second, outputs: [moved(second.outputs[0], place)] },
      { ...last, inputs: [last.inputs[0], moved(last.inputs[1], place)] },
    ];
    expect(isAccepted(plan)).toBe(true);
    expect(isAccepted({ ...plan, steps })).toBe(false);
  });

  it("refuses a state that is read before its write, or whose write is missing", () => {
    const graph = new Graph();
    const x = graph.input("x", [WIDTH], "F32");
    const written = graph.apply(UPDATE, [graph.state("s", [WIDTH], "F32"), x], undefined);
    const plan = planGraph({ graph, outputs: { y: graph.apply(COMBINE, [written, x], undefined) } });
    expect(isAccepted(plan)).toBe(true);
    expect(isAccepted({ ...plan, steps: [...plan.steps].reverse() })).toBe(false);
    expect(isAccepted({ ...plan, steps: plan.steps.slice(1) })).toBe(false);
  });

  it("refuses the older version of a state after a write", () => {
    const graph = new Graph();
    const x = graph.input("x", [WIDTH], "F32");
    const state = graph.state("s", [WIDTH], "F32");
    const written = graph.apply(UPDATE, [state, x], undefined);
    const late = graph.apply(COMBINE, [state, x], undefined);
    const plan = planGraph({ graph, outputs: { y: late }, effects: [written] });
    expect(isAccepted(plan)).toBe(false);
  });

  it("refuses a state in the place of another", () => {
    const graph = new Graph();
    const x = graph.input("x", [WIDTH], "F32");
    const [a, b] = [graph.state("a", [WIDTH], "F32"), graph.state("b", [WIDTH], "F32")];
    const effects = [graph.apply(UPDATE, [a, x], undefined), graph.apply(UPDATE, [b, x], undefined)];
    const plan = planGraph({ graph, outputs: {}, effects });
    const [first, second] = plan.steps;
    const { place } = first.outputs[0];
    const swapped = {
      ...second,
      inputs: [moved(second.inputs[0], place), second.inputs[1]],
      outputs: [moved(second.outputs[0], place)],
    };
    expect(isAccepted(plan)).toBe(true);
    expect(isAccepted({ ...plan, steps: [first, swapped] })).toBe(false);
  });

  /** The plan of y = combine(combine(x, x), x). */
  function twoSteps(): Plan {
    const graph = new Graph();
    const x = graph.input("x", [WIDTH], "F32");
    const first = graph.apply(COMBINE, [x, x], undefined);
    return planGraph({ graph, outputs: { y: graph.apply(COMBINE, [first, x], undefined) } });
  }

  it("refuses a range that is not aligned, begins before the arena, or is not an integer", () => {
    const plan = twoSteps();
    const [first, last] = plan.steps;
    for (const offset of [4, 32, -ARENA_ALIGNMENT, 0.5, Number.NaN]) {
      const steps = [
        { ...first, outputs: [moved(first.outputs[0], { offset })] },
        { ...last, inputs: [moved(last.inputs[0], { offset }), last.inputs[1]] },
      ];
      const larger = { ...plan, arenaByteLength: plan.arenaByteLength + 4096, steps };
      expect(isAccepted(larger), `${offset}`).toBe(false);
    }
  });

  it("refuses a result in the bytes of an operand of the same step", () => {
    const plan = twoSteps();
    const [first, last] = plan.steps;
    const { place } = first.outputs[0];
    const result = moved(last.outputs[0], place);
    const shared = {
      ...plan,
      steps: [first, { ...last, outputs: [result] }],
      outputs: new Map([["y", result]]),
    };
    expect(isAccepted(shared)).toBe(false);
  });

  it("refuses a step that runs twice, and one that is not needed", () => {
    const plan = twoSteps();
    const [first, last] = plan.steps;
    expect(isAccepted({ ...plan, steps: [first, first, last] })).toBe(false);
    const { graph } = plan;
    const idle = graph.apply(COMBINE, [graph.nodes[0], graph.nodes[0]], undefined);
    const { steps, arenaByteLength } = planGraph({ graph, outputs: { idle } });
    const more = { ...plan, arenaByteLength: plan.arenaByteLength + arenaByteLength };
    const apart = { ...steps[0], outputs: [moved(steps[0].outputs[0], { offset: plan.arenaByteLength })] };
    expect(isAccepted({ ...more, steps: [...plan.steps, apart] })).toBe(false);
  });

  it("refuses a plan without a step that an effect or an output needs", () => {
    const graph = new Graph();
    const x = graph.input("x", [WIDTH], "F32");
    const effects = ["a", "b"].map((name) =>
      graph.apply(UPDATE, [graph.state(name, [WIDTH], "F32"), x], undefined),
    );
    const plan = planGraph({ graph, outputs: {}, effects });
    expect(isAccepted({ ...plan, steps: plan.steps.slice(1) })).toBe(false);
    expect(isAccepted({ ...plan, steps: plan.steps.slice(0, 1) })).toBe(false);
    const first = planGraph({ graph: x.graph, outputs: { x } });
    expect(isAccepted(first)).toBe(true);
  });

  it("refuses an output that a later step overwrites, and one that is never written", () => {
    const graph = new Graph();
    const x = graph.input("x", [WIDTH], "F32");
    const [once] = [graph.apply(UPDATE, [graph.state("s", [WIDTH], "F32"), x], undefined)];
    const twice = graph.apply(UPDATE, [once, x], undefined);
    expect(isAccepted(planGraph({ graph, outputs: { twice }, effects: [once] }))).toBe(true);
    expect(isAccepted(planGraph({ graph, outputs: { once }, effects: [twice] }))).toBe(false);
  });
});
