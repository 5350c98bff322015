/** The server's log by pino: JSON lines, or lines for people. */
import pino from "pino";
import type { LogFields, LogForm, ServerLog } from "./log.ts";

/** Receives whole lines. */
export interface LogTarget {
  write(line: string): unknown;
}

/** @param target receives lines; standard error is a good one. */
export function createLog(form: LogForm, target: LogTarget): ServerLog {
  const destination = form === "json" ? target : { write: (line: string) => target.write(prettyLine(line)) };
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination as pino.DestinationStream,
  );
}

/** pino's names of levels. */
const LEVELS: Readonly<Record<number, string>> = { 30: "info ", 40: "warn ", 50: "error" };

/** `12:30:01 info  request path=/v1/models status=200` */
function prettyLine(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as LogFields & {
    time: string;
    err?: { stack?: string };
  };
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${plain(value)}`);
  const head = `${time.slice(11, 19)} ${LEVELS[level as number] ?? level} ${msg}`;
  const stack = err?.stack === undefined ? "" : `\n${err.stack}`;
  return `${[head, ...pairs].join(" ")}${stack}\n`;
}

/** Text of requests cannot add lines or control the terminal: it is quoted. */
const plain = (value: unknown): string =>
  typeof value === "string" && /^[\w./:-]*$/.test(value) ? value : (JSON.stringify(value) ?? "");
