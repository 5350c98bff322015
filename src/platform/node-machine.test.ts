import { describe, expect, it } from "vitest";
import { describeMachine } from "./node-machine.ts";

describe("describeMachine", () => {
  it("agrees with the process about what both can see", () => {
    const machine = describeMachine();
    expect(machine.versions.node).toBe(process.version.slice(1));
    expect(machine.versions.cria).toMatch(/^\d+\.\d+\.\d+/);
    expect(machine.system.arch).toBe(process.arch);
    expect(machine.cpu.cores).toBeGreaterThanOrEqual(1);
    expect(machine.memory.total).toBeGreaterThan(process.memoryUsage().rss);
    expect(machine.memory.free).toBeGreaterThan(0);
    if (machine.mapping.works) expect(machine.mapping.koffiVersion).toMatch(/^\d+\./);
    else expect(machine.mapping.reason).toBeTruthy();
  });

  it.runIf(process.platform === "linux" && process.arch === "x64")(
    "names the CPU's features on Linux",
    () => {
      const { features } = describeMachine().cpu;
      expect(features).toBeDefined();
      expect(new Set(features).size).toBe(features!.length);
      expect(features).toContain("sse4_1");
    },
  );
});
