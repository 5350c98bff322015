import { describe, expect, it } from "vitest";
import { encodeModule } from "./encoder.ts";

describe("encodeModule", () => {
  it("writes functions with more bytes than a JavaScript call may have arguments", () => {
    const [nop, end] = [0x01, 0x0b];
    const body = [...new Array<number>(1_000_000).fill(nop), end];
    const bytes = encodeModule([{ name: "long", locals: ["i32", "v128"], body, callsTable: false }], {
      shared: false,
    });
    const module = new WebAssembly.Module(bytes);
    expect(WebAssembly.Module.exports(module)).toEqual([{ name: "long", kind: "function" }]);
  });
});
