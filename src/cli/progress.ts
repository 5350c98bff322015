/** The progress bar of long operations. */
import { drawnBar } from "./bar.ts";
import { formatBytes } from "./text.ts";
import type { OptionValues } from "./values.ts";

export interface Bar {
  update(done: number, total: number): void;
  stop(): void;
}

/** Draws on stderr, on a terminal only. `what` is printed before the bar; `show` formats the two numbers. */
export function progressBar({ json, quiet }: OptionValues, what = "", show = formatBytes): Bar {
  if (!process.stderr.isTTY || json === true || quiet === true) return { update() {}, stop() {} };
  const bar = drawnBar({ format: `${what}{bar} {percentage} % | {size}` });
  return {
    update: (done, total) => bar.update(done, total, { size: `${show(done)} of ${show(total)}` }),
    stop: bar.stop,
  };
}
