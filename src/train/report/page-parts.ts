/** Style and script of the report. The script draws SERIES, and redraws when the window changes. */

export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --faint: #6b7280; --line: #d7dbe2; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e9f0; --faint: #98a1b0; --line: #343b48; --paper: #14181f; }
}
body { margin: 0 auto; max-width: 1200px; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--paper); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: .75rem; }
dt { color: var(--faint); font-size: .8rem; } dd { margin: 0; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 1.5rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .4rem .75rem .4rem 0; vertical-align: top; white-space: pre-wrap;
  overflow-wrap: anywhere; }
td:first-child { color: var(--faint); width: 5rem; }
pre { overflow: auto; } figure { margin: 0; } figcaption { font-weight: 600; }
figure { min-width: 0; }
.u-legend { font-size: 12px; color: var(--ink); }
`;

export const PAGE_SCRIPT = `
const INK = getComputedStyle(document.documentElement);
const ink = INK.getPropertyValue("--ink"), line = INK.getPropertyValue("--line");
const COLOURS = ["#3b82f6", "#e5534b", "#2da44e", "#bf8700", "#8957e5", "#1b7c83", "#bf3989"];
const PLOTS = [
  ["Loss, nats per token", SERIES.loss, 1],
  ["Held out, bits per byte", SERIES.bitsPerByte, 1],
  ["Learning rate", SERIES.learningRate, 1],
  ["Norm of the gradient", SERIES.norm, 3],
  ["Tokens per second", SERIES.throughput, 1],
];
const host = document.getElementById("plots");
const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
const drawn = PLOTS.filter(([, series]) => series.columns[0].length > 0);
// Create all figures first: the width of each depends on the others.
const figures = drawn.map(([title]) => {
  const figure = document.createElement("figure");
  figure.innerHTML = "<figcaption></figcaption><div></div>";
  figure.firstChild.textContent = title;
  host.append(figure);
  return figure;
});
const plots = drawn.map(([, series, distribution], at) => {
  const figure = figures[at];
  const single = series.columns[0].length < 2;
  const plot = new uPlot({
    width: figure.clientWidth, height: 260,
    scales: { x: { time: false }, y: { distr: distribution } },
    axes: [axis, { ...axis, size: 64 }],
    series: [{ label: "step" }, ...series.labels.map((label, i) => ({
      label, stroke: COLOURS[i % COLOURS.length], width: 1.5, spanGaps: true,
      points: { show: single || series.columns[i + 1].filter((y) => y !== null).length < 60 },
    }))],
  }, series.columns, figure.lastChild);
  return [plot, figure];
});
addEventListener("resize", () => {
  for (const [plot, figure] of plots) plot.setSize({ width: figure.clientWidth, height: 260 });
});
`;
