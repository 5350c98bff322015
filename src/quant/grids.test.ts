import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import golden from "./fixtures/golden-decode.json" with { type: "json" };
import { IQ1_GRID, IQ2_S_GRID, IQ2_XS_GRID, IQ2_XXS_GRID, IQ3_S_GRID, IQ3_XXS_GRID, SIGNS } from "./grids.ts";
import { IQ4_CODE_BOOK } from "./iq4.ts";

const sha256 = (bytes: Int8Array | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("tables of the format", () => {
  // Hashed upstream: ggml's constant tables in the memory of a little-endian machine. There a point of the
  // IQ1 and IQ2 grids is a u64 and a point of the IQ3 grids a u32, with coordinate j in byte j, which equals
  // the bytes of our arrays of coordinates.
  it.each([
    ["iq1s_grid", IQ1_GRID.points, IQ1_GRID.entries * IQ1_GRID.width],
    ["iq2xxs_grid", IQ2_XXS_GRID.points, IQ2_XXS_GRID.entries * IQ2_XXS_GRID.width],
    ["iq2xs_grid", IQ2_XS_GRID.points, IQ2_XS_GRID.entries * IQ2_XS_GRID.width],
    ["iq2s_grid", IQ2_S_GRID.points, IQ2_S_GRID.entries * IQ2_S_GRID.width],
    ["iq3xxs_grid", IQ3_XXS_GRID.points, IQ3_XXS_GRID.entries * IQ3_XXS_GRID.width],
    ["iq3s_grid", IQ3_S_GRID.points, IQ3_S_GRID.entries * IQ3_S_GRID.width],
    ["ksigns_iq2xs", SIGNS, 128],
    ["kvalues_iq4nl", IQ4_CODE_BOOK, 16],
  ] as const)("%s has the upstream bytes", (name, table, byteLength) => {
    expect(table).toHaveLength(byteLength);
    expect(sha256(table)).toBe(golden.tables[name]);
  });

  it("SIGNS completes every seven bits to an even number of minus signs", () => {
    SIGNS.forEach((signs, bits) => {
      expect(signs & 127).toBe(bits);
      expect(signs.toString(2).replaceAll("0", "").length % 2).toBe(0);
    });
  });
});
