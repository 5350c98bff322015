/**
 * Scores a model on the frozen test set of conversations (test/chat), with its own chat template or another one:
 *
 *     npm run -s chat:eval -- models/stories/cria-stories-q8_0.gguf --template chatml
 *     npm run -s chat:eval -- chat.gguf --failed          # also every answer that failed
 *     npm run -s chat:eval -- chat.gguf --json            # scores, and all answers
 *
 * Answers are the most likely ones (temperature 0). An answer that does not end by itself fails.
 */
import { parseArgs } from "node:util";
import { RequestError } from "../../src/base/index.ts";
import { columns } from "../../src/cli/table.ts";
import { load } from "../../src/index.ts";
import { ITEMS } from "../../test/chat/items/index.ts";
import { type ScoredItem, type Summary, scoreItems, summaryOf } from "./score.ts";

const AT_ONCE = 16;

export interface EvaluateOptions {
  /** Path of the model. */
  readonly model: string;
  /** A built-in template or Jinja text. Default: the model's own. */
  readonly template?: string | undefined;
  /** Put before every conversation. */
  readonly system?: string | undefined;
}

export async function evaluate({
  model: path,
  template,
  system,
}: EvaluateOptions): Promise<readonly ScoredItem[]> {
  await using model = await load(path, { parallel: AT_ONCE });
  return await scoreItems(
    ITEMS,
    async (messages, maxTokens) => {
      const options = { temperature: 0, maxTokens, template };
      const { text, finish } = await model.chat(messages, options).result();
      return { text: text.trim(), ended: finish.reason === "eos" || finish.reason === "stop" };
    },
    system,
  );
}

function table({ scores, ...total }: Summary): string {
  const rows = [...scores, { kind: "all", ...total }].map(({ kind, passed, of }) => [
    kind,
    `${passed}`,
    `of ${of}`,
    `${((100 * passed) / of).toFixed(1)} %`,
  ]);
  return columns(rows, ["left", "right", "left", "right"]);
}

function failures(scored: readonly ScoredItem[]): string {
  const failed = scored.filter(({ passed }) => !passed);
  const lines = failed.map(({ kind, turns, text, ended }) => {
    const answer = ended ? text : `${text} [cut off]`;
    return [`# ${kind}`, ...turns.map((turn) => `- ${turn}`), `> ${answer}`].join("\n");
  });
  return lines.join("\n\n");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      template: { type: "string" },
      system: { type: "string" },
      failed: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const [model] = positionals;
  if (model === undefined || positionals.length > 1) {
    throw new RequestError({
      doing: "score a chat model",
      expected: "one model file",
      found: model === undefined ? "none" : `${positionals.length}`,
    });
  }
  const scored = await evaluate({ model, template: values.template, system: values.system });
  const summary = summaryOf(scored);
  if (values.json === true) {
    console.log(JSON.stringify({ model, ...summary, items: scored }));
    return;
  }
  if (values.failed === true) console.log(`${failures(scored)}\n`);
  console.log(table(summary));
}

if (process.argv[1] === import.meta.filename) await main();
