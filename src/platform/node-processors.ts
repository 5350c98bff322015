/**
 * The number of processors that this process may use: those of the affinity mask, limited by the CPU quota of
 * its container. Sources: Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and
 * scheduler/sched-bwc.rst (version 1).
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** The text of a file; undefined if it cannot be read. */
export type ReadText = (path: string) => string | undefined;

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** "/a/b" → "/a/b", "/a", "": a group and its ancestors. Each may have a quota. */
function withParents(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return Array.from({ length: parts.length + 1 }, (_, i) =>
    parts
      .slice(0, parts.length - i)
      .map((part) => `/${part}`)
      .join(""),
  );
}

/** Number of processors of "quota period" (microseconds); undefined for "max", −1 and invalid values. */
function share(quota: string | undefined, period: string | undefined): number | undefined {
  const [time, each] = [Number(quota), Number(period)];
  return time > 0 && each > 0 ? time / each : undefined;
}

const V2 = "/sys/fs/cgroup";
const V1 = "/sys/fs/cgroup/cpu";

/** The smallest quota of this process's groups, in processors; undefined if there is none. */
export function processorQuota(read: ReadText = readSystemFile): number | undefined {
  const groups = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  const unified = groups.find(([number]) => number === "0")?.[2] ?? "/";
  const own = groups.find(([, controllers]) => controllers?.split(",").includes("cpu"))?.[2] ?? "/";
  const shares = [
    ...withParents(unified).map((path) => share(...twoWords(read(`${V2}${path}/cpu.max`)))),
    ...withParents(own).map((path) =>
      share(read(`${V1}${path}/cpu.cfs_quota_us`), read(`${V1}${path}/cpu.cfs_period_us`)),
    ),
  ].filter((value) => value !== undefined);
  return shares.length === 0 ? undefined : Math.min(...shares);
}

function twoWords(text: string | undefined): [string | undefined, string | undefined] {
  const [first, second] = (text ?? "").trim().split(/\s+/);
  return [first, second];
}

/** At least 1. A fraction of a processor counts as a whole one. */
export function processorCount(
  allowed = availableParallelism(),
  quota = process.platform === "linux" ? processorQuota() : undefined,
): number {
  return Math.max(1, Math.min(allowed, Math.ceil(quota ?? allowed)));
}
