/** `cria train`: trains a model from a recipe. */
import { platform } from "#platform";
import { RequestError } from "../base/errors.ts";
import { productCeiling } from "../measure/ceilings.ts";
import { nativeCeilings } from "../measure/native-ceilings.ts";
import {
  type Recipe,
  type RunPlan,
  type RunRecord,
  type RunResult,
  type Started,
  type StepRecord,
  train,
} from "../train/index.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { readRecipe } from "./recipe-file.ts";
import {
  columns,
  formatCount,
  formatParameters,
  formatSeconds,
  jsonLine,
  printable,
  shorten,
} from "./text.ts";
import { dryRun } from "./train-dry-run.ts";
import { StepLine } from "./train-line.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const trainVerb: VerbAction = async (paths, values) => {
  const [path] = paths;
  if (path === undefined) throw new RequestError({ doing: "train", expected: "a recipe", found: "none" });
  const recipe = withValues(await readRecipe(path), values);
  if (values.dryRun === true) return dryRun(recipe, values);
  using interrupt = listenForInterrupt();
  const show = new Shown(values);
  try {
    const result = await train(recipe, {
      resume: values.resume,
      stop: interrupt.signal,
      onPlan: (plan, started) => show.plan(plan, started),
      onRecord: (record) => show.record(record),
    });
    show.end(result, path);
    return result.ended === "stopped" ? EXIT.interrupted : EXIT.ok;
  } finally {
    show.stop();
  }
};

/** The command line overrides the recipe. */
function withValues(recipe: Recipe, { threads, backend }: OptionValues): Recipe {
  return {
    ...recipe,
    ...(threads === undefined ? {} : { threads }),
    ...(backend === undefined ? {} : { backend }),
  };
}

const CEILING = { readBytes: 1 << 20, turns: 400_000, repeats: 3 };

/** Output of a run: stderr for people, stdout for programs. */
class Shown {
  readonly #values: OptionValues;
  #line: StepLine | undefined;

  constructor(values: OptionValues) {
    this.#values = values;
  }

  get #isQuiet(): boolean {
    return this.#values.quiet === true || this.#values.json === true;
  }

  async plan({ steps, parameters, recipe }: RunPlan, started: Started): Promise<void> {
    if (this.#isQuiet) return;
    const { backend, model, files, passedOver, resumedAt } = started;
    for (const reason of passedOver) process.stderr.write(`note: ${printable(reason)}\n`);
    const from = resumedAt === undefined ? "" : `, resuming after step ${formatCount(resumedAt)}`;
    process.stderr.write(
      `${formatParameters(parameters)} parameters, ${formatCount(steps)} steps of ` +
        `${formatCount(model.tokens * model.batches)} tokens on ${backend.description}${from}\n` +
        `report: ${printable(files.report)}\n`,
    );
    const threads = this.#values.threads ?? platform.coreCount;
    const ceilings = await nativeCeilings(platform, backend.name, threads, CEILING).catch(() => undefined);
    const ceiling = productCeiling(ceilings, recipe.precision ?? "f32");
    this.#line = new StepLine(steps, ceiling && 1e9 * ceiling);
  }

  record(record: RunRecord): void {
    if (this.#values.json === true) process.stdout.write(jsonLine(record));
    if (this.#isQuiet) return;
    if (record.kind === "step") this.#line?.update(record);
    else this.#line?.above(describe(record));
  }

  end({ ended, steps, tokens, seconds, best, checkpoint, model }: RunResult, recipe: string): void {
    this.stop();
    if (this.#values.json === true) {
      const result = { kind: "result", ended, steps, tokens, seconds, best, checkpoint, model };
      process.stdout.write(jsonLine(result));
      return;
    }
    if (this.#values.quiet === true) return;
    const rows = [
      ["steps", formatCount(steps)],
      ["tokens", formatCount(tokens)],
      ["time", formatSeconds(seconds)],
      ...(best === undefined
        ? []
        : [["best", `${best.bitsPerByte.toFixed(4)} bits per byte, step ${formatCount(best.step)}`]]),
      ["checkpoint", checkpoint],
      ...(model === undefined ? [] : [["model", model]]),
      ...(ended === "finished" ? [] : [["resume with", `cria train ${recipe} --resume`]]),
    ];
    process.stdout.write(`${columns(rows.map((row) => row.map(printable)))}\n`);
  }

  stop(): void {
    this.#line?.stop();
  }
}

/** A record other than a step, as a line. */
function describe(record: Exclude<RunRecord, StepRecord>): string {
  const colors = colorsFor(process.stderr);
  const step = colors.dim(`step ${formatCount(record.step)}`);
  switch (record.kind) {
    case "evaluation": {
      const sources = record.sources.length < 2 ? [] : record.sources;
      const each = sources.map(({ source, bitsPerByte }) => `${printable(source)} ${bitsPerByte.toFixed(4)}`);
      const figures = `held out ${record.nats.toFixed(4)} nats, ${record.bitsPerByte.toFixed(4)} bits per byte`;
      return `${step}  ${[figures, ...each].join(", ")}`;
    }
    case "sample":
      return `${step}  ${printable(shorten(record.prompt + record.text, 300))}`;
    case "event":
      return `${step}  ${record.event}: ${printable(record.text)}`;
  }
}
