/**
 * Scores the chat model and the story model that it was tuned from, talks to it, and writes CARD.md:
 *
 *     npm run -s chat:card -- --data ../shared/data --work /tmp/chat
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeText } from "../stories/files.ts";
import { bitsPerByte, MODEL, STORY_MODEL } from "../stories/measures.ts";
import { hashOf } from "../stories/prepare.ts";
import { HELD_OUT } from "../stories/sources.ts";
import { cardText } from "./card-text.ts";
import { evaluate } from "./evaluate.ts";
import { type Summary, summaryOf } from "./score.ts";
import { keepStageRecords, readStageRecords } from "./stage-records.ts";
import { type Dialogue, dialogues } from "./talk.ts";

const CARD = resolve(import.meta.dirname, "CARD.md");

/** What the card says about the chat model. */
export interface ChatFacts {
  readonly stages: ReturnType<typeof readStageRecords>;
  /** On the frozen test set, before the tuning and after it. */
  readonly before: Summary;
  readonly after: Summary;
  /** On the held-out stories, before the tuning and after it. */
  readonly bitsPerByte: readonly [before: number, after: number];
  readonly sha256: string;
  readonly dialogues: readonly Dialogue[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, work: { type: "string" } } });
  const { data = "../shared/data", work = "/tmp/chat" } = values;
  keepStageRecords(work);
  const heldOut = join(data, HELD_OUT);
  const facts: ChatFacts = {
    stages: readStageRecords(),
    before: summaryOf(await evaluate({ model: STORY_MODEL, template: "chatml" })),
    after: summaryOf(await evaluate({ model: MODEL })),
    bitsPerByte: [bitsPerByte([STORY_MODEL, heldOut]), bitsPerByte([MODEL, heldOut])],
    sha256: await hashOf(MODEL),
    dialogues: await dialogues(MODEL),
  };
  writeText(CARD, cardText(facts));
  const { passed, of } = facts.after;
  console.log(JSON.stringify({ before: facts.before.passed, passed, of, bitsPerByte: facts.bitsPerByte }));
}

if (process.argv[1] === import.meta.filename) await main();
