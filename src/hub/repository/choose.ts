/**
 * Which files of a repository make a model: one rule for every command. GGUF: the quantisation named, else Q4_K_M, else
 * Q4_0, else the largest that fits this machine. Without GGUF: safetensors with configuration and tokenizer, else
 * Meta's .pth, else PyTorch's .bin. Model card and licence always come along.
 */
import { RequestError } from "../../base/errors.ts";
import { parseShardName, shardName } from "../../formats/gguf/index.ts";
import { nearest } from "../../schema/index.ts";
import type { RepositoryFile } from "./client.ts";
import { quantisationOf } from "./quantisation.ts";

/** What the rule needs to know of a file. */
export type Candidate = Pick<RepositoryFile, "name" | "byteLength">;

export interface Selection<File extends Candidate> {
  /** "Q4_K_M", "safetensors", "pth". */
  readonly label: string;
  /** Why these, in half a sentence. */
  readonly reason: string;
  /** All that belong to the model, weights first. */
  readonly files: readonly File[];
  /** Those of them that state its terms: card and licence. */
  readonly companions: readonly File[];
  /** What is opened: a file's name; a folder's; "" for the repository's own folder. */
  readonly opens: string;
  /** Bytes of the weights. */
  readonly weightBytes: number;
}

/** A selection before card and licence are added. */
type Model<File extends Candidate> = Omit<Selection<File>, "companions">;

/** One GGUF model of a repository: a file, or all shards of a split one. */
export interface GgufModel<File extends Candidate> {
  /** Undefined if the name states none. */
  readonly label: string | undefined;
  readonly files: readonly File[];
  readonly byteLength: number;
}

const PREFERRED = ["Q4_K_M", "Q4_0"];
const NOT_MODELS = /(^|[-._/])(mmproj|imatrix|mtp|lora|vocab)([-._/]|\d|$)/i;
const COMPANION = /^(README\.md|(LICENSE|LICENCE|NOTICE|USE_POLICY|ACCEPTABLE_USE)[^/]*)$/i;
const MAX_COMPANION_BYTES = 1 << 20;

const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("/")));
const baseOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
const bytesOf = (files: readonly Candidate[]): number =>
  files.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** The GGUF models of a repository that are complete, smallest first. */
export function ggufModels<File extends Candidate>(files: readonly File[]): GgufModel<File>[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const models = files.flatMap((file) => {
    if (!/\.gguf$/i.test(file.name) || NOT_MODELS.test(baseOf(file.name))) return [];
    const place = parseShardName(file.name);
    if (place === undefined) return [[file]];
    if (place.index !== 0) return [];
    const { prefix, count, extension } = place;
    const shards = Array.from({ length: count }, (_, i) =>
      byName.get(shardName(prefix, i, count, extension)),
    );
    return shards.every((shard) => shard !== undefined) ? [shards] : [];
  });
  return models
    .map((shards) => ({
      label: quantisationOf(shards[0].name),
      files: shards,
      byteLength: bytesOf(shards),
    }))
    .sort((a, b) => a.byteLength - b.byteLength);
}

export interface ChoiceOptions {
  /** For messages. */
  readonly id: string;
  readonly select?: string | undefined;
  /** Whether a model with so many bytes of weights runs on this machine. */
  readonly fits: (weightBytes: number) => boolean;
}

/** @throws RequestError if nothing matches, or several do. */
export function chooseFiles<File extends Candidate>(
  files: readonly File[],
  options: ChoiceOptions,
): Selection<File> {
  const { select } = options;
  const chosen = select === undefined ? byDefault(files, options) : named(files, select, options);
  const present = new Set(chosen.files.map(({ name }) => name));
  const companions = files.filter(
    ({ name, byteLength }) => COMPANION.test(name) && byteLength <= MAX_COMPANION_BYTES && !present.has(name),
  );
  return { ...chosen, files: [...chosen.files, ...companions], companions };
}

function byDefault<File extends Candidate>(files: readonly File[], options: ChoiceOptions): Model<File> {
  const models = ggufModels(files);
  for (const label of PREFERRED) {
    const matching = models.filter((model) => model.label === label);
    if (matching.length > 0) return ofGguf(theOnly(matching, label, options), `${label} by default`);
  }
  const fitting = models.filter(({ byteLength }) => options.fits(byteLength)).at(-1);
  if (fitting !== undefined) return ofGguf(fitting, "the largest that fits this machine");
  if (models.length > 0) return ofGguf(models[0], "the smallest; none fits this machine");
  const folder = LAYOUTS.map((layout) => layout(files)).find((found) => found !== undefined);
  if (folder !== undefined) return folder;
  throw new RequestError({
    doing: `find a model in "${options.id}"`,
    expected: "GGUF files, safetensors with config.json, or .pth files with params.json",
    found: files.length === 0 ? "no files" : `${files.length} other files`,
    fix: "choose another repository, or name a file after the colon",
  });
}

function named<File extends Candidate>(
  files: readonly File[],
  select: string,
  options: ChoiceOptions,
): Model<File> {
  const models = ggufModels(files);
  const wanted = select.toUpperCase();
  const exact = models.filter(({ label }) => label === wanted);
  const labelled = exact.length > 0 ? exact : models.filter(({ label }) => label === `UD-${wanted}`);
  if (labelled.length > 0) return ofGguf(theOnly(labelled, wanted, options), "as named");
  const file =
    files.find(({ name }) => name === select) ?? onlyOf(files.filter(({ name }) => baseOf(name) === select));
  if (file === undefined) throw unknownSelection(files, models, select, options);
  const whole = models.find((model) => model.files.includes(file));
  if (whole !== undefined) return ofGguf(whole, "as named");
  const folder = LAYOUTS.map((layout) => layout(files)).find((found) => found?.files.includes(file));
  return folder === undefined
    ? {
        label: baseOf(file.name),
        reason: "as named",
        files: [file],
        opens: file.name,
        weightBytes: file.byteLength,
      }
    : { ...folder, reason: "as named" };
}

const onlyOf = <T>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined);

const SHOWN = 12;

function unknownSelection(
  files: readonly Candidate[],
  models: readonly GgufModel<Candidate>[],
  select: string,
  { id }: ChoiceOptions,
): RequestError {
  const labels = [...new Set(models.flatMap(({ label }) => (label === undefined ? [] : [label])))];
  const names = labels.length > 0 ? labels : files.map(({ name }) => name);
  const suggestion = nearest(select, names);
  return new RequestError({
    doing: `find "${select}" in "${id}"`,
    expected:
      names.length === 0 ? "a file" : names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ", …" : ""),
    found: "neither a quantisation nor a file of this name",
    ...(suggestion === undefined ? {} : { fix: `did you mean "${suggestion}"?` }),
  });
}

function theOnly<File extends Candidate>(
  models: readonly GgufModel<File>[],
  label: string,
  { id }: ChoiceOptions,
): GgufModel<File> {
  if (models.length === 1) return models[0];
  const names = models.map(({ files }) => files[0].name);
  throw new RequestError({
    doing: `choose ${label} of "${id}"`,
    expected: "one model of this quantisation",
    found: `${names.length}: ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}`,
    fix: `name the file: hf:${id}:${names[0]}`,
  });
}

function ofGguf<File extends Candidate>(
  { label, files, byteLength }: GgufModel<File>,
  reason: string,
): Model<File> {
  return {
    label: label ?? baseOf(files[0].name),
    reason,
    files,
    opens: files[0].name,
    weightBytes: byteLength,
  };
}

type Layout = <File extends Candidate>(files: readonly File[]) => Model<File> | undefined;

const HF_SIDE_FILES =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template|params)\.json$|^tokenizer\.model$|^merges\.txt$|^chat_template\.jinja$/;

/** Weights in the repository's own folder, with the files of configuration and vocabulary. */
function hfLayout(label: string, single: string, index: string, shard: RegExp): Layout {
  return (files) => {
    const own = files.filter(({ name }) => !name.includes("/"));
    const has = (name: string): boolean => own.some((file) => file.name === name);
    if (!has("config.json")) return undefined;
    const isWeight = has(single)
      ? (name: string) => name === single
      : has(index)
        ? (name: string) => shard.test(name) || name === index
        : undefined;
    if (isWeight === undefined) return undefined;
    const weights = own.filter(({ name }) => isWeight(name));
    const side = own.filter(({ name }) => HF_SIDE_FILES.test(name));
    return {
      label,
      reason: "the repository has no GGUF files",
      files: [...weights, ...side],
      opens: "",
      weightBytes: bytesOf(weights),
    };
  };
}

/** Meta's shards, in any folder (often "original"). */
const metaLayout: Layout = (files) => {
  const first = files.find(({ name }) => baseOf(name) === "consolidated.00.pth");
  if (first === undefined) return undefined;
  const folder = folderOf(first.name);
  const own = files.filter(({ name }) => folderOf(name) === folder);
  const weights = own.filter(({ name }) => /^consolidated\.\d{2}\.pth$/.test(baseOf(name)));
  const side = own.filter(({ name }) =>
    /^(params\.json|tokenizer\.model|.*checklist\.chk)$/.test(baseOf(name)),
  );
  return {
    label: "pth",
    reason: "the repository has no GGUF files or safetensors",
    files: [...weights, ...side],
    opens: folder,
    weightBytes: bytesOf(weights),
  };
};

/** In the order of preference. */
const LAYOUTS: readonly Layout[] = [
  hfLayout(
    "safetensors",
    "model.safetensors",
    "model.safetensors.index.json",
    /^model-\d{5}-of-\d{5}\.safetensors$/,
  ),
  metaLayout,
  hfLayout("bin", "pytorch_model.bin", "pytorch_model.bin.index.json", /^pytorch_model-\d{5}-of-\d{5}\.bin$/),
];
