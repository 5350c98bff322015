/** Numbers and times as people read them. */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** 1,100,000,000 → "1.1 B". */
export function formatCount(count: number): string {
  const [, scale, name] = SCALES.find(([least]) => count >= least) ?? [0, 1, ""];
  const value = count / scale;
  return `${scale === 1 || value >= 100 ? Math.round(value) : value.toFixed(1)}${name}`;
}
const SCALES: readonly (readonly [least: number, scale: number, name: string])[] = [
  [1e9, 1e9, " B"],
  [1e6, 1e6, " M"],
  [1e4, 1e3, " k"],
];

export const formatNumber = (value: number): string => value.toLocaleString("en");

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const DAY = 24 * 60 * 60 * 1000;

const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });

/**
 * Names the part of the list of conversations to which a time belongs. For thousands of times: a month's name is made
 * once, because that takes a hundred times as long as the rest.
 */
export function agesAt(now: number): (time: number) => string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const months = new Map<number, string>();
  return (time) => {
    if (time >= midnight) return "Today";
    if (time >= midnight - DAY) return "Yesterday";
    if (time >= midnight - 7 * DAY) return "Last 7 days";
    if (time >= midnight - 30 * DAY) return "Last 30 days";
    const date = new Date(time);
    const month = 12 * date.getFullYear() + date.getMonth();
    const name = months.get(month) ?? MONTH.format(date);
    months.set(month, name);
    return name;
  };
}
