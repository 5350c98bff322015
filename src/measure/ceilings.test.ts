/** The kernels that measure run on every target and give figures; how large they are is the machine's business. */
import { describe, expect, it } from "vitest";
import { platform } from "../platform/node.ts";
import { nativeCeilings } from "./native-ceilings.ts";

const quick = { readBytes: 4 << 20, turns: 1000, repeats: 1 };

describe("nativeCeilings", () => {
  it.each(["avx512", "avx2"])("measures %s where the machine has it", async (backend) => {
    const found = await nativeCeilings(platform, backend, 2, quick);
    for (const figure of Object.values(found ?? {})) {
      expect(figure).toBeGreaterThan(0);
      expect(figure).toBeLessThan(1e9);
    }
  });
  it("has nothing to say of backends without machine code", async () => {
    expect(await nativeCeilings(platform, "reference", 1, quick)).toBeUndefined();
  });
});
