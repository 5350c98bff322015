/** A step in stages, as weights arrive, has the bits of a step in one program, on every backend. */
import { describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import { type Arriving, stageWeights } from "./arriving.ts";
import { stagesOf } from "./graphs.ts";
import { LlamaRunner } from "./runner.ts";

const KINDS: readonly (readonly [string, Partial<ModelConfig>])[] = [
  ["a separate head", {}],
  ["a tied head", { tied: true, ropePairing: "halves" }],
];
const OPTIONS = { pageSize: 4, maxSequences: 2, maxTokens: 64 };
const backends = await availableBackends();

/** Everything is here at once, but not known to be until `limit` calls have asked. */
function arrivingAfter(limit: number, asked: string[][]): Arriving {
  return {
    has: () => asked.length >= limit,
    async need(names, { tokens } = {}) {
      asked.push([...names, ...(tokens === undefined ? [] : [`${tokens.length} tokens`])]);
    },
  };
}

describe.each(backends)("on $name", ({ start }) => {
  it.each(KINDS)("stages with %s compute the same bits", async (_, changes) => {
    const config = tinyConfig(changes);
    const params = randomParams(config);
    using backend = await start(2);
    using whole = await LlamaRunner.create(config, params, backend, OPTIONS);
    const asked: string[][] = [];
    const nStages = config.nLayers + 1;
    using staged = await LlamaRunner.create(config, params, backend, {
      ...OPTIONS,
      arriving: arrivingAfter(nStages, asked),
    });
    const steps = [[1, 5, 9, 3, 7], [2], [8, 4]];
    const logitsOf = async (runner: LlamaRunner) => {
      using sequence = runner.createSequence();
      const rows: Float32Array[] = [];
      for (const tokens of steps)
        rows.push(...(await runner.step([{ sequence, tokens, rows: "all" }]))[0].logits);
      return rows;
    };
    expect(await logitsOf(staged)).toEqual(await logitsOf(whole));
    // The first step in stages, each asking for its own; the others in one program, asking for rows.
    expect(asked.slice(0, nStages)).toEqual(
      stagesOf(config).map((stage, i) => [...stageWeights(config, stage), ...(i === 0 ? ["5 tokens"] : [])]),
    );
    expect(asked.slice(nStages).map((names) => names.at(-1))).toEqual(["1 tokens", "2 tokens"]);
  });
});

describe("stages", () => {
  it.each(KINDS)("with %s read every parameter, the embedding only for a tied head", (_, changes) => {
    const config = tinyConfig(changes);
    const names = stagesOf(config).flatMap((stage) => stageWeights(config, stage));
    const all = parameterShapes(config).flatMap(({ name, optional, role }) =>
      optional === true || (role === "embedding" && !config.tied) ? [] : [name],
    );
    expect([...names].sort()).toEqual(all.sort());
  });

  it("keep the sequence's length if the weights cannot come", async () => {
    const config = tinyConfig();
    using backend = await backends[0].start(1);
    const arriving: Arriving = {
      has: () => false,
      async need(names) {
        if (names.some((name) => name.startsWith("blk.1."))) throw new Error("the transfer failed");
      },
    };
    using runner = await LlamaRunner.create(config, randomParams(config), backend, { ...OPTIONS, arriving });
    using sequence = runner.createSequence();
    await expect(runner.step([{ sequence, tokens: [1, 2], rows: "last" }])).rejects.toThrow(
      "transfer failed",
    );
    expect(sequence.length).toBe(0);
  });
});
