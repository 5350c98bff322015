/**
 * The chat page in Chromium. "chats": a search in 5,000 conversations, the longest frame while their list scrolls and
 * while an answer of 200 kB streams. "answer": the page on a host of files, from the question to the first word.
 * "engines": the engine in the page beside wllama and beside Cria under Node, on one file.
 *
 *     npx tsx --conditions=cria-source bench/web.ts [chats] [answer] [engines] [--conversations 5000] [--answer-kb 200]
 *         [--model FILE] [--tokens 64] [--wllama node_modules/@wllama/wllama] [--wllama-threads N …]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { inspectModel } from "../src/library/inspect.ts";
import { platform } from "../src/platform/node.ts";
import { buildPackage } from "../test/e2e/process.ts";
import { measureChats } from "./web/chats.ts";
import { type EngineFigures, measureEngines } from "./web/engines.ts";
import { measureFirstAnswer } from "./web/first-answer.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    conversations: { type: "string", default: "5000" },
    "answer-kb": { type: "string", default: "200" },
    model: { type: "string" },
    tokens: { type: "string", default: "64" },
    wllama: { type: "string" },
    "wllama-threads": { type: "string", multiple: true },
  },
});
const parts = new Set(positionals.length === 0 ? ["chats", "answer", "engines"] : positionals);
const shipped = await platform.shippedModel();
const model = values.model ?? shipped;
/** Half the processors are wllama's default; all of them are what Cria takes. */
const processors = availableParallelism();
const wllamaThreads = values["wllama-threads"]?.map(Number) ?? [
  ...new Set([Math.max(1, processors >> 1), processors]),
];

const results: Record<string, unknown> = {};
const show = (figures: object): void => {
  for (const [name, value] of Object.entries(figures))
    console.log(`${name.padEnd(20)} ${typeof value === "string" ? JSON.stringify(value) : value}`);
  console.log();
};

if (parts.has("chats")) {
  const chats = await measureChats(Number(values.conversations), 1000 * Number(values["answer-kb"]));
  results.chats = chats;
  show(chats);
}
if (parts.has("answer") || parts.has("engines")) {
  using built = buildPackage(true);
  if (parts.has("answer")) {
    const answer = await measureFirstAnswer(built.folder, shipped);
    results.answer = answer;
    show(answer);
  }
  if (parts.has("engines")) {
    const { memory } = await inspectModel(model);
    const engines = measureEngines({
      model,
      tokens: Number(values.tokens),
      context: memory?.context ?? 4096,
      wllama: values.wllama,
      wllamaThreads,
      built: built.folder,
    });
    const all: EngineFigures[] = [];
    for await (const figures of engines) {
      show(figures);
      all.push(figures);
    }
    results.engines = all;
  }
}
console.log(JSON.stringify({ bench: "web", model, ...results }));
