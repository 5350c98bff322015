/** Draws the losses of a run as SVG: training in grey, held-out text in colour. */
import type { Point } from "./records.ts";

const [WIDTH, HEIGHT, MARGIN] = [720, 320, 44];

export function curve(training: readonly Point[], evaluations: readonly Point[]): string {
  const heldOut = evaluations.filter(({ step }) => step > 0);
  const all = [...training.slice(1), ...heldOut].map(({ loss }) => loss);
  const [least, most] = [Math.floor(Math.min(...all) * 2) / 2, Math.ceil(Math.max(...all) * 2) / 2];
  const lastStep = Math.max(1, ...training.map(({ step }) => step));
  const x = (step: number) => MARGIN + ((WIDTH - 2 * MARGIN) * step) / lastStep;
  const y = (loss: number) =>
    MARGIN + ((HEIGHT - 2 * MARGIN) * (most - Math.min(most, loss))) / (most - least);
  const line = (points: readonly Point[], color: string) =>
    `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points
      .map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`)
      .join(" ")}"/>`;
  const grid = Array.from({ length: Math.round((most - least) * 2) + 1 }, (_, i) => least + i / 2).map(
    (loss) =>
      `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y(loss)}" y2="${y(loss)}" stroke="#ddd"/>` +
      `<text x="${MARGIN - 6}" y="${y(loss) + 4}" text-anchor="end">${loss.toFixed(1)}</text>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const step = Math.round(share * lastStep);
    return `<text x="${x(step)}" y="${HEIGHT - MARGIN + 18}" text-anchor="middle">${step}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">
<title>Losses over the steps: training text and held-out text</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${[...grid, ...ticks].join("\n")}
${line(training, "#999")}
${line(heldOut, "#c2410c")}
<text x="${WIDTH - MARGIN}" y="${MARGIN - 14}" text-anchor="end">nats per token over steps: training (grey), held-out (orange)</text>
</svg>
`;
}
