/**
 * The report of a run: one self-contained page that opens from the disk while the run is in progress. Texts of the
 * model and names of the recipe are escaped and shown as text.
 */
import { platform } from "#platform";
import type { EventRecord, RunRecord, SampleRecord, StepRecord } from "../run/metrics.ts";
import type { RunPlan } from "../run/plan.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page-parts.ts";
import { seriesOf } from "./series.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => ESCAPES[letter]);

/** JSON that is safe inside a script element. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

const count = (value: number): string => Math.round(value).toLocaleString("en");
const digits = (value: number | null | undefined, places: number): string => value?.toFixed(places) ?? "–";

function hours(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

function lastOf<Kind extends RunRecord["kind"]>(records: readonly RunRecord[], kind: Kind) {
  for (let i = records.length - 1; i >= 0; i--) {
    const record = records[i];
    if (record.kind === kind) return record as Extract<RunRecord, { kind: Kind }>;
  }
  return undefined;
}

/** The summary figures at the top. */
function figures(plan: RunPlan, records: readonly RunRecord[]): string {
  const step: StepRecord | undefined = lastOf(records, "step");
  const evaluation = lastOf(records, "evaluation");
  const event: EventRecord | undefined = lastOf(records, "event");
  const rows: readonly (readonly [string, string])[] = [
    ["step", `${count(step?.step ?? 0)} of ${count(plan.steps)}`],
    ["tokens", count(step?.tokens ?? 0)],
    ["loss", `${digits(step?.loss, 4)} nats`],
    ["held out", `${digits(evaluation?.nats, 4)} nats, ${digits(evaluation?.bitsPerByte, 4)} bits per byte`],
    ["speed", `${count(step?.tokensPerSecond ?? 0)} tokens per second`],
    ["time", hours(step?.seconds ?? 0)],
    ["parameters", count(plan.parameters)],
    ["last event", event === undefined ? "–" : `${event.event}, step ${event.step}`],
  ];
  return rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join("");
}

function samplesOf(records: readonly RunRecord[]): string {
  const samples = records.filter((record): record is SampleRecord => record.kind === "sample");
  const rows = samples
    .toReversed()
    .map(
      ({ step, prompt, text }) =>
        `<tr><td>${count(step)}</td><td><b>${escaped(prompt)}</b>${escaped(text)}</td></tr>`,
    );
  return rows.length === 0 ? "<p>None yet.</p>" : `<table>${rows.join("")}</table>`;
}

function eventsOf(records: readonly RunRecord[]): string {
  const rows = records
    .filter((record): record is EventRecord => record.kind === "event" && record.event !== "checkpoint")
    .map(
      ({ step, event, text }) => `<tr><td>${count(step)}</td><td>${event}</td><td>${escaped(text)}</td></tr>`,
    );
  return rows.length === 0 ? "<p>None.</p>" : `<table>${rows.join("")}</table>`;
}

/** The page as text. */
export function reportPage(plan: RunPlan, records: readonly RunRecord[]): string {
  const name = escaped(plan.recipe.name ?? platform.baseName(plan.recipe.output));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${name}</title>
<style>${platform.asset("uPlot.min.css")}${PAGE_STYLE}</style>
</head>
<body>
<h1>${name}</h1>
<dl>${figures(plan, records)}</dl>
<main id="plots"></main>
<h2>Samples</h2>
${samplesOf(records)}
<h2>Events</h2>
${eventsOf(records)}
<details><summary>Recipe</summary><pre>${escaped(JSON.stringify(plan.shown ?? plan.recipe, null, 2))}</pre></details>
<script>${platform.asset("uPlot.iife.min.js")}</script>
<script>const SERIES = ${inScript(seriesOf(records))};${PAGE_SCRIPT}</script>
</body>
</html>
`;
}
