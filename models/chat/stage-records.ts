/** What each stage of the chat model read and did, kept in `records/` because work folders are not. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeText } from "../stories/files.ts";
import { recordsOf } from "../stories/records.ts";
import { CHAT_STAGES, type ChatManifest, runOf } from "./make.ts";
import type { PreparedChat } from "./prepare.ts";

export interface ChatStageRecord {
  readonly steps: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly sources: readonly (Pick<
    PreparedChat,
    "name" | "examples" | "bytes" | "licence" | "attribution"
  > & {
    /** Records that were left out. */
    readonly left: number;
  })[];
}

const pathOf = (name: string): string => resolve(import.meta.dirname, "records", `${name}.json`);

function sourcesOf(prepared: readonly PreparedChat[]): ChatStageRecord["sources"] {
  return prepared.map(({ name, examples, bytes, licence, attribution, dropped }) => {
    const left = dropped.unsuitable + dropped.copies + dropped.frozen;
    return { name, examples, bytes, left, licence, attribution };
  });
}

/** Writes the records of the stages whose runs a work folder has. */
export function keepStageRecords(work: string): void {
  const path = join(work, "manifest.json");
  if (!existsSync(path)) return;
  const { stages } = JSON.parse(readFileSync(path, "utf8")) as ChatManifest;
  for (const stage of stages) {
    const folder = join(work, runOf(stage));
    if (!existsSync(join(folder, "metrics.jsonl"))) continue;
    const last = recordsOf(folder).findLast((record) => record.kind === "step");
    if (last?.kind !== "step") throw new Error(`${folder} has no step`);
    const { step: steps, tokens, seconds } = last;
    const record = { steps, tokens, seconds: Math.round(seconds), sources: sourcesOf(stage.sources) };
    writeText(pathOf(stage.name), `${JSON.stringify(record)}\n`);
  }
}

/** By name of the stage, in order. */
export const readStageRecords = (): readonly (ChatStageRecord & { readonly name: string })[] =>
  CHAT_STAGES.map(({ name }) => ({ ...JSON.parse(readFileSync(pathOf(name), "utf8")), name }));
