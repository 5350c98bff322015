import { describe, expect, it } from "vitest";
import { decodeBlocks } from "./index.ts";

describe("plain integers", () => {
  const ones = Array(8).fill(0xff);
  it.each([
    ["I8", [0x80, 0x7f], [-128, 127]],
    ["U8", [0x80, 0x7f], [128, 127]],
    ["I16", [0x00, 0x80, 0x02, 0x01], [-32768, 258]],
    ["U16", [0x00, 0x80, 0x02, 0x01], [32768, 258]],
    ["I32", [0, 0, 0, 0x80, 4, 3, 2, 1], [-(2 ** 31), 0x01020304]],
    ["U32", [0, 0, 0, 0x80, 4, 3, 2, 1], [2 ** 31, 0x01020304]],
    ["I64", [...ones, 0, 0, 0, 0, 1, 0, 0, 0], [-1, 2 ** 32]],
    ["U64", [0, 0, 0, 0, 0, 0, 0, 0x80, 5, 0, 0, 0, 1, 0, 0, 0], [2 ** 63, 2 ** 32 + 5]],
    ["BOOL", [0, 2], [0, 1]],
  ] as const)("%s", (dtype, bytes, values) => {
    const out = new Float64Array(2);
    decodeBlocks(dtype, Uint8Array.from(bytes), 0, out, 0, 2);
    expect([...out]).toEqual([...values]);
  });
});
