/**
 * Scores the chat model and the story model that it was tuned from, talks to it, and writes CARD.md:
 *
 *     npm run -s chat:card -- --data ../shared/data --work /tmp/chat
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeText } from "../stories/files.ts";
import { bitsPerByte, MODEL } from "../stories/measures.ts";
import { hashOf } from "../stories/prepare.ts";
import { recordsOf } from "../stories/records.ts";
import { HELD_OUT } from "../stories/sources.ts";
import { cardText } from "./card-text.ts";
import { evaluate } from "./evaluate.ts";
import { BASE, CHAT_STAGES, type ChatManifest, runOf } from "./make.ts";
import { type Summary, summaryOf } from "./score.ts";
import { type Dialogue, dialogues } from "./talk.ts";

const CARD = resolve(import.meta.dirname, "CARD.md");

interface ChatRun {
  readonly steps: number;
  readonly tokens: number;
  readonly seconds: number;
}

/** What the card says about the chat model. */
export interface ChatFacts {
  readonly manifest: ChatManifest;
  /** Of each stage. */
  readonly runs: readonly ChatRun[];
  /** On the frozen test set, before the tuning and after it. */
  readonly before: Summary;
  readonly after: Summary;
  /** On the held-out stories, before the tuning and after it. */
  readonly bitsPerByte: readonly [before: number, after: number];
  readonly sha256: string;
  readonly dialogues: readonly Dialogue[];
}

/** What a run has done at its last step. */
function doneIn(folder: string): ChatRun {
  const last = recordsOf(folder).findLast((record) => record.kind === "step");
  if (last?.kind !== "step") throw new Error(`${folder} has no step`);
  return { steps: last.step, tokens: last.tokens, seconds: Math.round(last.seconds) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, work: { type: "string" } } });
  const { data = "../shared/data", work = "/tmp/chat" } = values;
  const heldOut = join(data, HELD_OUT);
  const facts: ChatFacts = {
    manifest: JSON.parse(readFileSync(join(work, "manifest.json"), "utf8")),
    runs: CHAT_STAGES.map((stage) => doneIn(join(work, runOf(stage)))),
    before: summaryOf(await evaluate({ model: join(work, BASE), template: "chatml" })),
    after: summaryOf(await evaluate({ model: MODEL })),
    bitsPerByte: [bitsPerByte([join(work, BASE), heldOut]), bitsPerByte([MODEL, heldOut])],
    sha256: await hashOf(MODEL),
    dialogues: await dialogues(MODEL),
  };
  writeText(CARD, cardText(facts));
  const { passed, of } = facts.after;
  console.log(JSON.stringify({ before: facts.before.passed, passed, of, bitsPerByte: facts.bitsPerByte }));
}

if (process.argv[1] === import.meta.filename) await main();
