import { describe, expect, it } from "vitest";
import { RequestError } from "../base/errors.ts";
import { parseBytes, parseInteger, parseNumber, parsePositive } from "./options.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, formatParameters, jsonLine, printable, shorten } from "./text.ts";

describe("jsonLine", () => {
  it("writes JSON of the same value that cannot control a terminal", () => {
    const value = { text: "\u001b[2J\u009b31m\u202e\u007f\u2028é" };
    const line = jsonLine(value);
    expect(JSON.parse(line)).toEqual(value);
    expect(line).toBe('{"text":"\\u001b[2J\\u009b31m\\u202e\\u007f\\u2028é"}\n');
  });
});

describe("numeric options", () => {
  it("must be complete numbers", () => {
    expect(["0", "1.5", "-3", "+2", ".5", "1e3"].map((text) => parseNumber(text, "--x"))).toEqual([
      0, 1.5, -3, 2, 0.5, 1000,
    ]);
    for (const text of ["", " ", "x", "1x", "0x10", "Infinity", "NaN", "1,5", "1e999"]) {
      expect(() => parseNumber(text, "--x"), text).toThrow(RequestError);
    }
  });
  it("must be integers if required", () => {
    expect(parseInteger("-7", "--n")).toBe(-7);
    for (const text of ["1.5", "1e3", "9007199254740993", ""]) {
      expect(() => parseInteger(text, "--n"), text).toThrow(RequestError);
    }
    expect(() => parsePositive("0", "--n")).toThrow(/--n/);
  });
  it("accept units for bytes", () => {
    expect(["1000", "5GB", "512MiB", "1.5 kib"].map((text) => parseBytes(text, "--b"))).toEqual([
      1000,
      5e9,
      512 * 2 ** 20,
      1536,
    ]);
    for (const text of ["", "0", "5XB", "-1GB", "GB"]) expect(() => parseBytes(text, "--b"), text).toThrow();
  });
});

describe("text for people", () => {
  it("abbreviates bytes, counts and parameters", () => {
    expect([0, 1023, 1024, 1536, 5 * 2 ** 30].map(formatBytes)).toEqual([
      "0 bytes",
      "1023 bytes",
      "1.00 KiB",
      "1.50 KiB",
      "5.00 GiB",
    ]);
    expect([0, 999, 1000, 6738415616].map(formatCount)).toEqual(["0", "999", "1,000", "6,738,415,616"]);
    expect([12, 260032, 6738415616].map(formatParameters)).toEqual(["12", "260 K", "6.74 B"]);
  });
  it("cannot control a terminal", () => {
    expect(printable("a\u001b[31mb\u202ec\n\td\u009b")).toBe("a\\u001b[31mb\\u202ec\n\td\\u009b");
    expect(shorten("line\nbreak and more", 12)).toBe("line\\nbreak…");
  });
  it("is aligned in columns", () => {
    expect(
      columns(
        [
          ["a", "1"],
          ["bbb", "22"],
        ],
        ["left", "right"],
      ),
    ).toBe("a     1\nbbb  22");
  });
});
