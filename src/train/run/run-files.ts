/**
 * The folder of a run:
 *
 *     recipe.json                       the recipe of the run
 *     metrics.jsonl                     one line per step, evaluation, sample and event
 *     report.html                       the same as a page, rewritten during the run
 *     checkpoints/step-00001000/        a model that `cria run` opens, and the state to resume from it
 *     model.gguf                        the best model, at the end
 *     adapter/                          or the best adapter, if only an adapter was trained
 *     samples.md                        texts of a fine-tuning run, before and after
 */
import { platform } from "#platform";

const STEP_NAME = /^step-(\d{8})$/;

export class RunFiles {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  get recipe(): string {
    return platform.join(this.folder, "recipe.json");
  }
  get metrics(): string {
    return platform.join(this.folder, "metrics.jsonl");
  }
  get report(): string {
    return platform.join(this.folder, "report.html");
  }
  get model(): string {
    return platform.join(this.folder, "model.gguf");
  }
  get adapter(): string {
    return platform.join(this.folder, "adapter");
  }
  get samples(): string {
    return platform.join(this.folder, "samples.md");
  }
  get checkpoints(): string {
    return platform.join(this.folder, "checkpoints");
  }
  checkpoint(step: number): string {
    return platform.join(this.checkpoints, `step-${String(step).padStart(8, "0")}`);
  }

  /** Steps with a checkpoint, ascending. Folders under temporary names do not count. */
  steps(): number[] {
    if (platform.status(this.checkpoints)?.kind !== "folder") return [];
    return platform
      .list(this.checkpoints)
      .flatMap((name) => STEP_NAME.exec(name)?.slice(1, 2) ?? [])
      .map(Number);
  }
}
