/** `cria adapter`: shows adapters, merges them into models, and converts them. */
import {
  type AdapterDType,
  bindAdapter,
  type RawAdapter,
  readAdapter,
  writeGgufAdapter,
  writePeft,
} from "../adapt/index.ts";
import { RequestError } from "../base/errors.ts";
import type { ModelConfig } from "../config/index.ts";
import { convertCheckpoint } from "../convert/index.ts";
import { compileTemplate } from "../generation/chat/index.ts";
import { openModel } from "../open/index.ts";
import { convertOptions, reportText } from "./convert.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel } from "./model-argument.ts";
import { needOption } from "./needed.ts";
import { progressBar } from "./progress.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, jsonLine, printable, threeDigits } from "./text.ts";
import { type OptionValues, parseAdapter, type VerbAction } from "./values.ts";

async function configOf(name: string, values: OptionValues): Promise<ModelConfig> {
  using model = openModel(await resolveModel(name, values));
  return model.config;
}

export const adapterShow: VerbAction = async ([path], values) => {
  const raw = readAdapter(path);
  if (values.base !== undefined) bindAdapter(raw, await configOf(values.base, values));
  const { format, info, byteLength, dtypes, layers } = raw;
  const shown = {
    ...{ path, format, info, byteLength, dtypes },
    layers: [...layers].map(([layer, { rank, inDim, outDim, scale }]) => ({
      layer,
      rank,
      inDim,
      outDim,
      scale,
    })),
  };
  process.stdout.write(values.json === true ? jsonLine(shown) : `${columns(showRows(raw, values))}\n`);
  return EXIT.ok;
};

/** "4" or "4 to 16". */
function range(values: readonly number[], show: (value: number) => string): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? show(least) : `${show(least)} to ${show(most)}`;
}

function showRows(
  { path, format, info, layers, byteLength, dtypes }: RawAdapter,
  { base }: OptionValues,
): string[][] {
  const all = [...layers.values()];
  const parts = [...new Set([...layers.keys()].map((layer) => layer.slice(layer.lastIndexOf(".") + 1)))];
  const parameters = all.reduce((sum, { a, b }) => sum + a.length + b.length, 0);
  const { name, template, dropout } = info;
  const rows = [
    ["adapter", path],
    ["format", `${format}, ${dtypes.join(", ")}, ${formatBytes(byteLength)}`],
    ...(name === undefined ? [] : [["name", name]]),
    ...(info.base === undefined ? [] : [["base model", info.base]]),
    ["layers", `${formatCount(layers.size)}: ${parts.join(", ")}`],
    [
      "rank",
      range(
        all.map(({ rank }) => rank),
        String,
      ),
    ],
    [
      "scale",
      range(
        all.map(({ scale }) => scale),
        threeDigits,
      ),
    ],
    ["parameters", formatCount(parameters)],
    ...(dropout === undefined ? [] : [["dropout", String(dropout)]]),
    ...(template === undefined ? [] : [["template", compileTemplate(template).name]]),
    ...(base === undefined ? [] : [["fits", base]]),
  ];
  return rows.map((row) => row.map(printable));
}

export const adapterMerge: VerbAction = async ([name, ...adapters], values) => {
  const output = needOption(values.output, "merge adapters", "-o OUTPUT");
  const input = await resolveModel(name, values);
  const bar = progressBar(values, "merging ");
  const report = await convertCheckpoint(input, output, {
    ...convertOptions(output, values),
    adapters: adapters.map(parseAdapter),
    onProgress: ({ done, total }) => bar.update(done, total),
  }).finally(bar.stop);
  process.stdout.write(values.json === true ? jsonLine(report) : reportText(report, values));
  return EXIT.ok;
};

export const adapterConvert: VerbAction = async ([path, output], values) => {
  if (output === undefined)
    throw new RequestError({ doing: "convert an adapter", expected: "an output", found: "none" });
  const base = needOption(values.base, "convert an adapter", "--base MODEL");
  const config = await configOf(base, values);
  const adapter = bindAdapter(readAdapter(path), config);
  const write = /\.gguf$/i.test(output) ? writeGgufAdapter : writePeft;
  const dtype = values.dtype as AdapterDType | undefined;
  write(output, adapter, config, { dtype, overwrite: values.force });
  const report = { input: path, output, layers: adapter.layers.size, dtype: dtype ?? "F32" };
  const text = `${printable(output)}: ${formatCount(report.layers)} layers, ${report.dtype}\n`;
  process.stdout.write(values.json === true ? jsonLine(report) : text);
  return EXIT.ok;
};
