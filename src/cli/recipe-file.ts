/** Reads a recipe: YAML or JSON, or a JavaScript module whose default export is one. */
import { extname, isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseDocument } from "yaml";
import { platform } from "#platform";
import { FormatError } from "../base/errors.ts";
import { parseReference } from "../hub/index.ts";
import { checkRecipe, type Recipe } from "../train/index.ts";
import { checkTuneRecipe, type TuneRecipe } from "../tune/index.ts";
import { resolveModel } from "./model-argument.ts";

const MAX_BYTES = 1 << 20;
const MODULES: readonly string[] = [".js", ".mjs"];

function parsed(path: string): unknown {
  const text = platform.readText(path, MAX_BYTES);
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error === undefined) return document.toJS({ maxAliasCount: 100 });
  throw new FormatError({
    doing: `read the recipe "${path}"`,
    expected: "YAML",
    found: error.message.split("\n")[0],
    fix: "correct that line",
  });
}

async function exported(path: string): Promise<unknown> {
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  return module.default;
}

/** Paths in a recipe are relative to the recipe's folder; its model may be a reference. */
async function absolute(recipe: Recipe, folder: string): Promise<Recipe> {
  const at = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const { from: named } = recipe.model;
  const from = named === undefined ? undefined : await modelAt(named, at);
  return {
    ...recipe,
    output: at(recipe.output),
    data: { ...recipe.data, corpus: at(recipe.data.corpus) },
    ...(from === undefined ? {} : { model: { ...recipe.model, from } }),
  };
}

async function modelAt(name: string, at: (path: string) => string): Promise<string> {
  if (parseReference(name).kind !== "path") return resolveModel(name, {});
  return at(name);
}

const contents = async (full: string): Promise<unknown> =>
  MODULES.includes(extname(full)) ? await exported(full) : parsed(full);

/** @throws FileError, FormatError if it is not a recipe; RequestError for an invalid one. */
export async function readRecipe(path: string): Promise<Recipe> {
  const full = resolve(path);
  const recipe = await contents(full);
  checkRecipe(recipe, `use the recipe "${path}"`);
  return absolute(recipe, platform.folderOf(full));
}

/** The recipe of a fine-tuning run. @throws as `readRecipe`. */
export async function readTuneRecipe(path: string): Promise<TuneRecipe> {
  const full = resolve(path);
  const recipe = await contents(full);
  checkTuneRecipe(recipe, `use the recipe "${path}"`);
  const folder = platform.folderOf(full);
  const at = (name: string): string => (isAbsolute(name) ? name : resolve(folder, name));
  return {
    ...recipe,
    output: at(recipe.output),
    model: await modelAt(recipe.model, at),
    data: { ...recipe.data, files: recipe.data.files.map(at) },
  };
}
