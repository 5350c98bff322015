import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestError } from "../base/errors.ts";
import { StopMatcher, StopRules } from "./stop.ts";

/** All emitted text, and the stop string. */
function stream(
  stops: readonly string[],
  pieces: readonly string[],
): { text: string; stop: string | undefined } {
  const matcher = new StopMatcher(stops);
  let text = "";
  for (const piece of pieces) {
    const step = matcher.push(piece);
    text += step.text;
    if (step.stop !== undefined) return { text, stop: step.stop };
  }
  return { text: text + matcher.flush(), stop: undefined };
}

/** The match that ends first, the longest of those; straight from the definition. */
function naive(stops: readonly string[], text: string): { text: string; stop: string | undefined } {
  for (let end = 1; end <= text.length; end++) {
    const hits = stops.filter((stop) => text.slice(0, end).endsWith(stop));
    if (hits.length === 0) continue;
    const stop = hits.reduce((a, b) => (b.length > a.length ? b : a));
    return { text: text.slice(0, end - stop.length), stop };
  }
  return { text, stop: undefined };
}

describe("StopMatcher", () => {
  it("finds a stop string split over three pieces and emits none of it", () => {
    const matcher = new StopMatcher(["<|im_end|>"]);
    expect(matcher.push("Yes.<|im")).toEqual({ text: "Yes." });
    expect(matcher.push("_e")).toEqual({ text: "" });
    expect(matcher.push("nd|>more")).toEqual({ text: "", stop: "<|im_end|>" });
  });

  it("emits held-back text that proves harmless, but no more", () => {
    const matcher = new StopMatcher(["abac"]);
    expect(matcher.push("xaba")).toEqual({ text: "x" });
    expect(matcher.push("b")).toEqual({ text: "ab" });
    expect(matcher.push("ac")).toEqual({ text: "", stop: "abac" });
  });

  it("gives the same for every split of the text", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "😀"), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 5 }),
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c", "😀", "😁"), maxLength: 6 }), {
          maxLength: 12,
        }),
        (stops, pieces) => {
          expect(stream(stops, pieces)).toEqual(naive(stops, pieces.join("")));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([[[""]], ["abc"], [[1]], [new Array(257).fill("a")], [["x".repeat(5000)]]])(
    "refuses %j",
    (stops) => {
      expect(() => new StopMatcher(stops as string[])).toThrow(RequestError);
    },
  );
});

describe("StopRules", () => {
  it("ends on an end token without its text, and returns the held-back text", () => {
    const rules = new StopRules({ stop: ["###"], eogTokens: [2] });
    expect(rules.push(5, "a#")).toEqual({ text: "a" });
    expect(rules.push(2, "</s>")).toEqual({ text: "#", finish: { reason: "eos", token: 2 } });
    expect(rules.tokenCount).toBe(1);
  });

  it("ends on a stop string across tokens, on a stop token, and at maxTokens", () => {
    const rules = new StopRules({ stop: ["\nUser:"], maxTokens: 5, stopTokens: [9] });
    expect(rules.push(1, "Hi\nUs")).toEqual({ text: "Hi" });
    expect(rules.push(2, "er")).toEqual({ text: "" });
    expect(rules.push(3, ": no")).toEqual({ text: "", finish: { reason: "stop", stop: "\nUser:" } });
    expect(new StopRules({ stopTokens: [9] }).push(9, "x")).toEqual({
      text: "",
      finish: { reason: "stop", token: 9 },
    });
    const two = new StopRules({ stop: ["ab"], maxTokens: 2 });
    expect(two.push(1, "x")).toEqual({ text: "x" });
    expect(two.push(1, "a")).toEqual({ text: "a", finish: { reason: "length" } });
    expect(new StopRules({ maxTokens: 0 }).exhausted).toBe(true);
    expect(() => new StopRules({ maxTokens: -1 })).toThrow('"maxTokens"');
  });
});
