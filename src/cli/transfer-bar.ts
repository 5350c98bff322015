/** Shows a transfer: a bar with rate and time left on a terminal, a line every ten seconds elsewhere. */
import type { TransferProgress } from "../hub/transfer/progress.ts";
import { drawnBar } from "./bar.ts";
import { formatBytes, formatSeconds, printable, shorten } from "./text.ts";
import type { OptionValues } from "./values.ts";

export interface TransferBar {
  update(progress: TransferProgress): void;
  stop(): void;
}

const LINE_MS = 10_000;
const NAME_LENGTH = 40;

const rateText = ({ bytesPerSecond }: TransferProgress): string =>
  bytesPerSecond === undefined ? "" : `${formatBytes(bytesPerSecond)}/s`;

/** "3 min 20 s", "1 h 5 min". */
function timeText({ secondsLeft }: TransferProgress): string {
  if (secondsLeft === undefined || !Number.isFinite(secondsLeft)) return "";
  if (secondsLeft < 60) return `${formatSeconds(Math.max(1, Math.round(secondsLeft)))} left`;
  const minutes = Math.floor(secondsLeft / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(secondsLeft % 60)} s left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** One line about the state of a transfer. */
export function transferLine(progress: TransferProgress): string {
  if (progress.waiting) return `${shorten(progress.file, NAME_LENGTH)}: another process fetches it`;
  const share = progress.total === 0 ? 100 : Math.floor((100 * progress.done) / progress.total);
  const parts = [
    `${formatBytes(progress.done)} of ${formatBytes(progress.total)} (${share} %)`,
    rateText(progress),
    timeText(progress),
  ];
  return `${shorten(progress.file, NAME_LENGTH)}: ${parts.filter((part) => part !== "").join(", ")}`;
}

export function transferBar({ json, quiet }: OptionValues): TransferBar {
  if (json === true || quiet === true) return { update() {}, stop() {} };
  return process.stderr.isTTY ? barOnTerminal() : linesElsewhere();
}

function barOnTerminal(): TransferBar {
  const bar = drawnBar({ format: "fetching {file} {bar} {percentage} % | {size}{rate}{time}", barsize: 20 });
  return {
    update(progress) {
      const { done, total, waiting } = progress;
      const rate = waiting ? " | another process fetches it" : rateText(progress);
      bar.update(done, total, {
        file: printable(shorten(progress.file, NAME_LENGTH)),
        size: `${formatBytes(done)} of ${formatBytes(total)}`,
        rate: rate === "" || waiting ? rate : ` | ${rate}`,
        time: timeText(progress) === "" ? "" : ` | ${timeText(progress)}`,
      });
    },
    stop: bar.stop,
  };
}

function linesElsewhere(): TransferBar {
  let last = performance.now();
  return {
    update(progress) {
      if (performance.now() - last < LINE_MS) return;
      last = performance.now();
      process.stderr.write(`${printable(transferLine(progress))}\n`);
    },
    stop() {},
  };
}
