import { describe, expect, it } from "vitest";
import { RequestError } from "../base/errors.ts";
import { topLogprobs } from "./logprobs.ts";

describe("topLogprobs", () => {
  it("is the logarithm of softmax, stable for huge logits", () => {
    const logits = Float32Array.of(1e30, 1e30, -1e30);
    const { logprob, top } = topLogprobs(logits, 2, 2);
    expect(top).toEqual([
      { token: 0, logprob: -Math.LN2 },
      { token: 1, logprob: -Math.LN2 },
    ]);
    expect(logprob).toBeLessThan(-1e30);
    const all = topLogprobs(Float32Array.of(0.5, -1, 3, 2), 1, 4);
    expect(all.top.map(({ token }) => token)).toEqual([2, 3, 0, 1]);
    expect(all.top.reduce((sum, t) => sum + Math.exp(t.logprob), 0)).toBeCloseTo(1, 12);
    expect(all.logprob).toBe(all.top[3].logprob);
  });

  it("keeps the best of many, the lower token first", () => {
    const logits = Float32Array.from({ length: 5000 }, (_, i) => (i * 7919) % 1000);
    const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
    expect(topLogprobs(logits, 0, 20).top.map(({ token }) => token)).toEqual(order.slice(0, 20));
  });

  it("divides by the temperature if given, and reports excluded tokens", () => {
    const logits = Float32Array.of(2, 0, Number.NEGATIVE_INFINITY);
    const expected = -Math.log(1 + Math.exp(-1));
    expect(topLogprobs(logits, 0, 0, 2).logprob).toBeCloseTo(expected, 12);
    expect(topLogprobs(logits, 2, 0).logprob).toBe(Number.NEGATIVE_INFINITY);
  });

  it("refuses invalid input", () => {
    expect(() => topLogprobs(Float32Array.of(1), 1, 1)).toThrow(RequestError);
    expect(() => topLogprobs(Float32Array.of(1), 0, -1)).toThrow(RequestError);
    expect(() => topLogprobs(Float32Array.of(1), 0, 1, 0)).toThrow(RequestError);
    expect(() => topLogprobs(Float32Array.of(Number.NaN), 0, 1)).toThrow(RequestError);
    expect(() => topLogprobs(Float32Array.of(Number.NEGATIVE_INFINITY), 0, 1)).toThrow(RequestError);
  });
});
