/**
 * A training run: steps over a corpus, with evaluations, samples, checkpoints and a record of all of them. The recipe
 * and the checkpoint determine everything that is computed. So a run that was interrupted at any point and resumed
 * gives the same numbers, bit for bit, as an uninterrupted one.
 */
import { platform } from "#platform";
import { definedOf } from "../../base/defined.ts";
import { RequestError } from "../../base/errors.ts";
import { batches, type MixtureEntry, type TrainingBatch, type TrainingData } from "../../data/index.ts";
import type { Backend } from "../../engine/backend/backend.ts";
import { Guard, type Verdict } from "../guard.ts";
import type { ModelStates, StepResult } from "../model-states.ts";
import { learningRateAt } from "../schedule.ts";
import { partsOf } from "./batches.ts";
import type { BestSoFar, TrainingState } from "./checkpoint.ts";
import { evaluateHeldOut } from "./evaluate.ts";
import type { RunKeeper } from "./keeper.ts";
import { type EventRecord, Metrics, type RunRecord } from "./metrics.ts";
import type { RunPlan } from "./plan.ts";
import type { RunFiles } from "./run-files.ts";
import { Sampler, type SamplingForm } from "./samples.ts";

export interface TrainerParts {
  readonly plan: RunPlan;
  readonly corpus: TrainingData;
  readonly backend: Backend;
  readonly model: ModelStates;
  readonly files: RunFiles;
  readonly keeper: RunKeeper;
  /** How texts are generated during the run (default: continuations of the prompts). */
  readonly sampling?: SamplingForm | undefined;
  /** The state to resume from, already read into the model. */
  readonly state?: TrainingState | undefined;
  /** Called with each record as it is written. */
  readonly onRecord?: ((record: RunRecord) => void) | undefined;
  /** Ends the run after its current step, with a checkpoint. */
  readonly stop?: AbortSignal | undefined;
}

export interface RunResult {
  /** "finished", or why it ended before its last step. */
  readonly ended: "finished" | "stopped" | "time";
  readonly steps: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly best: BestSoFar | undefined;
  /** The newest checkpoint. */
  readonly checkpoint: string;
  /** The best model, if the run is finished. */
  readonly model: string | undefined;
}

const EVALUATE = { every: 250, tokens: 200_000 };
const SAMPLES = { every: 1000, prompts: [""], tokens: 120, temperature: 0.8 };
const CHECKPOINT = { every: 500, keep: 2 };

export class Trainer {
  readonly #parts: TrainerParts;
  readonly #metrics: Metrics;
  readonly #guard: Guard;
  readonly #flopsPerToken: number;
  #data: IterableIterator<TrainingBatch>;
  #cursor: TrainingState["cursor"];
  #step: number;
  #tokens: number;
  #seconds: number;
  #best: BestSoFar | undefined;
  #sampler: Sampler | undefined;
  /** Start time of this process, minus the seconds of earlier ones. */
  #started = 0;
  #evaluatedAt = -1;
  #sampledAt = -1;

  constructor(parts: TrainerParts) {
    const { plan, corpus, files, state } = parts;
    this.#parts = parts;
    this.#step = state?.step ?? 0;
    this.#tokens = state?.tokens ?? 0;
    this.#seconds = state?.seconds ?? 0;
    this.#cursor = state?.cursor;
    this.#best = state?.best;
    this.#guard = new Guard(definedOf(plan.recipe.guard), state?.guard);
    this.#metrics = new Metrics(files, state?.step);
    this.#flopsPerToken = plan.flopsPerToken;
    this.#data = dataOf(plan, corpus, this.#cursor);
  }

  get records(): readonly RunRecord[] {
    return this.#metrics.records;
  }

  /** Runs to the end, or until it is stopped. The last checkpoint always remains. */
  async run(): Promise<RunResult> {
    const { plan, stop } = this.#parts;
    this.#started = performance.now() - 1000 * this.#seconds;
    const minutes = plan.recipe.stop.minutes ?? Number.POSITIVE_INFINITY;
    const deadline = this.#started + 60_000 * minutes;
    if (this.#parts.state !== undefined) this.#event("resumed", this.#resumedText());
    else await this.#periodic();
    let ended: RunResult["ended"] = "finished";
    while (this.#step < plan.steps) {
      if (stop?.aborted === true) ended = "stopped";
      else if (performance.now() >= deadline) ended = "time";
      if (ended !== "finished") break;
      await this.#takeStep();
      await this.#periodic();
    }
    return this.#end(ended);
  }

  #resumedText(): string {
    const { state, backend } = this.#parts;
    const text = `resumes after step ${this.#step}`;
    if (state === undefined || state.backend === backend.name) return text;
    return `${text}, on ${backend.name} instead of ${state.backend}: last digits may differ`;
  }

  async #takeStep(): Promise<void> {
    const { plan, model, corpus } = this.#parts;
    const { rows, length } = plan.recipe.batch;
    const { value: batch, done } = this.#data.next();
    if (done === true) {
      throw new RequestError({
        doing: `take step ${this.#step + 1} of ${plan.steps}`,
        found: "the corpus has ended: every source has been seen as often as the recipe requests",
        fix: "give the sources weights instead of epochs, more epochs, or fewer steps",
      });
    }
    const step = this.#step + 1;
    const learningRate = learningRateAt(plan.schedule, step);
    const parts = partsOf(batch.inputs, plan.config, { rows, length, parts: plan.parts });
    const before = performance.now();
    const result = await model.step(parts, { step, learningRate });
    const seconds = (performance.now() - before) / 1000;
    this.#step = step;
    this.#tokens += batch.slotCount;
    this.#cursor = batch.cursor;
    this.#recordStep(result, { learningRate, seconds, batch });
    this.#heed(this.#guard.judge(result), result, corpus);
  }

  #recordStep(
    { loss, norm }: StepResult,
    of: { readonly learningRate: number; readonly seconds: number; readonly batch: TrainingBatch },
  ): void {
    const tokensPerSecond = of.batch.slotCount / of.seconds;
    this.#add({
      kind: "step",
      step: this.#step,
      tokens: this.#tokens,
      loss: Number.isFinite(loss) ? loss : null,
      learningRate: of.learningRate,
      norm: Number.isFinite(norm) ? norm : null,
      seconds: this.#elapsed(),
      tokensPerSecond,
      flops: tokensPerSecond * this.#flopsPerToken,
      epochs: of.batch.epochs,
    });
  }

  /** Acts on the guard's verdict. */
  #heed(verdict: Verdict, { loss, norm }: StepResult, corpus: TrainingData): void {
    const figures = `loss ${loss}, norm of the gradient ${norm}`;
    if (verdict === "skipped") this.#event("skipped", `weights unchanged: ${figures}`);
    if (verdict === "spike") this.#event("spike", figures);
    if (verdict === "rewind") this.#rewind(figures, corpus);
    if (verdict === "hopeless") {
      throw new RequestError({
        doing: `train after step ${this.#step}`,
        expected: "a finite, falling loss",
        found: `${figures}, repeatedly`,
        fix: `lower the learning rate or clip more; the last checkpoint is step ${this.#parts.files.steps().at(-1)}`,
      });
    }
  }

  /** Restores the weights of the last checkpoint and continues with the data from here. */
  #rewind(figures: string, corpus: TrainingData): void {
    const { files, model, plan, keeper } = this.#parts;
    const last = files.steps().at(-1);
    if (last === undefined) return;
    keeper.read(files.checkpoint(last), model);
    this.#event(
      "rewind",
      `${figures}: restored the weights of step ${last}, continuing with the data after step ${this.#step}`,
    );
    this.#step = last;
    this.#data = dataOf(plan, corpus, this.#cursor);
  }

  /** Runs the actions due after a step: evaluation, samples, checkpoint. */
  async #periodic(): Promise<void> {
    const { evaluate, samples, checkpoint } = this.#parts.plan.recipe;
    const due = (every: number): boolean => this.#step % every === 0;
    const isBest = due(evaluate?.every ?? EVALUATE.every) && (await this.#evaluate());
    const begins = this.#step === 0 && this.#parts.sampling?.atEnds !== true;
    if (samples !== undefined && !begins && due(samples.every ?? SAMPLES.every)) await this.#sample();
    // The checkpoint comes last, so that a resumed run has all of this step's records.
    if (isBest || due(checkpoint?.every ?? CHECKPOINT.every)) this.#checkpoint();
  }

  /** True if the model is the best so far. */
  async #evaluate(): Promise<boolean> {
    if (this.#evaluatedAt === this.#step) return false;
    this.#evaluatedAt = this.#step;
    const { plan, model, corpus } = this.#parts;
    const tokens = plan.recipe.evaluate?.tokens ?? EVALUATE.tokens;
    const { length } = plan.recipe.batch;
    const found = await evaluateHeldOut(model, corpus, { length, tokens, mixture: mixtureOf(plan) });
    if (found === undefined) return false;
    this.#add({ kind: "evaluation", step: this.#step, ...found });
    const { bitsPerByte } = found;
    if (this.#best !== undefined && bitsPerByte >= this.#best.bitsPerByte) return false;
    this.#best = { step: this.#step, bitsPerByte };
    return true;
  }

  async #sample(): Promise<void> {
    const { plan, model, corpus, backend, sampling } = this.#parts;
    this.#sampledAt = this.#step;
    const options = { ...SAMPLES, ...definedOf(plan.recipe.samples), seed: plan.recipe.seed ?? 1 };
    this.#sampler ??= await Sampler.create(model, backend, corpus.tokenizer, sampling);
    const texts = await this.#sampler.texts(options);
    for (const [i, text] of texts.entries())
      this.#add({ kind: "sample", step: this.#step, prompt: options.prompts[i], text });
  }

  #checkpoint(): void {
    const { plan, model, files, backend, keeper } = this.#parts;
    const path = files.checkpoint(this.#step);
    if (platform.status(path) !== undefined) return;
    platform.makeFolder(files.checkpoints);
    keeper.write(path, model, {
      step: this.#step,
      tokens: this.#tokens,
      seconds: this.#elapsed(),
      cursor: this.#cursor,
      guard: this.#guard.state,
      best: this.#best,
      backend: backend.name,
    });
    this.#event("checkpoint", path);
    this.#forget(plan.recipe.checkpoint?.keep ?? CHECKPOINT.keep);
  }

  /** Removes old checkpoints, except the best. */
  #forget(keep: number): void {
    const { files } = this.#parts;
    const old = files.steps().slice(0, -keep);
    for (const step of old) if (step !== this.#best?.step) platform.remove(files.checkpoint(step));
  }

  async #end(ended: RunResult["ended"]): Promise<RunResult> {
    const { files, model, plan, keeper, sampling } = this.#parts;
    if (ended === "finished") {
      await this.#evaluate();
      if (sampling?.atEnds === true && plan.recipe.samples !== undefined && this.#sampledAt !== this.#step)
        await this.#sample();
    }
    this.#checkpoint();
    this.#event(ended === "finished" ? "finished" : "stopped", `after step ${this.#step} of ${plan.steps}`);
    const result = {
      ended,
      steps: this.#step,
      tokens: this.#tokens,
      seconds: this.#elapsed(),
      best: this.#best,
      checkpoint: files.checkpoint(this.#step),
    };
    if (ended !== "finished") return { ...result, model: undefined };
    if (this.#best !== undefined && this.#best.step !== this.#step)
      keeper.read(files.checkpoint(this.#best.step), model);
    return { ...result, model: keeper.finish(files, model) };
  }

  #event(event: EventRecord["event"], text: string): void {
    this.#add({ kind: "event", step: this.#step, event, text });
  }

  #add(record: RunRecord): void {
    this.#metrics.add(record);
    this.#parts.onRecord?.(record);
  }

  #elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  dispose(): void {
    this.#sampler?.dispose();
  }
}

function dataOf(
  plan: RunPlan,
  corpus: TrainingData,
  cursor: TrainingState["cursor"],
): IterableIterator<TrainingBatch> {
  const { batch, data, seed = 1 } = plan.recipe;
  const { packing, borders } = data;
  return batches(corpus, {
    batch: batch.rows,
    block: batch.length,
    seed,
    ...definedOf({ sources: mixtureOf(plan), packing, borders, cursor }),
  });
}

/** The sources of the recipe; undefined if it names none. */
function mixtureOf({ recipe }: RunPlan): MixtureEntry[] | undefined {
  return recipe.data.sources?.map(({ name, weight, epochs }) => {
    if ((weight === undefined) === (epochs === undefined)) {
      throw new RequestError({
        doing: `use the source "${name}"`,
        expected: "a weight or epochs",
        found: weight === undefined ? "neither" : "both",
      });
    }
    return weight === undefined ? { name, epochs: epochs as number } : { name, weight };
  });
}
