/** `cria train`: trains a model from a recipe. */
import { RequestError } from "../base/errors.ts";
import { type Recipe, train } from "../train/index.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { readRecipe } from "./recipe-file.ts";
import { RunDisplay } from "./run-display.ts";
import { dryRun } from "./train-dry-run.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const trainVerb: VerbAction = async (paths, values) => {
  const [path] = paths;
  if (path === undefined) throw new RequestError({ doing: "train", expected: "a recipe", found: "none" });
  const recipe = withValues(await readRecipe(path), values);
  if (values.dryRun === true) return dryRun(recipe, values);
  using interrupt = listenForInterrupt();
  const show = new RunDisplay(values);
  try {
    const result = await train(recipe, {
      resume: values.resume,
      stop: interrupt.signal,
      onPlan: (plan, started) => show.plan(plan, started),
      onRecord: (record) => show.record(record),
    });
    show.end(result, `cria train ${path} --resume`);
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
