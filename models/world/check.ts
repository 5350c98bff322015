/**
 * Reads documents and prints how much they repeat each other:
 *   npm run world:check -- world.jsonl
 * For each document it finds the earlier one that shares the largest part of its word 8-grams, and prints the worst
 * pair, how many documents share more than half, and counts of words. Ends with 1 if any pair shares more than half.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { ConfigError } from "../../src/base/index.ts";
import { DocumentIndex } from "./uniqueness/index.ts";

interface Report {
  documents: number;
  words: number;
  vocabulary: number;
  wordsPerDocument: number;
  overHalf: number;
  overQuarter: number;
  meanShare: number;
  worst: { share: number; lines: readonly [number, number] };
}

async function report(path: string): Promise<Report> {
  const index = new DocumentIndex();
  const vocabulary = new Set<string>();
  const sums = { documents: 0, words: 0, overHalf: 0, overQuarter: 0, shares: 0 };
  let worst: Report["worst"] = { share: 0, lines: [0, 0] };
  for await (const line of createInterface({ input: createReadStream(path, "utf8") })) {
    if (line === "") continue;
    const { text } = JSON.parse(line) as { text: string };
    const words = text.toLowerCase().match(/[a-z']+/g) ?? [];
    for (const word of words) vocabulary.add(word);
    const { share, with: other } = index.admit(text, 1);
    sums.documents++;
    sums.words += words.length;
    sums.shares += share;
    if (share > 0.5) sums.overHalf++;
    if (share > 0.25) sums.overQuarter++;
    if (share > worst.share) worst = { share, lines: [other + 1, sums.documents] };
  }
  const { documents, words, overHalf, overQuarter, shares } = sums;
  return {
    documents,
    words,
    vocabulary: vocabulary.size,
    wordsPerDocument: Math.round(words / documents),
    overHalf,
    overQuarter,
    meanShare: Number((shares / documents).toFixed(4)),
    worst,
  };
}

const path = process.argv[2];
if (path === undefined)
  throw new ConfigError({ doing: "check documents", expected: "a .jsonl file", found: "no argument" });
const found = await report(path);
console.log(JSON.stringify(found, null, 2));
process.exitCode = found.overHalf > 0 ? 1 : 0;
