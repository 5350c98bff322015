/** `cria convert`: converts a checkpoint from any readable format to any writable one. */
import { RequestError } from "../base/errors.ts";
import { type ConversionReport, type ConvertOptions, convertCheckpoint } from "../convert/index.ts";
import type { CheckpointFormat } from "../weights/index.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel } from "./model-argument.ts";
import { progressBar } from "./progress.ts";
import { warn } from "./session.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, jsonLine, printable } from "./text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const convert: VerbAction = async ([name, output], values) => {
  const input = await resolveModel(name, values);
  const bar = progressBar(values);
  try {
    const report = await convertCheckpoint(input, output, {
      ...convertOptions(output, values),
      onProgress: ({ done, total }) => bar.update(done, total),
    });
    bar.stop();
    process.stdout.write(values.json === true ? jsonLine(report) : reportText(report, values));
    // A loss of this size is reported even with --quiet.
    if (report.tokenizerMissing !== undefined)
      warn(`"${output}" has no vocabulary: ${report.tokenizerMissing}; add one with --tokenizer`);
    return EXIT.ok;
  } finally {
    bar.stop();
  }
};

/** Formats implied by the end of a file name. */
const ENDINGS: readonly (readonly [RegExp, CheckpointFormat])[] = [
  [/\.gguf$/i, "gguf"],
  [/\.bin$/i, "llama2c"],
  [/\.safetensors\/?$/i, "safetensors"],
  [/\.pth\/?$/i, "pth"],
];

function targetOf(output: string, to: string | undefined): CheckpointFormat {
  if (to !== undefined) return to as CheckpointFormat; // one of the option's choices
  const ending = ENDINGS.find(([pattern]) => pattern.test(output));
  if (ending !== undefined) return ending[1];
  throw new RequestError({
    doing: `convert to "${output}"`,
    expected: "--to FORMAT, or a name that ends in .gguf, .bin, .safetensors or .pth",
    found: "neither",
  });
}

/** The options of a conversion, from the command line. */
export function convertOptions(output: string, values: OptionValues): ConvertOptions {
  const { dtype, shards, maxShardSize, llama2cVersion, tie, tokenizer, force } = values;
  const given = {
    dtype,
    shards,
    maxShardBytes: maxShardSize,
    llama2cVersion,
    tie,
    tokenizer,
    overwrite: force,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { to: targetOf(output, values.to), ...Object.fromEntries(present) };
}

/** What was written, as a table. */
export function reportText(report: ConversionReport, { quiet }: OptionValues): string {
  if (quiet === true) return "";
  const { from, to, output, files, tensorCount, byteLength, changes, permuted, tokenizer } = report;
  const yellow = colorsFor(process.stdout).yellow;
  const rows = [
    ["written", `${output} (${from} to ${to})`],
    ["files", files.join(", ")],
    ["tensors", `${formatCount(tensorCount)}, ${formatBytes(byteLength)}`],
    ...changes.map(({ from: was, to: is, count, exact }) => [
      "type",
      `${was} to ${is} in ${count} tensors${exact ? ", exactly" : ", rounded"}`,
    ]),
    ...(permuted === 0
      ? []
      : [["reordered", `rows of ${permuted} tensors, for the other order of rotary pairs`]]),
    ["tokenizer", tokenizer],
    ...report.notes.map((text) => ["note", text]),
    ...report.dropped.map((text) => ["dropped", yellow(text)]),
    ...report.warnings.map((text) => ["warning", yellow(text)]),
  ];
  return `${columns(rows.map((row) => row.map(printable)))}\n`;
}
