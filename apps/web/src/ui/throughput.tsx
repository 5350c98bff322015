/** A line of tokens per second. The library that draws it is loaded when the line is first seen. */
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";

type Rates = readonly (readonly [at: number, rate: number])[];

export function Throughput({ rates }: { readonly rates: Rates }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    const element = place.current as HTMLDivElement;
    void (async () => {
      const [{ default: Plot }] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
      if (isGone) return;
      plot.current = new Plot(optionsFor(element), [[], []], element);
    })();
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      isGone = true;
      observer.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => {
    plot.current?.setData([rates.map(([at]) => at), rates.map(([, rate]) => rate)]);
  }, [rates]);
  const now = rates.at(-1)?.[1] ?? 0;
  return (
    <figure class="throughput">
      <figcaption>
        <strong>{now.toFixed(1)}</strong> tokens/s now
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

const HEIGHT = 140;
const SHOWN_SECONDS = 120;
const timesUntil = (last: number): [number, number] => [last - SHOWN_SECONDS, last];

function optionsFor(element: HTMLElement): uPlot.Options {
  const token = (name: string): string =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = {
    stroke: token("--ink-faint"),
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
    font: "11px sans-serif",
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { range: (_plot, _first, last) => timesUntil(last ?? Date.now() / 1000) },
      y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
    },
    axes: [
      {
        ...axis,
        space: 90,
        size: 28,
        values: (_plot, times) =>
          times.map((time) => new Date(1000 * time).toLocaleTimeString("en", { hour12: false })),
      },
      { ...axis, size: 40 },
    ],
    series: [
      {},
      { stroke: token("--accent"), width: 2, fill: token("--accent-soft"), points: { show: false } },
    ],
  };
}
