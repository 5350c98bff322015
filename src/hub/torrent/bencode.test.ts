import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../base/errors.ts";
import { type Bencode, decodeDictionary, decodePrefix, type Encodable, encodeBencode } from "./bencode.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const decode = (text: string) => decodePrefix(bytes(text), "the test").value;

/** Texts as strings, dictionaries as objects. */
function plain(value: Bencode): unknown {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, entry]) => [key, plain(entry)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

describe("decodePrefix", () => {
  // The examples of BEP 3, and the edges of each kind.
  it.each([
    ["4:spam", "spam"],
    ["0:", ""],
    ["i3e", 3],
    ["i-3e", -3],
    ["i0e", 0],
    ["i9007199254740991e", 9007199254740991],
    ["l4:spam4:eggse", ["spam", "eggs"]],
    ["le", []],
    ["d3:cow3:moo4:spam4:eggse", { cow: "moo", spam: "eggs" }],
    ["d4:spaml1:a1:bee", { spam: ["a", "b"] }],
    ["de", {}],
  ])("reads %s", (text, value) => {
    expect(plain(decode(text))).toEqual(value);
  });

  it.each([
    "",
    "i",
    "ie",
    "i-e",
    "i-0e",
    "i03e",
    "i1",
    "i1.5e",
    "i9007199254740993e",
    "i99999999999999999999e",
    "l",
    "l1:a",
    "l-3:",
    "-1:a",
    "5:abcd",
    "01:a",
    "99999999999:a",
    "4294967296:a",
    ":",
    "x",
    "d",
    "d1:a",
    "di1ei2ee",
    "d1:ai1e1:ai2ee",
    "d-3:i1ee",
  ])("refuses %j", (text) => {
    expect(() => decode(text)).toThrow(FormatError);
  });

  it("bounds nesting and the number of values", () => {
    expect(() => decode("l".repeat(100_000))).toThrow("at most 32 levels");
    expect(() => decode(`l${"0:".repeat(2 ** 20)}e`)).toThrow("values");
  });

  it("takes the name of any property as a key", () => {
    const value = decode("d9:__proto__i1ee") as ReadonlyMap<string, Bencode>;
    expect(value.get("__proto__")).toBe(1);
  });

  it("says where the value ends, and keeps the bytes of entries", () => {
    const { end, spans } = decodePrefix(bytes("d1:ai1e1:bl1:xeerest"), "the test");
    expect(end).toBe(16);
    expect(new TextDecoder().decode(spans.get("b"))).toBe("l1:xe");
  });

  it("only ever throws a FormatError", () => {
    const alphabet = fc.array(fc.constantFrom(..."dlei0123456789:-ab"), { maxLength: 60 });
    fc.assert(
      fc.property(alphabet, (letters) => {
        try {
          decode(letters.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("decodeDictionary", () => {
  it("refuses other values and bytes behind it", () => {
    expect(() => decodeDictionary(bytes("le"), "x")).toThrow("another value");
    expect(() => decodeDictionary(bytes("dei1e"), "x")).toThrow("3 bytes after it");
  });
});

describe("encodeBencode", () => {
  it("sorts keys and leaves out what is undefined", () => {
    const text = new TextDecoder().decode(encodeBencode({ b: 1, a: ["é", Uint8Array.of(65)], c: undefined }));
    expect(text).toBe("d1:al2:é1:Ae1:bi1ee");
  });

  it("writes what the decoder reads", () => {
    const { value } = fc.letrec<{ value: Encodable }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.string(),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{0,5}$/), tie("value"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        expect(plain(decodePrefix(encodeBencode(given), "x").value)).toEqual(given);
      }),
    );
  });
});
