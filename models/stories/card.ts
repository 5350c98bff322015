/**
 * Writes models/README.md, the loss curve next to it and the golden text of the tests, from the results of make.ts
 * and ablations.ts and from the model:
 *
 *     npm run stories:card -- --data ../shared/data --work /tmp/stories
 */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BEGINNINGS, FURTHER_BEGINNINGS } from "./beginnings.ts";
import { cardText } from "./card-text.ts";
import { isCoherent } from "./checks.ts";
import { curve } from "./curve.ts";
import { writeText } from "./files.ts";
import { bitsPerByte, goldenText, MODEL, MOST_TOKENS, STORY_MODEL, stories } from "./measures.ts";
import { hashOf } from "./prepare.ts";
import { keepRecords, readAblations, readRun, readText } from "./records.ts";
import { HELD_OUT } from "./sources.ts";

const here = import.meta.dirname;
const GOLDEN = resolve(here, "../../test/golden/shipped-model.json");
const PEER = "checkpoints/stories260K.bin";
const PEER_TOKENIZER = "checkpoints/tok512.model";
const CHECKED = 1000;
const FURTHER = 400;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, work: { type: "string" } } });
  const { data = "../shared/data", work = "/tmp/stories" } = values;
  keepRecords(work);
  const run = readRun();
  writeText(resolve(here, "../curve.svg"), curve(run.training, run.heldOut));
  const sha256 = await hashOf(MODEL);
  writeText(GOLDEN, `${JSON.stringify(await goldenText(sha256), null, 2)}\n`);
  const heldOut = join(data, HELD_OUT);
  const facts = {
    text: readText(),
    run,
    sha256,
    bytes: statSync(MODEL).size,
    own: bitsPerByte([MODEL, heldOut]),
    untuned: bitsPerByte([STORY_MODEL, heldOut]),
    peer: bitsPerByte([join(data, PEER), heldOut, "--tokenizer", join(data, PEER_TOKENIZER)]),
    shown: await stories(BEGINNINGS.length, 1),
    checked: await stories(CHECKED, 1000),
    further: await stories(FURTHER, 5000, FURTHER_BEGINNINGS),
    mostTokens: MOST_TOKENS,
    ablations: readAblations(),
  };
  writeText(resolve(here, "../README.md"), cardText(facts));
  const passed = facts.shown.filter(({ checks }) => isCoherent(checks)).length;
  console.log(
    JSON.stringify({ bitsPerByte: facts.own, stories260K: facts.peer, passed, of: facts.shown.length }),
  );
}

if (process.argv[1] === import.meta.filename) await main();
