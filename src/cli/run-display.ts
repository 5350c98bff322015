/** Shows a training run: a status line and events for people on stderr, records for programs on stdout. */
import { platform } from "#platform";
import { productCeiling } from "../measure/ceilings.ts";
import { nativeCeilings } from "../measure/native-ceilings.ts";
import type { RunPlan, RunRecord, RunResult, Started, StepRecord } from "../train/index.ts";
import { colorsFor } from "./colors.ts";
import { columns } from "./table.ts";
import { formatCount, formatParameters, formatSeconds, jsonLine, printable, shorten } from "./text.ts";
import { StepLine } from "./train-line.ts";
import type { OptionValues } from "./values.ts";

const CEILING = { readBytes: 1 << 20, turns: 400_000, repeats: 3 };

/** Output of a run: stderr for people, stdout for programs. */
export class RunDisplay {
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
      `${formatParameters(parameters)} trained parameters, ${formatCount(steps)} steps of ` +
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

  /** @param again the command that resumes the run. */
  end({ ended, steps, tokens, seconds, best, checkpoint, model }: RunResult, again: string): void {
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
      ...(model === undefined ? [] : [["result", model]]),
      ...(ended === "finished" ? [] : [["resume with", again]]),
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
