import { describe, expect, it } from "vitest";
import { endsOf } from "./ends.ts";

describe("endsOf", () => {
  const config = { eosIds: [2], vocabSize: 100 };
  it("joins configuration, generation_config.json and vocabulary without duplicates", () => {
    expect(endsOf(config, { eos_token_id: [7, 2, 9] }, { eogIds: [9, 50] })).toEqual([2, 7, 9, 50]);
    expect(endsOf(config, { eos_token_id: 7 }, undefined)).toEqual([2, 7]);
    expect(endsOf(config, undefined, undefined)).toEqual([2]);
  });
  it("drops ids outside the vocabulary", () => {
    const wild = { eos_token_id: [-1, 100, 1.5, "8", null, 2 ** 60] };
    expect(endsOf(config, wild, { eogIds: [99] })).toEqual([2, 99]);
  });
  it("is bounded, however many ids a file lists", () => {
    const many = { eos_token_id: Array.from({ length: 5000 }, (_, i) => i) };
    expect(endsOf({ eosIds: [], vocabSize: 10_000 }, many, undefined)).toHaveLength(256);
  });
});
