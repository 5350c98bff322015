/** The progress bar of long operations. */
import cliProgress from "cli-progress";
import { formatBytes } from "./text.ts";
import type { OptionValues } from "./values.ts";

export interface Bar {
  update(done: number, total: number): void;
  stop(): void;
}

/** Draws on stderr, on a terminal only. `what` is printed before the bar; `show` formats the two numbers. */
export function progressBar({ json, quiet }: OptionValues, what = "", show = formatBytes): Bar {
  if (!process.stderr.isTTY || json === true || quiet === true) return { update() {}, stop() {} };
  const bar = new cliProgress.SingleBar({
    format: `${what}{bar} {percentage} % | {size}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  let started = false;
  return {
    update(done, total) {
      const size = `${show(done)} of ${show(total)}`;
      if (!started) bar.start(total, done, { size });
      else bar.update(done, { size });
      started = true;
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}
