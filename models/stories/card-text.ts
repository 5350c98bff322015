/** The text of the card, from what was measured. */

import { checkNames, isCoherent, type StoryChecks } from "./checks.ts";
import { STAGES, type Stage, TEXTS } from "./make.ts";
import type { Story } from "./measures.ts";
import type { AblationResult, StageRecord, StoryRun, TextRecord } from "./records.ts";
import { SOURCES } from "./sources.ts";

export interface CardFacts {
  readonly text: TextRecord;
  readonly run: StoryRun;
  readonly sha256: string;
  readonly bytes: number;
  /** Bits per byte on the held-out stories. */
  readonly own: number;
  /** The same of the story model before it was tuned to talk. */
  readonly untuned: number;
  readonly peer: number;
  readonly shown: readonly Story[];
  readonly checked: readonly Story[];
  /** From beginnings that no fable of the world is about. */
  readonly further: readonly Story[];
  readonly mostTokens: number;
  readonly ablations: readonly AblationResult[];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function table(head: string, borders: string, rows: readonly string[]): string {
  return [head, borders, ...rows].join("\n");
}

function sourceTable({ text, run }: CardFacts): string {
  const rows = SOURCES.map(({ name, licence, attribution }) => {
    const made = text.sources.find((source) => source.name === name);
    const { useless = 0, longSentences = 0, copies = 0 } = made?.dropped ?? {};
    const left = `${useless + longSentences + copies}`;
    const size = `${((made?.bytes ?? 0) / 1e6).toFixed(1)} MB`;
    const epochs = (run.epochs[name] ?? 0).toFixed(2);
    return `| ${name} | ${size} | ${made?.documents} | ${left} | ${epochs} | ${licence} | ${attribution} |`;
  });
  return table(
    "| source | text | documents | left out | epochs | licence | from |",
    "| --- | ---: | ---: | ---: | ---: | --- | --- |",
    rows,
  );
}

function lossTable({ run: { sources } }: CardFacts): string {
  const rows = sources.map(
    ({ source, bitsPerByte: bits, nats, tokens }) =>
      `| ${source} | ${bits.toFixed(3)} | ${nats.toFixed(3)} | ${tokens} |`,
  );
  return table(
    "| held-out text of | bits per byte | nats per token | tokens |",
    "| --- | ---: | ---: | ---: |",
    rows,
  );
}

function checkTable({ checked, further }: CardFacts): string {
  const share = (stories: readonly Story[], holds: (checks: StoryChecks) => boolean) =>
    percent(stories.filter(({ checks }) => holds(checks)).length / stories.length);
  const row = (what: string, holds: (checks: StoryChecks) => boolean) =>
    `| ${what} | ${share(checked, holds)} | ${share(further, holds)} |`;
  const rows = Object.entries(checkNames).map(([key, what]) =>
    row(what, (checks) => checks[key as keyof StoryChecks]),
  );
  return table("| check | beginnings below | further ones |", "| --- | ---: | ---: |", [
    ...rows,
    row("all of these", isCoherent),
  ]);
}

const quoted = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");

const storyItem = ({ text, checks }: Story, index: number): string =>
  `${index + 1}. ${isCoherent(checks) ? "passes" : "fails"}\n\n${quoted(text)}`;

const introduction = ({ sha256, bytes }: CardFacts): string => `# The model of the package

\`cria-chat-q8_0.gguf\` is a LLaMA-architecture model of 9.7 million parameters that Cria trained and tuned, in Q8_0
(${(bytes / 1e6).toFixed(1)} MB). It continues simple English stories, and talks. \`npm start\`, \`cria run\` and \`cria chat\` without
a model and \`load()\` without a path use it.

It was trained to tell stories, as this page describes, and then tuned to talk; [chat/CARD.md](chat/CARD.md) has the tuning,
its scores and twenty conversations. The result before the tuning is \`stories/cria-stories-q8_0.gguf\` of the repository. Stories and
measures below are of the tuned model unless they say otherwise. [\`stories/card.ts\`](stories/card.ts) wrote this page from
the runs and the model.

SHA-256: \`${sha256}\``;

const data = (facts: CardFacts): string => `## Data

${sourceTable(facts)}

The text was cleaned (one kind of quotation marks, no headings). Documents with long sentences and exact copies were
left out. The world is generated ([world/README.md](world/README.md)). Held out: 1 % of the documents of each source,
and all of \`tinystories-valid-head\`. The recipes have each source's share of a stage.`;

const stageItem = ({ recipe, note }: Stage, i: number, { steps, tokens, precision }: StageRecord): string =>
  `${i + 1}. [\`stories/${recipe}\`](stories/${recipe}): ${steps} steps, ${(tokens / 1e6).toFixed(1)} million tokens, ` +
  `matrix products in ${precision}; ${note}.`;

const run = ({ text, run: { steps, stages, tokens, seconds } }: CardFacts): string => `## Run

256 wide, 11 layers, 8 heads, 4 key heads, inner width 768, tied head, context 1,024, a vocabulary of
${text.vocabulary} pieces (BPE by SentencePiece's rules) with tokens reserved for ChatML, tools and filling in the
middle. Weights and moments in f32. ${stages.length} stages:

${STAGES.map((stage, i) => stageItem(stage, i, stages[i])).join("\n")}

${steps} steps, ${(tokens / 1e6).toFixed(1)} million tokens, ${(seconds / 3600).toFixed(2)} hours on virtual
machines with 2 processors that also did other work.

![Losses over the steps](curve.svg)

\`npm run stories -- --data DATA --work WORK\` repeats the run from the same data; the manifest in the work folder has
the hashes of all inputs. The generator of fables was corrected before stage 9: the command writes each stage's text with the code of
the commit that wrote it (\`${TEXTS.earlier}\`, and \`${TEXTS.later}\` for stage 9). A stage gives the same bytes again with
the same code on the same kind of processor. Stages 1, 2 and 9 ran with bf16 products (9 on a processor with AMX), the others with
AVX2, so no single machine repeats the whole chain to the bit.`;

const measures = (facts: CardFacts): string => `## Measures

Bits per byte of the first 300 documents of \`tinystories-valid-head\`, 512 tokens each (\`cria eval bpb\`):
**${facts.own.toFixed(4)}**; the story model before the tuning ${facts.untuned.toFixed(4)}; stories260K ${facts.peer.toFixed(4)}.

The story model at the end of its last stage:

${lossTable(facts)}

${facts.checked.length} stories at temperature 0.7, at most ${facts.mostTokens} tokens each, from the beginnings below, and ${facts.further.length} from
twenty further ones ([\`stories/beginnings.ts\`](stories/beginnings.ts)). No beginning occurs in the training text. The world's
fables are about some of the things that the twenty below are about; the further ones are about other things:

${checkTable(facts)}`;

function ablationTable({ ablations }: CardFacts): string {
  const cell = (bits: number | undefined): string => bits?.toFixed(3) ?? "";
  const rows = ablations.map(
    ({ name, bitsPerByte }) =>
      `| ${name} | ${["tinystories", "world", "readers"].map((source) => cell(bitsPerByte[source])).join(" | ")} |`,
  );
  return table("| data | tinystories | world | readers |", "| --- | ---: | ---: | ---: |", rows);
}

const ablations = (facts: CardFacts): string => `## What the data are worth

Bits per byte on held-out text after short runs of a smaller model (128 wide, 6 layers,
${(facts.ablations[0].tokens / 1e6).toFixed(1)} million tokens; [\`stories/ablations.ts\`](stories/ablations.ts)). A source that is left out is
not in the held-out text either.

${ablationTable(facts)}`;

const examples = ({ shown }: CardFacts): string => `## Twenty stories

Unedited, temperature 0.7, seeds 1 to ${shown.length}.
${shown.filter(({ checks }) => isCoherent(checks)).length} of ${shown.length} pass all checks.

${shown.map(storyItem).join("\n\n")}`;

const limits = (): string => `## Limits

The model is small and trained on few tokens: stories lose their thread, repeat themselves or change names. The checks above
count what a program can find; whether a story makes sense, only a reader can tell. It knows little, invents facts,
follows only the instructions that it was tuned on, and has a context of 1,024 tokens. Its data include old children's books, whose views sometimes show. It is meant for trials and tests.`;

const PARTS = [introduction, data, run, measures, ablations, examples, limits];

export const cardText = (facts: CardFacts): string =>
  `${PARTS.map((part) => part(facts))
    .filter((text) => text !== "")
    .join("\n\n")}\n`;
