/** Formats numbers and texts for people. Binary units, because model sizes are compared with memory. */
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** "1.13 MiB", "24 bytes". */
export function formatBytes(byteLength: number): string {
  let value = byteLength;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : threeDigits(value)} ${UNITS[unit]}`;
}

/** Three significant digits, but never fewer than the whole part has. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** "260,032", the same in every locale. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "6.74 B" for parameters. */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${threeDigits(count / 1e9)} B`;
  if (count >= 1e6) return `${threeDigits(count / 1e6)} M`;
  return count >= 1e3 ? `${threeDigits(count / 1e3)} K` : String(count);
}

export function formatSeconds(seconds: number): string {
  return seconds < 1 ? `${threeDigits(seconds * 1000)} ms` : `${threeDigits(seconds)} s`;
}

/** Characters that could control a terminal: control characters and bidirectional marks. */
const STEERING = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Text of files and models, safe to print: characters that could control the terminal become visible escapes. */
export function printable(text: string): string {
  return text.replace(STEERING, (char) =>
    char === "\n" || char === "\t" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value as one line of JSON. Strings keep their value but cannot control a terminal (JSON escapes only C0). */
export function jsonLine(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  const text = JSON.stringify(value, replacer) ?? "null";
  return `${text.replace(STEERING, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

/** Text of a model for standard output: unchanged for a pipe, without control characters for a terminal. */
export function forOutput(text: string): string {
  return process.stdout.isTTY ? printable(text) : text;
}

/** One line, at most `length` characters. */
export function shorten(text: string, length: number): string {
  const line = printable(text.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t"));
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
