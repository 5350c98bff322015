/** `cria train --dry-run`: estimates the cost of a run before it begins. */
import { platform } from "#platform";
import { selectBackend } from "../engine/backend/select.ts";
import { productCeiling } from "../measure/ceilings.ts";
import { nativeCeilings } from "../measure/native-ceilings.ts";
import { describeRun, type Recipe } from "../train/index.ts";
import { EXIT } from "./exit-codes.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, formatParameters, formatSeconds, jsonLine, printable } from "./text.ts";
import type { OptionValues } from "./values.ts";

/** The approximate share of the ceiling that training reaches. */
const USUAL_SHARE = 0.6;
/** Compute-optimal number of tokens per parameter (Hoffmann et al., "Training Compute-Optimal LLMs"). */
const CHINCHILLA = 20;

export async function dryRun(recipe: Recipe, values: OptionValues): Promise<number> {
  return await printCost(describeRun(recipe), values);
}

/** What a run will cost. @param more further rows for people, and fields for programs. */
export async function printCost(
  { plan, memory }: ReturnType<typeof describeRun>,
  { json }: OptionValues,
  more: { readonly rows: readonly (readonly string[])[]; readonly fields: object } = { rows: [], fields: {} },
): Promise<number> {
  const { recipe } = plan;
  const { backend } = await selectBackend(platform, { name: recipe.backend, threads: recipe.threads });
  const threads = recipe.threads ?? platform.coreCount;
  const options = { readBytes: 1 << 20, turns: 1_000_000, repeats: 3 };
  const ceilings = await nativeCeilings(platform, backend.name, threads, options).catch(() => undefined);
  const ceilingGflops = productCeiling(ceilings, recipe.precision ?? "f32");
  backend.dispose();
  const flops = plan.flopsPerToken;
  const tokens = plan.steps * plan.stepTokens;
  const tokensPerSecond =
    ceilingGflops === undefined ? undefined : (USUAL_SHARE * ceilingGflops * 1e9) / flops;
  const seconds = tokensPerSecond === undefined ? undefined : tokens / tokensPerSecond;
  const { parameters, steps, stepTokens, schedule } = plan;
  const tokensPerParameter = tokens / parameters;
  const summary = {
    ...{ parameters, steps, stepTokens, tokens, tokensPerParameter, memory, schedule },
    ...{ flopsPerToken: flops, ceilingGflops, tokensPerSecond, seconds },
    backend: backend.name,
  };
  const rows = [...more.rows.map((row) => row.map(printable)), ...rowsOf(summary)];
  process.stdout.write(json === true ? jsonLine({ ...more.fields, ...summary }) : `${columns(rows)}\n`);
  return EXIT.ok;
}

interface Summary {
  readonly parameters: number;
  readonly steps: number;
  readonly stepTokens: number;
  readonly tokens: number;
  readonly tokensPerParameter: number;
  readonly memory: ReturnType<typeof describeRun>["memory"];
  readonly tokensPerSecond: number | undefined;
  readonly seconds: number | undefined;
  readonly backend: string;
}

function rowsOf(summary: Summary): string[][] {
  const { memory, tokensPerSecond, seconds } = summary;
  const kept = {
    all: "everything kept",
    linear: "cheap results recomputed",
    layers: "layers recomputed",
  };
  return [
    ["trained parameters", formatParameters(summary.parameters)],
    ["steps", `${formatCount(summary.steps)} of ${formatCount(summary.stepTokens)} tokens`],
    ["tokens", formatCount(summary.tokens)],
    [
      "tokens per parameter",
      `${summary.tokensPerParameter.toFixed(1)} (compute-optimal: about ${CHINCHILLA})`,
    ],
    ["weights", formatBytes(memory.weights)],
    ["moments", formatBytes(memory.moments)],
    ["gradients", formatBytes(memory.gradients)],
    ["activations", `${formatBytes(memory.activations)}, ${kept[memory.keep]}`],
    ["memory", formatBytes(memory.total)],
    ["backend", summary.backend],
    [
      "speed",
      tokensPerSecond === undefined
        ? "unknown for this backend"
        : `about ${formatCount(Math.round(tokensPerSecond))} tokens per second, ${USUAL_SHARE * 100} % of the ceiling`,
    ],
    ...(seconds === undefined ? [] : [["time", `about ${formatSeconds(seconds)}`]]),
  ];
}
