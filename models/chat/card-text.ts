/** The text of CARD.md, from what was measured. */
import { table } from "../stories/card-text.ts";
import type { ChatFacts } from "./card.ts";
import { RESULT } from "./make.ts";
import type { Dialogue } from "./talk.ts";

const sources = ({ stages }: ChatFacts): string =>
  table(
    "| stage | text | examples | size | left out | licence | from |",
    "| --- | --- | ---: | ---: | ---: | --- | --- |",
    stages.flatMap((stage) =>
      stage.sources.map(({ name, examples, bytes, left, licence, attribution }) => {
        const size = `${(bytes / 1e6).toFixed(1)} MB`;
        return `| ${stage.name} | ${name} | ${examples} | ${size} | ${left} | ${licence} | ${attribution} |`;
      }),
    ),
  );

const stageList = ({ stages }: ChatFacts): string =>
  stages
    .map(({ name, steps, tokens, seconds }, i) => {
      const much = `${steps} steps, ${(tokens / 1e6).toFixed(1)} million tokens, ${(seconds / 60).toFixed(0)} minutes`;
      return `${i + 1}. [\`${name}.yaml\`](${name}.yaml): ${much}.`;
    })
    .join("\n");

function scores({ before, after }: ChatFacts): string {
  const rows = after.scores.map(
    ({ kind, passed, of }, i) => `| ${kind} | ${of} | ${before.scores[i].passed} | ${passed} |`,
  );
  return table("| kind | items | before | after |", "| --- | ---: | ---: | ---: |", [
    ...rows,
    `| all | ${after.of} | ${before.passed} | **${after.passed}** |`,
  ]);
}

const COUNTS = ["no", "one", "two", "three", "four", "five"];

/** Lines of one message; its paragraphs stay apart. */
const quoted = (text: string): string => text.replaceAll(/\n+/g, "<br>");

function dialogue({ system, turns }: Dialogue, index: number): string {
  const lead = system === undefined ? "" : `System: ${system}\n\n`;
  const lines = turns.map(([said, answer]) => `- **${said}**<br>${quoted(answer)}`);
  return `<details>\n<summary>${index + 1}. ${turns[0][0]}</summary>\n\n${lead}${lines.join("\n")}\n\n</details>`;
}

export const cardText = (facts: ChatFacts): string => `# The chat model

\`${RESULT}\`, the model of the package, is a story model ([models/README.md](../README.md)), tuned to answer, in Q8_0.
\`npx cria chat\` talks to it. [\`card.ts\`](card.ts) wrote this page from the runs and the model.

SHA-256: \`${facts.sha256}\`

All weights were tuned, in ${COUNTS[facts.stages.length]} stages (\`npm run chatmodel\`):

${stageList(facts)}

The model is the mean of the last two results.

Its template is ChatML, with system messages. Text, of which answers are learnt, and the replay as a whole
([README.md](README.md)):

${sources(facts)}

## Scores

Answers on the frozen test set ([\`test/chat\`](../../test/chat)), which was fixed before the first tuning run and shares no
eight words in a row with the text; the most likely tokens, checked by rules:

${scores(facts)}

Bits per byte of the first 300 documents of \`tinystories-valid-head\`, 512 tokens each: ${facts.bitsPerByte[0].toFixed(4)} before the
tuning, ${facts.bitsPerByte[1].toFixed(4)} after it.

## Twenty dialogues

Ten turns each, unedited, with the defaults of \`cria chat\` and seeds 1 to ${facts.dialogues.length} ([\`dialogues.ts\`](dialogues.ts)
has what was said).

${facts.dialogues.map(dialogue).join("\n\n")}
`;
