/** A bar on a terminal. The package that draws it is loaded with its first update, since most processes draw none. */
import type { SingleBar } from "cli-progress";

export interface BarForm {
  /** In cli-progress's form: `{bar}`, `{percentage}`, and the names of a payload. */
  readonly format: string;
  readonly barsize?: number;
}

export interface DrawnBar {
  update(done: number, total: number, payload: Readonly<Record<string, string>>): void;
  /** Erases it; an update shows it again. */
  stop(): void;
}

export function drawnBar(form: BarForm): DrawnBar {
  let bar: SingleBar | undefined;
  let started = false;
  let latest: [total: number, done: number, payload: object] | undefined;
  let requested = false;
  const load = async (): Promise<void> => {
    const { default: cliProgress } = await import("cli-progress");
    bar = new cliProgress.SingleBar({
      ...form,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
    });
    draw();
  };
  const draw = (): void => {
    if (bar === undefined || latest === undefined) return;
    const [total, done, payload] = latest;
    if (started) bar.update(done, payload);
    else bar.start(total, done, payload);
    started = true;
  };
  return {
    update(done, total, payload) {
      latest = [total, done, payload];
      if (!requested) void load();
      requested = true;
      draw();
    },
    stop() {
      if (started) bar?.stop();
      started = false;
      latest = undefined;
    },
  };
}
