/** Programs that benchmarks run. */
import { describe, expect, it } from "vitest";
import { runProgram } from "./bench-programs.ts";

const node = (code: string) => ["-e", code];

describe("a program", () => {
  it("gets its input", async () => {
    const copy = node("process.stdin.pipe(process.stdout)");
    const { stdout } = await runProgram(process.execPath, copy, "text");
    expect(stdout).toBe("text");
  });

  it("may close its input unread", async () => {
    const closed = node("require('node:fs').closeSync(0); setTimeout(() => console.log('done'), 50)");
    const { stdout } = await runProgram(process.execPath, closed, "x".repeat(1 << 20));
    expect(stdout.trim()).toBe("done");
  });

  it("that fails is an error", async () => {
    await expect(runProgram(process.execPath, node("process.exit(3)"))).rejects.toThrow("measure with");
  });
});
