import { describe, expect, it } from "vitest";
import { samplingAdvice, withAdvice } from "./sampling-defaults.ts";

describe("samplingAdvice", () => {
  it("reads the sampling options of generation_config.json", () => {
    const file = { do_sample: true, temperature: 0.6, top_k: 20, top_p: 0.9, repetition_penalty: 1.1, x: 1 };
    expect(samplingAdvice(file)).toEqual({
      options: { temperature: 0.6, topK: 20, topP: 0.9, repeatPenalty: 1.1, repeatLastN: -1 },
      warnings: [],
    });
    expect(samplingAdvice(undefined)).toEqual({ options: {}, warnings: [] });
    expect(samplingAdvice({ do_sample: false, top_p: 0.9 }).options).toEqual({ temperature: 0 });
  });

  it.each([
    ["temperature", -1],
    ["temperature", "hot"],
    ["top_k", 2.5],
    ["top_p", 1.5],
    ["repetition_penalty", 0],
    ["min_p", [0.1]],
  ])("leaves out %s %j and says so", (key, value) => {
    const { options, warnings } = samplingAdvice({ [key]: value });
    expect(options).toEqual({});
    expect(warnings).toEqual([expect.stringContaining(key)]);
  });
});

describe("withAdvice", () => {
  const advice = samplingAdvice({ temperature: 0.6, top_k: 20 });
  it("lets the caller's options win, and does not change the sampling of other programs", () => {
    expect(withAdvice({ temperature: 0, topK: undefined }, advice)).toEqual({ temperature: 0, topK: 20 });
    expect(withAdvice({ compat: "llama2.c" as const }, advice)).toEqual({ compat: "llama2.c" });
  });
});
