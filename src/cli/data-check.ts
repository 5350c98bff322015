/** `cria data check`: what a model will see of conversations: the text by origin, what is learnt, lengths, losses. */
import { type Example, placeText, type ReadConversations } from "../data/index.ts";
import { loadTokenizer } from "../library/load-tokenizer.ts";
import {
  type ChosenTemplate,
  chooseTemplate,
  type EncodeSettings,
  encodeExample,
  explainExample,
  type Learnt,
  type Long,
  makeExampleSet,
  type Part,
  readConversations,
  type SetReport,
} from "../tune/index.ts";
import { type Colors, colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel } from "./model-argument.ts";
import { needOption } from "./needed.ts";
import { progressBar } from "./progress.ts";
import { columns } from "./table.ts";
import { chosenTemplateText } from "./template-file.ts";
import { formatCount, jsonLine, printable, threeDigits } from "./text.ts";
import type { VerbAction } from "./values.ts";

/** Listed records of each kind. */
const LISTED = 20;

export const dataCheck: VerbAction = async (paths, values) => {
  const path = needOption(values.tokenizer, "check the data", "--tokenizer FILE (a tokenizer or a model)");
  const tokenizer = await loadTokenizer(await resolveModel(path, values));
  const template = chooseTemplate(chosenTemplateText(values.template), tokenizer.chatTemplate);
  const settings: EncodeSettings = {
    tokenizer,
    template: template.template,
    learnt: (values.learn ?? "answers") as Learnt,
  };
  const read = await readConversations(paths);
  const bar = progressBar(values, "encoding ", formatCount);
  const { report } = await makeExampleSet(read, {
    ...settings,
    length: values.length ?? Number.POSITIVE_INFINITY,
    long: (values.long ?? "cut") as Long,
    heldOut: 0,
    onProgress: bar.update,
  }).finally(bar.stop);
  const samples = samplesOf(read, settings, values.samples ?? 2);
  const text = values.json === true ? json(report, template, samples) : page(report, template, samples);
  process.stdout.write(text);
  return EXIT.ok;
};

interface Sample {
  readonly place: string;
  readonly tokens: number;
  readonly parts: readonly Part[];
}

/** The first usable examples. */
function samplesOf({ examples }: ReadConversations, settings: EncodeSettings, count: number): Sample[] {
  const samples: Sample[] = [];
  for (const example of examples) {
    if (samples.length >= count) break;
    const sample = sampleOf(example, settings);
    if (sample !== undefined) samples.push(sample);
  }
  return samples;
}

function sampleOf(example: Example, settings: EncodeSettings): Sample | undefined {
  const encoded = encodeExample(example, settings);
  if (!("tokens" in encoded)) return undefined;
  const parts = explainExample(example, settings);
  return { place: placeText(example.place), tokens: encoded.tokens.length, parts };
}

function json(report: SetReport, { name }: ChosenTemplate, samples: readonly Sample[]): string {
  const { lengths, ...rest } = report;
  return jsonLine({ ...rest, template: name, lengths: quantiles(lengths), samples });
}

const SHARES = { shortest: 0, median: 0.5, "95 %": 0.95, longest: 1 } as const;

function quantiles(sorted: readonly number[]): Record<string, number> {
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return Object.fromEntries(Object.entries(SHARES).map(([name, share]) => [name, at(share)]));
}

function page(report: SetReport, { name }: ChosenTemplate, samples: readonly Sample[]): string {
  const colors = colorsFor(process.stdout);
  const legend = colors.isColorSupported
    ? `${colors.dim("template")}  ${colors.cyan("messages")}  ${colors.green("learnt")}`
    : "⟦…⟧ is learnt";
  const texts = samples.map(
    ({ place, tokens, parts }) =>
      `${colors.bold(printable(place))}, ${formatCount(tokens)} tokens\n${textOf(parts, colors)}`,
  );
  const facts = columns(factRows(report, name).map((row) => row.map(printable)));
  const lists = [listing("cut", report.cut), listing("dropped", droppedLines(report))];
  const shown = samples.length === 0 ? [] : [legend, ...texts];
  return `${[facts, ...shown, ...lists.filter((text) => text !== "")].join("\n\n")}\n`;
}

/** Without colours, what is learnt stands between marks. */
function textOf(parts: readonly Part[], colors: Colors): string {
  let isLearnt = false;
  const texts = parts.map(({ text, role, learnt }) => {
    const shown = printable(text);
    if (colors.isColorSupported) return colorOf(role, learnt, colors)(shown);
    const mark = learnt === isLearnt ? "" : learnt ? "⟦" : "⟧";
    isLearnt = learnt;
    return mark + shown;
  });
  return `${texts.join("")}${isLearnt ? "⟧" : ""}`;
}

function colorOf(role: string | undefined, learnt: boolean, colors: Colors) {
  if (learnt) return colors.green;
  return role === undefined ? colors.dim : colors.cyan;
}

function factRows(
  { files, examples, tokens, lengths, cut, dropped }: SetReport,
  template: string,
): string[][] {
  const share = threeDigits((100 * tokens.learnt) / tokens.all);
  const { shortest, median, longest, "95 %": most } = quantiles(lengths);
  return [
    ...files.map(({ name, layout, examples: count }) => [name, `${layout}: ${formatCount(count)} records`]),
    ["template", template],
    ["examples", formatCount(examples.train + examples.heldOut)],
    ["tokens", `${formatCount(tokens.all)}, ${formatCount(tokens.learnt)} learnt (${share} %)`],
    ["lengths", `${shortest} to ${longest}, median ${median}, 95 % up to ${most}`],
    ["cut", formatCount(cut.length)],
    ["dropped", formatCount(dropped.length)],
  ];
}

const droppedLines = ({ dropped }: SetReport): string[] =>
  dropped.map(({ place, reason }) => `${place}: ${reason}`);

function listing(what: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const shown = lines.slice(0, LISTED).map((line) => `  ${printable(line)}`);
  const more = lines.length > LISTED ? [`  and ${formatCount(lines.length - LISTED)} more`] : [];
  return [`${what}:`, ...shown, ...more].join("\n");
}
