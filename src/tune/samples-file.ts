/** samples.md: the texts of a run for each prompt, from before the first step to after the last. */
import { platform } from "#platform";
import { readMetrics, type SampleRecord } from "../train/run/metrics.ts";
import type { RunFiles } from "../train/run/run-files.ts";

/** Text as an indented block, which nothing in it can end. */
const block = (text: string): string =>
  text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");

/** Writes the file from the records of the run. */
export function writeSamples(files: RunFiles): void {
  const samples = readMetrics(files).filter((record): record is SampleRecord => record.kind === "sample");
  if (samples.length === 0) return;
  const prompts = [...new Set(samples.map(({ prompt }) => prompt))];
  const parts = prompts.map((prompt) => {
    const texts = samples
      .filter((sample) => sample.prompt === prompt)
      .map(({ step, text }) => `After step ${step}:\n\n${block(text)}`);
    return ["## Prompt", block(prompt), ...texts].join("\n\n");
  });
  using sink = platform.createFile(files.samples, { overwrite: true });
  sink.write(new TextEncoder().encode(`# Samples\n\n${parts.join("\n\n")}\n`));
  sink.commit();
}
