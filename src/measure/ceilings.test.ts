/** The measuring kernels run on every target and give figures. The size of the figures depends on the machine. */
import { describe, expect, it } from "vitest";
import { nativeTargets } from "../engine/jit/features.ts";
import { platform } from "../platform/node.ts";
import { nativeCeilings } from "./native-ceilings.ts";

const quick = { readBytes: 4 << 20, turns: 1000, repeats: 1 };

describe("nativeCeilings", () => {
  it.each(["avx512", "avx2"])("measures %s if the machine has it", async (backend) => {
    const found = await nativeCeilings(platform, backend, 2, quick);
    for (const figure of Object.values(found ?? {})) {
      if (figure === undefined) continue;
      expect(figure).toBeGreaterThan(0);
      expect(figure).toBeLessThan(1e9);
    }
  });
  it("measures bf16 products if the processor has them", async () => {
    const machine = platform.native?.open();
    for (const { isa, native } of machine === undefined ? [] : nativeTargets(machine)) {
      const found = await nativeCeilings(platform, isa, 1, quick);
      expect(found?.bf16Gflops !== undefined).toBe(native.has("bf16"));
    }
  });
  it("returns undefined for backends without machine code", async () => {
    expect(await nativeCeilings(platform, "reference", 1, quick)).toBeUndefined();
  });
});
