import { describe, expect, it } from "vitest";
import { processorCount, processorQuota, type ReadText } from "./node-processors.ts";

const files =
  (content: Readonly<Record<string, string>>): ReadText =>
  (path) =>
    content[path];

describe("processorQuota", () => {
  it.each([
    ["no groups at all", {}, undefined],
    [
      "version 2 without a quota",
      { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n" },
      undefined,
    ],
    [
      "version 2, a container's root",
      { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n" },
      1.5,
    ],
    [
      "version 2, a quota of an outer group",
      {
        "/proc/self/cgroup": "0::/kube/pod7\n",
        "/sys/fs/cgroup/kube/pod7/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/kube/cpu.max": "200000 100000\n",
      },
      2,
    ],
    [
      "version 1",
      {
        "/proc/self/cgroup": "4:cpu,cpuacct:/docker/9f\n1:name=systemd:/\n",
        "/sys/fs/cgroup/cpu/docker/9f/cpu.cfs_quota_us": "50000\n",
        "/sys/fs/cgroup/cpu/docker/9f/cpu.cfs_period_us": "100000\n",
      },
      0.5,
    ],
    [
      "version 1 without a quota",
      {
        "/proc/self/cgroup": "4:cpu:/\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      },
      undefined,
    ],
    ["nonsense", { "/proc/self/cgroup": "x", "/sys/fs/cgroup/cpu.max": "much" }, undefined],
  ] as const)("reads %s", (_, content, expected) => {
    expect(processorQuota(files(content))).toBe(expected);
  });
});

describe("processorCount", () => {
  it("is the smaller of the allowed number and the quota, and at least 1", () => {
    expect(processorCount(8, undefined)).toBe(8);
    expect(processorCount(8, 1.5)).toBe(2);
    expect(processorCount(8, 0.1)).toBe(1);
    expect(processorCount(2, 16)).toBe(2);
  });
});
