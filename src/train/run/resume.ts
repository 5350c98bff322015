/** Whether a run begins or resumes: its recipe must be the one that it began with. */
import { platform } from "#platform";
import { FileError, RequestError } from "../../base/errors.ts";
import { readTrainingState, type TrainingState } from "./checkpoint.ts";
import type { RunFiles } from "./run-files.ts";

/**
 * Fields of a recipe, of training and of tuning, that may change when a run resumes. All but `stop` leave what is computed as it is; another end moves
 * what is left of the schedule.
 */
const MAY_CHANGE: readonly string[] = [
  "name",
  "output",
  "stop",
  "evaluate",
  "samples",
  "checkpoint",
  "memory",
  "threads",
];

export interface RecipeRules<R extends object> {
  readonly recipe: R;
  /** The recipe without the places of files that are identified by their content. */
  readonly placeless: (recipe: R) => R;
}

/**
 * The newest checkpoint's state, if the run resumes.
 * @throws FileError if there is a checkpoint and the run should begin, or none and it should resume; RequestError for
 *   another recipe.
 */
export function resumedState<R extends object>(
  files: RunFiles,
  resume: boolean,
  rules: RecipeRules<R>,
): TrainingState | undefined {
  const last = files.steps().at(-1);
  if (!resume) {
    if (last === undefined) return undefined;
    throw new FileError({
      doing: `train into "${files.folder}"`,
      expected: "a folder without checkpoints",
      found: `a run at step ${last}`,
      fix: "resume it (--resume), or choose another output",
    });
  }
  if (last === undefined) {
    throw new FileError({
      doing: `resume the run in "${files.folder}"`,
      expected: "a checkpoint",
      found: "none",
      fix: "start without --resume",
    });
  }
  checkSameRecipe(files, rules);
  return readTrainingState(files.checkpoint(last));
}

function checkSameRecipe<R extends object>(files: RunFiles, { recipe, placeless }: RecipeRules<R>): void {
  if (platform.status(files.recipe)?.kind !== "file") return;
  const [known, given] = [JSON.parse(platform.readText(files.recipe)) as R, recipe].map(
    (of) => placeless(of) as Record<string, unknown>,
  );
  for (const key of new Set([...Object.keys(known), ...Object.keys(given)])) {
    if (MAY_CHANGE.includes(key)) continue;
    const [was, is] = [known, given].map((of) => JSON.stringify(of[key]));
    if (was === is) continue;
    throw new RequestError({
      doing: `resume the run in "${files.folder}"`,
      expected: `${key} as it was, ${was}`,
      found: String(is),
      fix: "use the run's own recipe.json, or start another run from its model",
    });
  }
}

/** Writes the recipe of a new run into its folder. */
export function writeRecipe(recipe: object, files: RunFiles): void {
  platform.makeFolder(files.folder);
  using sink = platform.createFile(files.recipe, { overwrite: true });
  sink.write(new TextEncoder().encode(`${JSON.stringify(recipe, null, 2)}\n`));
  sink.commit();
}
